"""The answer to a shell that asks for completions."""

from collections.abc import Sequence
from typing import Any

from artifactctl.cli.completion.bash import quote_for_bash, read_bash_line
from artifactctl.cli.completion.offers import Offer, offer


def answer(root: Any, shell: str, given: Sequence[str]) -> str:
    """Return the text to print for `shell`, whose script passes `given`.

    From bash this is the line up to the cursor, and COMP_WORDBREAKS; from other shells it is the
    words, the last of which is to be completed.
    """
    if shell == "bash":
        text, breaks = given
        return _answer_bash(root, text, breaks)
    *words, current = given
    found = offer(root, words, current)
    return _print(found.wanted, [f"{word}\t{help_text}" for word, help_text in found.words])


def _answer_bash(root: Any, text: str, breaks: str) -> str:
    line = read_bash_line(text, breaks)
    current = line.words[-1]
    found = Offer("files")
    if not line.is_redirect:
        found = offer(root, line.arguments, current)
    kept = current[: line.kept]
    words = [quote_for_bash(word, line) for word, _ in found.words if word.startswith(kept)]
    return _print(found.wanted, words)


def _print(wanted: str, lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in (wanted, *lines))
