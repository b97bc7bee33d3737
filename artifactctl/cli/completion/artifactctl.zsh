#compdef artifactctl
# Completion of artifactctl for zsh.

_artifactctl() {
    local current line
    local -a answer names shown
    # A quote that is still open stands in compstate, and not in PREFIX.
    current=${(Q):-$compstate[quote]$PREFIX$compstate[quote]}
    answer=("${(@f)$(_ARTIFACTCTL_COMPLETE=zsh "${${(Q)words[1]}/#\~\//$HOME/}" \
        "${(@Q)words[2,CURRENT-1]}" "$current" 2>/dev/null </dev/null)}")
    [[ ${answer[1]} != words && $PREFIX == --*=* ]] && compset -P 1 '*='
    case ${answer[1]} in
        files) _files; return ;;
        folders) _path_files -/; return ;;
    esac
    for line in "${(@)answer[2,-1]}"; do
        names+=("${line%%$'\t'*}")
        shown+=("${${line/$'\t'/  -- }%  -- }")
    done
    (( $#names )) || return 1
    # In a group of its own, -V, the order stays.
    if [[ ${(j::)shown} == *'  -- '* ]]; then
        compadd -V artifactctl -l -d shown -a names
    else
        compadd -V artifactctl -a names
    fi
}

if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _artifactctl "$@"
else
    compdef _artifactctl artifactctl
fi
