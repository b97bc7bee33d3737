"""The help of a command or a group: usage, examples, arguments, options in groups, the guide.

A paragraph of a docstring that begins with "Example: " is an example. An option's
`rich_help_panel` is the heading that it stands under; a command's `epilog` is the guide to read on.
"""

import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

import typer

from artifactctl.cli.arguments import ANYWHERE, ENVIRONMENT
from artifactctl.cli.command_tree import shown_children
from artifactctl.screen import Style, screen_of

_WIDEST, _NARROWEST = 100, 50  # cells; longer lines are hard to read
_LEFT = 28  # cells for names, at most; the text of a longer name begins on the next line
_EXAMPLE = "Example: "
_BRACKETS = re.compile(r"\[[^\]]*: [^\]]*\]")
_HARD = "\u00a0"  # a blank at which no line is broken

Section = tuple[str, list[tuple[str, str]]]


def page(context: typer.Context, out: TextIO | None) -> str:
    """Return the help of a context's command, laid out and painted for `out`."""
    width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    text, examples = described(context.command.help or "")
    lines = [f"Usage: {usage(context)}", ""]
    lines += [line for paragraph in text for line in [*_filled(paragraph, width, "  "), ""]]
    if examples:
        title = "Example:" if len(examples) == 1 else "Examples:"
        lines += [title, *(line for item in examples for line in _command(item, width)), ""]
    lines += _sections(list(_commands(context)), width)
    lines += _sections(list(_parameters(context)), width)
    if context.command.epilog:
        lines += [f"Guide: artifactctl help {context.command.epilog}"]
    return "\n".join(_painted(lines, out)).rstrip()


def described(text: str) -> tuple[list[str], list[str]]:
    """Split a docstring into its paragraphs and its examples."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
    examples = [part.removeprefix(_EXAMPLE) for part in paragraphs if part.startswith(_EXAMPLE)]
    return [part for part in paragraphs if not part.startswith(_EXAMPLE)], examples


def usage(context: typer.Context) -> str:
    """Return the command as people write it: `artifactctl tag REF [TAG]... [OPTIONS]`."""
    if hasattr(context.command, "commands"):
        return f"{context.command_path} COMMAND [ARGS]..."
    shown = _shown(context)
    pieces = [_name(item) for item in shown if not _is_option(item)]
    needed = [_name(item) for item in shown if _is_option(item) and item.required]
    last = [piece for piece in pieces if piece.startswith("-- ")]
    first = [piece for piece in pieces if piece not in last]
    return " ".join([context.command_path, *first, *needed, "[OPTIONS]", *last])


def _commands(context: typer.Context) -> Iterator[Section]:
    """Yield the commands of a group, under their headings."""
    return _grouped(
        (child.panel or "Commands", name, child.summarize())
        for name, child in shown_children(context.command)
    )


def _parameters(context: typer.Context) -> Iterator[Section]:
    """Yield the arguments, the options under their headings, and what may stand anywhere."""
    shown = _shown(context)
    arguments = [(_name(item), _text(item)) for item in shown if not _is_option(item)]
    if arguments:
        yield "Arguments", arguments
    yield from _grouped(
        (item.rich_help_panel or "Options", _name(item), _text(item))
        for item in shown
        if _is_option(item) and "--help" not in item.opts
    )
    yield "Anywhere on the line", list(ANYWHERE.items())
    if context.parent is None:
        yield "Environment variables", list(ENVIRONMENT.items())


def _grouped(rows: Iterable[tuple[str, str, str]]) -> Iterator[Section]:
    """Yield rows by their headings, in the order in which these appear first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for heading, name, text in rows:
        found.setdefault(heading, []).append((name, text))
    # What most commands have comes last.
    yield from sorted(found.items(), key=lambda section: section[0] == "Output")


def _sections(sections: Sequence[Section], width: int) -> Iterator[str]:
    """Yield sections, in all of which the texts begin in the same column."""
    names = [name for _, rows in sections for name, _ in rows]
    left = min(max(map(len, names), default=0), _LEFT) + 4
    for heading, rows in sections:
        yield f"{heading}:"
        for name, text in rows:
            first, *rest = _filled(text, width, " " * left) or [""]
            if len(name) + 4 <= left:
                yield f"  {name:{left - 4}}  {first.lstrip()}".rstrip()
            else:
                yield from (f"  {name}", first)
            yield from rest
        yield ""


def _filled(text: str, width: int, indent: str) -> list[str]:
    """Return the lines of a text; what is in brackets is not broken."""
    whole = _BRACKETS.sub(lambda found: found[0].replace(" ", _HARD), text)
    lines = textwrap.wrap(
        whole, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
    return [line.replace(_HARD, " ") for line in lines]


def _command(line: str, width: int) -> list[str]:
    """Return a command in lines that can be pasted into a shell."""
    lines = _filled(line, width - 2, "  ")
    return [*(f"{part} \\" for part in lines[:-1]), lines[-1]]


def _painted(lines: Iterable[str], out: TextIO | None) -> Iterator[str]:
    """Yield the lines, with headings in bold where `out` shows it."""
    if out is None:
        yield from lines
        return
    screen = screen_of(out)
    for line in lines:
        is_heading = line.endswith(":") and not line.startswith(" ")
        yield screen.paint(line, Style.HEADING) if is_heading else line


def _is_option(item: Any) -> bool:
    return bool(item.param_type_name == "option")


def _shown(context: typer.Context) -> list[Any]:
    """Return the arguments and options that are not hidden; Typer exports no type for them."""
    parameters: list[Any] = list(context.command.get_params(context))
    return [item for item in parameters if not item.hidden]


def _name(item: Any) -> str:
    """Return an argument, or the flags of an option with the kind of its value."""
    kind = item.metavar or "|".join(_choices(item)) or str(item.name).upper()
    if not _is_option(item):
        return str(kind)
    flags = ", ".join((*sorted(item.opts, key=len), *item.secondary_opts))
    return flags if item.is_flag else f"{flags} {kind}"


def _choices(item: Any) -> list[str]:
    return [str(getattr(choice, "value", choice)) for choice in item.type_descriptor.choices or ()]


def _text(item: Any) -> str:
    """Return what an option says of itself, with its default value."""
    text, default = item.help or "", item.show_default
    if default is True:
        default = getattr(item.default, "value", item.default)
        default = "" if isinstance(default, bool) or default is None else default
    known = f"default: {default}" if default not in ("", False) else ""
    known = known or ("required" if item.required and _is_option(item) else "")
    return f"{text}  [{known}]" if known else text
