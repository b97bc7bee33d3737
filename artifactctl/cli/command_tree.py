"""The commands of groups, made on first use, and questions about the tree: words, options."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import typer

from artifactctl.cli.arguments import ANYWHERE

EVERYWHERE = {flag.split()[0] for names in ANYWHERE for flag in names.split(", ")}
"""The options that every command takes."""


class Child(NamedTuple):
    """A command as its group shows it, and how to make it for Typer's tree."""

    make: Callable[[], Any]
    summarize: Callable[[], str]
    panel: str
    is_hidden: bool


class Children(Mapping[str, Any]):
    """The commands of a group by name, each made when it is first asked for."""

    def __init__(self, known: Mapping[str, Child]) -> None:
        self._known = known
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._known[name].make()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def shown(self) -> Iterator[tuple[str, Child]]:
        """Yield those that are not hidden; none of them is made."""
        return ((name, child) for name, child in self._known.items() if not child.is_hidden)


def all_flags(context: typer.Context) -> dict[str, Any]:
    """Return the options that a command takes by their flags, with those of every command."""
    return {**dict.fromkeys(EVERYWHERE), **flags_of(context.command)}


def flags_of(node: Any) -> dict[str, Any]:
    """Return the options of a command of its own, by their flags."""
    options = [item for item in node.params if not is_argument(item) and not item.hidden]
    return {flag: item for item in options for flag in (*item.opts, *item.secondary_opts)}


def is_argument(item: Any) -> bool:
    """Return whether a parameter is an argument that help shows."""
    return bool(item.param_type_name == "argument" and not item.hidden)


def children_of(node: Any) -> dict[str, Any]:
    """Return the commands of a group by name; none for a command."""
    return getattr(node, "commands", {})


def shown_children(node: Any) -> Iterator[tuple[str, Child]]:
    """Yield what a group shows of its commands, without making them; nothing for a command."""
    children: Children | None = getattr(node, "commands", None)
    return iter(()) if children is None else children.shown()


def leaves(context: typer.Context) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with its words, but not those under the names of other programs."""
    pending: list[tuple[tuple[str, ...], Any]] = [((), context.find_root().command)]
    seen: set[int] = set()
    while pending:
        path, node = pending.pop(0)
        children = children_of(node)
        if not children and id(node.callback) not in seen:
            seen.add(id(node.callback))
            yield path, node
        pending += [((*path, name), child) for name, child in children.items() if not child.hidden]


def words_of(context: typer.Context) -> list[str]:
    """Return the words of a command, without the program's name."""
    return context.command_path.split()[1:]


def see_help(context: typer.Context) -> str:
    """Return the hint that names the help of a command."""
    return f"see '{context.command_path} --help'"
