"""Texts for people: sizes, durations and times, and escaping data for a terminal."""

import re
from typing import TextIO

# C0 and C1 controls, characters that reorder or hide text, line separators, lone surrogates.
_AFTER_SPACE = "\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
_DANGEROUS = re.compile(f"[\x00-\x1f{_AFTER_SPACE}]")
_SIZE = re.compile(r"(\d{1,18}(?:\.\d{1,9})?) ?(?:([kmgtp])?(i)?b?)?", re.ASCII | re.IGNORECASE)
_DANGEROUS_IN_DOCUMENT = re.compile(f"[\x00-\x09\x0b-\x1f{_AFTER_SPACE}]")


def escape(text: str) -> str:
    """Return `text` with every character that a terminal acts upon replaced by an escape."""
    return _DANGEROUS.sub(lambda found: ascii(found.group())[1:-1], text)


def escape_in_json(document: str) -> str:
    """Return a JSON or YAML document with such characters written as escapes.

    The document keeps its meaning and its own line breaks.
    """
    return _DANGEROUS_IN_DOCUMENT.sub(lambda found: f"\\u{ord(found.group()):04x}", document)


def is_dangerous(text: str) -> bool:
    """Return whether `escape` would change `text`."""
    return _DANGEROUS.search(text) is not None


def is_unicode(out: TextIO) -> bool:
    """Return whether a stream can encode every character."""
    return (out.encoding or "utf-8").lower().startswith("utf")


def shortened(text: str, most: int) -> str:
    """Return a text that has at most so many characters, the last of them `…` when it is cut."""
    return text if len(text) <= most else text[: most - 1] + "…"


def size(size_bytes: int) -> str:
    """Return a size for people, in decimal units as `ls --si` prints them."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    value = float(size_bytes)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} PB"


def parse_size(text: str) -> int:
    """Return a size in bytes from `20GB`, `1.5 GiB`, `300k` or a number of bytes.

    Raises `ValueError` for any other text.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    base = 1024 if found[3] else 1000
    return int(float(found[1]) * base ** " kmgtp".index((found[2] or " ").lower()))


def duration(seconds: float) -> str:
    """Return a duration for people: `36 ms`, `1.3 s`, `3 min 07 s`, `2 h 05 min`."""
    if 0 < seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60:,} h {minutes % 60:02} min"


def moment(time: str) -> str:
    """Return a time for people, to the second."""
    return time[:19].replace("T", " ") + "Z" if time else ""


def age(seconds: float) -> str:
    """Return how long ago something was: `just now`, `3 min ago`, `5 h ago`, `2 days ago`."""
    if seconds < 60:
        return "just now"
    for size_s, most_s, unit in ((60, 3600, "min"), (3600, 86_400, "h")):
        if seconds < most_s:
            return f"{seconds // size_s:.0f} {unit} ago"
    return f"{count(int(seconds // 86_400), 'day')} ago"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 file`, `3 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
