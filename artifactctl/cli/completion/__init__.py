"""Completion of commands, flags, choices, names, versions and tags in bash, zsh and fish.

A shell runs the program with `_ARTIFACTCTL_COMPLETE` set, and the program answers from its own tree
of commands. Typer's completion loads pydantic, splits words at `:` in bash, and does not look into
the catalog.

The first line of the answer is the kind of the completions: `words`, `files` or `folders`. For
`words` each further line is a word in the shell's form, a tab, and the description.
"""
