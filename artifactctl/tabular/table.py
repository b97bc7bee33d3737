"""The shape of a table, and recognising a header."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from operator import eq

_LOOKED_AT = 1000  # columns that are examined
_RECORDS = 20

# Values that are not names of columns: numbers in any country's form, dates and times, marks for
# missing values, addresses, identifiers. It is compiled on first use: most headers are plain words.
_VALUE = r"""(?xis)\s*(?:
        [-+(<>~$€£¥]*\s*\d[\d.,'\s_]*(?:[eE][-+]?\d+)?\s*[%)€$£¥]?
        | [-+]?\.\d+(?:[eE][-+]?\d+)?
        | 0x[0-9a-fA-F]+
        | [-+]?inf(?:inity)? | \#?n/a | \\n | \? | -+ | \.
        | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\s].*)?
        | \d{1,4}[-/.\s]\w{3,9}[-/.\s]\d{1,4}
        | \d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?
        | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
        | [0-9a-f]{32,}
        | [^@\s]+@[^@\s]+\.[^@\s]+
    )\s*"""
_VALUE_CHARS = 100
_HASH_CHARS = 32
_MISSING = frozenset({"inf", "infinity", "na", "nan", "none", "null"})
_ADDRESS = r"\s*\w{1,10}://"
_REMARK = ("#", "%", "//", "--", "!", "@", ";", "*")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Table:
    """The shape of a table; a field is None when the file does not give it with certainty.

    A JSON object has columns (its keys) and no number of rows. `width` is the number of columns
    when their names are not known.
    """

    rows: int | None
    columns: tuple[str, ...] | None
    width: int | None = None

    @property
    def column_count(self) -> int | None:
        """The number of columns, whether or not their names are known."""
        return self.width if self.columns is None else len(self.columns)


def is_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Return whether the record `first` names the columns of the records `others` after it.

    By convention a first record is a header unless something speaks against it: a value among its
    cells, a cell that is repeated below it (`a1.png` above `a2.png`), or a missing name other than
    the first, which is that of an index.
    """
    if len(first) > 1 and not all(map(str.strip, first[1:])):
        return False
    if first[0].startswith(_REMARK) and first[0] != "#":
        return False
    looked_at = first[:_LOOKED_AT]
    return not any(map(_is_value, looked_at)) and not _is_repeated(looked_at, others[:_RECORDS])


def _is_value(cell: str) -> bool:
    if cell.isidentifier() and len(cell) < _HASH_CHARS:
        return cell.lower() in _MISSING
    is_short = len(cell) <= _VALUE_CHARS
    return bool((is_short and re.fullmatch(_VALUE, cell)) or re.match(_ADDRESS, cell))


def _is_repeated(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Return whether a cell is repeated below itself, apart from its digits."""
    cells = [cell or None for cell in first]
    if any(True in map(eq, cells, other) for other in others):
        return True
    shapes = [(at, shape) for at, cell in enumerate(first) if (shape := _shape(cell)) != cell]
    return any(_shape(other[at]) == shape for at, shape in shapes for other in others)


def _shape(cell: str) -> str:
    return _DIGITS.sub("0", cell)
