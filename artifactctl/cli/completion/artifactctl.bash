# Completion of artifactctl for bash.

_artifactctl_completion() {
    local line wanted=
    COMPREPLY=()
    # The program gets the line as it stands: bash has broken COMP_WORDS at every colon.
    while IFS= read -r line; do
        if [[ -z $wanted ]]; then
            wanted=$line
        else
            COMPREPLY+=("$line")
        fi
    done < <(_ARTIFACTCTL_COMPLETE=bash "${1/#\~\//$HOME/}" \
        "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null </dev/null)
    case $wanted in
        files) compopt +o nosort -o default 2>/dev/null ;;
        folders) compopt +o nosort -o dirnames 2>/dev/null ;;
    esac
}

# Before bash 4.4 there is no order but the alphabet, before 4 no choice of files or not.
complete -o nosort -F _artifactctl_completion artifactctl 2>/dev/null ||
    complete -o default -F _artifactctl_completion artifactctl
