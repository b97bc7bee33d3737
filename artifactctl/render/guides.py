"""The guides, `artifactctl/guides/*.md`: what there is, and their text for a terminal or a pipe."""

import re
from collections.abc import Mapping
from importlib.resources import files
from io import StringIO

_FOLDER = files("artifactctl") / "guides"
_SUFFIX = ".md"
_COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)
_PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n+", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([\w./-]+\.md\)")
_LANGUAGE = re.compile(r"^```\w+$", re.MULTILINE)


def summaries() -> Mapping[str, str]:
    """The topics in order of their names, each with what its title says of it."""
    names = sorted(item.name for item in _FOLDER.iterdir() if item.name.endswith(_SUFFIX))
    return {name.removesuffix(_SUFFIX): _summary(name) for name in names}


def guide(topic: str) -> str:
    """The guide of a topic as Markdown, without comments and pictures: its tables say the same."""
    return _PICTURE.sub("", _COMMENT.sub("", _read(topic + _SUFFIX)))


def laid_out(markdown: str, width: int, *, has_colour: bool) -> str:
    """A guide for a terminal of `width` columns, with its escape codes."""
    # Imported on first use: of all that is rendered, only a guide on a terminal needs these.
    from rich.console import Console  # noqa: PLC0415
    from rich.markdown import Markdown  # noqa: PLC0415
    from rich.theme import Theme  # noqa: PLC0415

    out = StringIO()
    # Readable on light and dark: no backgrounds, and blocks in the terminal's own colours.
    theme = Theme({"markdown.code": "cyan", "markdown.h2": "bold underline"})
    console = Console(
        file=out, width=width, theme=theme, force_terminal=True, no_color=not has_colour
    )
    # Between files a link leads nowhere on a terminal; its text names the command to type.
    plain = _LANGUAGE.sub("```text", _LINK.sub(r"\1", markdown))
    console.print(Markdown(plain, code_theme="ansi_dark"))
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def _summary(name: str) -> str:
    title = _read(name).partition("\n")[0].removeprefix("# ")
    return title.partition(": ")[2] or title


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
