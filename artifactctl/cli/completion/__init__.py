"""Completion of commands, flags, choices, names, versions and tags in bash, zsh and fish.

A shell runs the program with `_ARTIFACTCTL_COMPLETE` set, and the program answers from its own
tree of commands. Typer can answer too, but loads pydantic to do so, breaks words at `:` in bash,
and knows nothing of the catalog.

The answer is a first line that says what is wanted, `words`, `files` or `folders`, and for words
a line for each: the word as the shell takes it, and behind a tab what it does.
"""
