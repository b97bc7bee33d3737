"""Text for people: sizes, durations and times, and data made safe for a terminal."""

import re
from typing import TextIO

# C0 and C1 controls, what reorders or hides text, line separators, lone surrogates.
_AFTER_SPACE = "\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
_DANGEROUS = re.compile(f"[\x00-\x1f{_AFTER_SPACE}]")
_DANGEROUS_IN_DOCUMENT = re.compile(f"[\x00-\x09\x0b-\x1f{_AFTER_SPACE}]")


def escape(text: str) -> str:
    """`text` with every character that a terminal would act upon shown as an escape."""
    return _DANGEROUS.sub(lambda found: ascii(found.group())[1:-1], text)


def escape_in_json(document: str) -> str:
    """A JSON or YAML document in which such characters inside quotes are escapes.

    The document means the same as before. Its own line breaks are kept.
    """
    return _DANGEROUS_IN_DOCUMENT.sub(lambda found: f"\\u{ord(found.group()):04x}", document)


def is_dangerous(text: str) -> bool:
    """Whether `escape` would change `text`."""
    return _DANGEROUS.search(text) is not None


def is_unicode(out: TextIO) -> bool:
    """Whether a stream can show every character."""
    return (out.encoding or "utf-8").lower().startswith("utf")


def size(size_bytes: int) -> str:
    """A size for people: decimal units, as disks are sold and `ls --si` shows them."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    value = float(size_bytes)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} PB"


def duration(seconds: float) -> str:
    """How long something took, for people: `36 ms`, `1.3 s`, `3 min 07 s`, `2 h 05 min`."""
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
    """A time for people, to the second."""
    return time[:19].replace("T", " ") + "Z" if time else ""


def count(number: int, noun: str) -> str:
    """`1 file`, `3 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
