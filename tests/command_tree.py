"""The tree of commands, as the program itself knows it."""

from collections.abc import Iterator
from typing import Any

from artifactctl.cli.app import tree


def nodes() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every group and command with its words, also those that no help shows."""
    pending: list[tuple[tuple[str, ...], Any]] = [((), tree())]
    while pending:
        words, found = pending.pop()
        yield words, found
        below = getattr(found, "commands", {})
        pending += [((*words, name), item) for name, item in below.items()]


def leaves() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with its words."""
    return ((words, node) for words, node in nodes() if not hasattr(node, "commands"))
