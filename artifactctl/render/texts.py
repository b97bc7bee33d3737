"""Texts of users, such as files, as they are shown on a terminal."""

import codecs
import io
import re
from collections.abc import Iterable, Iterator

from artifactctl.plain_text import escape

_KEPT = re.compile(r"([\n\t])")


def for_terminal(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the pieces of a text in UTF-8 with what a terminal acts upon written as escapes.

    Line ends of all systems are line feeds, and bytes that are not UTF-8 are escapes as well.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")("backslashreplace")
    lines = io.IncrementalNewlineDecoder(decoder, translate=True)
    for piece in pieces:
        yield safe(lines.decode(piece))
    yield safe(lines.decode(b"", final=True))


def safe(text: str) -> str:
    """Return a text with escapes for what a terminal acts upon, apart from line feeds and tabs."""
    return "".join(part if part in "\n\t" else escape(part) for part in _KEPT.split(text))
