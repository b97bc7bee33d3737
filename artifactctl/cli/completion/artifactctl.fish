# Completion of artifactctl for fish.

function __artifactctl_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    # The word without its quotes, the last of which may not be there yet.
    set -l plain $current
    for quote in '' \" \'
        if set -l found (string unescape -- "$current$quote")
            set plain $found
            break
        end
    end
    set -l program (string replace -r '^~/' "$HOME/" -- $before[1])
    set -l answer (env _ARTIFACTCTL_COMPLETE=fish $program $before[2..-1] "$plain" 2>/dev/null </dev/null)
    set -l flag (string match -r '^--[^=]*=' -- "$plain")
    set -l path (string replace -r '^--[^=]*=' '' -- "$plain")
    switch "$answer[1]"
        case words
            printf '%s\n' $answer[2..-1]
        case files
            __fish_complete_path "$path" | string replace -r '^' -- "$flag"
        case folders
            __fish_complete_directories "$path" '' | string replace -r '^' -- "$flag"
    end
end

complete --command artifactctl --no-files --keep-order --arguments '(__artifactctl_complete)'
