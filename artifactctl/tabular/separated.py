"""Tables of separated values: CSV with any usual separator, quotes, escapes and encoding.

Such a file does not declare its dialect. So it is read in every dialect that something in it is
evidence for. Only what is the same in all dialects that make a table of it is certain and returned.
Forms: RFC 4180, IANA text/tab-separated-values, and what Excel, R, MySQL, Spark and astronomical
archives write.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from typing import TYPE_CHECKING, BinaryIO

from artifactctl.tabular.streams import Pieces
from artifactctl.tabular.table import Table, is_header

if TYPE_CHECKING:
    from _csv import Reader

CSV_RECORD_CHARS = 1 << 20
_SEPARATORS = ",;\t|"

_OFTEN_UNQUOTED = "\t|"  # tables with these separators are often written without quotes
_SAMPLE = 50
_APOSTROPHES = r"(?:\A|[\r\n,;\t|]) *'", r"' *(?:\Z|[\r\n,;\t|])"
_ESCAPES = r"""\\["',;\t|\r\n]"""
_INDENTED_QUOTES = r"""(?:\A|[\r\n,;\t|]) +["']"""
# A `#` alone is the name of a column that numbers the rows.
_LINE_OF_COMMENT = r"#(?![,;\t|])[^\r\n]*"
_COMMENTS = re.compile(rf"(?:(?: *|{_LINE_OF_COMMENT})(?:\r\n|\r|\n))*")
_DECLARATION = re.compile(r"sep=([,;\t|])(?:\r\n|\r|\n)", re.IGNORECASE)  # written for Excel
_OTHER_FORMAT = re.compile(r"\s*[{\[<]")
_CONTROL = r"[\x00-\x08\x0e-\x1f\x7f]"
# Other separators in use; None is any whitespace. A text that one of them divides evenly is not a
# single column.
_RIVALS = (None, *":~^!&*=@§¦¬\x01\x02\x1e\x1f")


@dataclass(frozen=True, slots=True)
class _Dialect:
    """A CSV dialect; an empty `quote` makes quotes ordinary characters."""

    separator: str
    quote: str = '"'
    escape: str | None = None
    skips_spaces: bool = False

    def records(self, lines: Iterable[str]) -> "Reader":
        return csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape,
            skipinitialspace=self.skips_spaces,
            strict=True,
        )

    def first(self, text: str) -> list[str]:
        """Return the first record of a text; empty when there is none."""
        try:
            return next(filter(None, self.records(io.StringIO(text, newline=""))), [])
        except csv.Error:
            return []


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text read in one dialect: its first records, their width, and the number of records."""

    dialect: _Dialect
    first: list[list[str]]
    width: int
    records: int
    has_blanks: bool
    has_comment: bool  # or a record that looks like a comment
    spans_lines: bool


@dataclass(frozen=True, slots=True)
class _Head:
    """The start of a file: comments, complete records, and the possible separators."""

    comments: str
    body: str
    separators: str
    is_whole: bool


def read_separated(expected: str, stream: BinaryIO) -> Table | None:
    """Return the shape of a table, or None when it is not certain that the file is one.

    `expected` is the separator that the file's ending stands for, or empty. Raises `ValueError` for
    bytes that are not text, and for records that are too long.
    """
    pieces = Pieces(stream)
    rest = iter(pieces)
    start, following = next(rest, ""), next(rest, None)
    if not start and not pieces.is_wide:
        return Table(0, ())
    if _OTHER_FORMAT.match(start) or (pieces.is_wide and "\n" not in start):
        return None
    head = _head(start, is_whole=following is None)
    agreeing = _agreeing(head, expected)
    if not agreeing:
        return None
    reading = agreeing[0]
    if following is not None:
        whole = _scan(reading.dialect, chain([head.body, following], rest))
        if whole is None or not _is_sound(whole):
            return None
        reading = whole
    if pieces.is_foreign and (reading.dialect.separator == "|" or re.search(_CONTROL, start)):
        return None  # `|` may be part of a character; texts have no control characters
    return _table(head, agreeing, reading, is_foreign=pieces.is_foreign)


def usual_separator(line: str) -> str:
    """Return the separator that a line has most often, which is only a guess at that of a file."""
    return max(_SEPARATORS, key=line.count)


def _is_sound(reading: _Reading) -> bool:
    """Return whether the result for the head of a long table is true of the whole table."""
    may_join = reading.spans_lines and reading.dialect.separator in _OFTEN_UNQUOTED
    return not reading.has_comment and not may_join


def _head(start: str, *, is_whole: bool) -> _Head:
    if declared := _DECLARATION.match(start):
        return _Head("", start[declared.end() :], declared[1], is_whole)
    skipped = _COMMENTS.match(start)
    comments = skipped[0] if skipped and "#" in skipped[0] else ""
    return _Head(comments, start[len(comments) :], _SEPARATORS, is_whole)


def _agreeing(head: _Head, expected: str) -> list[_Reading]:
    """Return the readings that make a table of the head, if all agree on its shape; else none."""
    dialects = _dialects(head)
    quoted = _tables(head, dialects)
    tables = quoted + _tables(head, _unquoted(head, dialects, quoted))
    tables = [table for table in tables if table.dialect.separator == expected] or tables
    if not tables:
        return _single_column(head, dialects)
    is_one_shape = len({(table.width, table.records) for table in tables}) == 1
    return [] if not is_one_shape or any(table.has_comment for table in tables) else tables


def _tables(head: _Head, dialects: Iterable[_Dialect]) -> list[_Reading]:
    found = [_scan(dialect, [head.body], is_whole=head.is_whole) for dialect in dialects]
    return [reading for reading in found if reading and reading.width > 1]


def _dialects(head: _Head) -> list[_Dialect]:
    """Return the dialects with quotes that the text has evidence for, plain ones first."""
    text = head.body
    # Searching for a character before the pattern is faster: most texts have none of these.
    has_apostrophes = "'" in text and all(re.search(mark, text) for mark in _APOSTROPHES)
    has_escapes = "\\" in text and re.search(_ESCAPES, text)
    has_indented = (' "' in text or " '" in text) and re.search(_INDENTED_QUOTES, text)
    quotes = "\"'" if has_apostrophes else '"'
    escapes = (None, "\\") if has_escapes else (None,)
    skips = (False, True) if has_indented else (False,)
    separators = [separator for separator in head.separators if separator in text] or [","]
    return [_Dialect(*parts) for parts in product(separators, quotes, escapes, skips)]


def _unquoted(head: _Head, dialects: list[_Dialect], quoted: list[_Reading]) -> set[_Dialect]:
    """Return the dialects in which quotes are ordinary characters.

    Such files are rare with commas, where it matters only if lines joined by quotes could be
    records.
    """
    if '"' not in head.body:
        return set()
    joined = {table.dialect.separator for table in quoted if table.spans_lines}
    separators = joined.union(_OFTEN_UNQUOTED)
    return {
        _Dialect(dialect.separator, "", dialect.escape)
        for dialect in dialects
        if dialect.separator in separators
    }


def _scan(dialect: _Dialect, pieces: Iterable[str], *, is_whole: bool = True) -> _Reading | None:
    """Read the text in one dialect.

    Return None when its records differ in width or one is cut off.
    """
    widths: Counter[int] = Counter()
    lines = _Lines(pieces, widths)
    reader = dialect.records(lines)
    first: list[list[str]] = []
    try:
        for record in islice(reader, _SAMPLE):
            widths[len(record)] += 1
            first += [record] if record else []
        if len(widths.keys() - {0}) < 2:
            widths.update(map(len, reader))  # a loop would be slower than the reader
    except csv.Error:
        if is_whole or not lines.is_at_end:
            return None
    blanks = widths.pop(0, 0)
    if len(widths) != 1:
        return None
    ((width, records),) = widths.items()
    return _Reading(
        dialect,
        first,
        width,
        records,
        has_blanks=blanks > 0,
        has_comment=lines.has_comment,
        spans_lines=reader.line_num > records + blanks,
    )


class _Lines:
    """The lines of pieces, for a reader that counts its records in `widths`.

    Raises `ValueError` for a record that is too long to keep in memory.
    """

    is_at_end = False
    has_comment = False

    def __init__(self, pieces: Iterable[str], widths: Counter[int]) -> None:
        self._pieces, self._widths = pieces, widths

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._by_piece())

    def _by_piece(self) -> Iterator[Iterable[str]]:
        before = chars = 0
        for piece in self._pieces:
            records = self._widths.total()
            chars = len(piece) + (chars if records == before else 0)
            before = records
            if chars > CSV_RECORD_CHARS:
                raise ValueError("a record is too long")
            lines = io.StringIO(piece, newline="")
            has_mark = piece[0] == "#" or "\n#" in piece or "\r#" in piece
            yield self._watched(lines) if has_mark else lines
        self.is_at_end = True

    def _watched(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the lines of a piece, and note a comment line that is not inside of a record."""
        before = -1
        for line in lines:
            records = self._widths.total()
            if line[0] == "#" and 0 < records != before:
                self.has_comment = True
            before = records
            yield line


def _single_column(head: _Head, dialects: list[_Dialect]) -> list[_Reading]:
    """Return the text as a table of one column, if nothing in it could be a separator."""
    if any(dialect.escape or dialect.quote == "'" for dialect in dialects):
        return []
    if any(len(dialect.first(head.body)) > 1 for dialect in dialects):
        return []
    lines = [line for line in islice(io.StringIO(head.body, newline=""), _SAMPLE) if line.strip()]
    if not head.body.startswith('"') and any(_divides(rival, lines) for rival in _RIVALS):
        return []
    found = _scan(_Dialect(","), [head.body], is_whole=head.is_whole)
    # A blank line may be a record with an empty value, or not a record.
    is_sound = found and found.width == 1 and not found.has_blanks and not found.has_comment
    return [found] if found and is_sound else []


def _divides(separator: str | None, lines: Sequence[str]) -> bool:
    """Return whether every line contains the separator, and all of them equally often."""
    counts = {len(line.split(separator)) for line in lines}
    return len(counts) == 1 and counts != {1}


def _table(head: _Head, agreeing: list[_Reading], whole: _Reading, *, is_foreign: bool) -> Table:
    """Return what is certain about a table that was read to its end."""
    first, *others = agreeing[0].first
    if not is_header(first, others) or _is_header_in_comments(head, whole):
        return Table(None, None, whole.width)
    quoting = [reading for reading in agreeing if reading.dialect.quote] or agreeing
    names, *variants = (reading.first[0] for reading in quoting)
    is_known = all(names == variant for variant in variants)
    if not is_known or (is_foreign and not all(map(str.isascii, names))):
        return Table(whole.records - 1, None, whole.width)
    return Table(whole.records - 1, tuple(names))


def _is_header_in_comments(head: _Head, reading: _Reading) -> bool:
    """Return whether the last comment may name the columns, as in numpy.savetxt and VCF files."""
    if not head.comments:
        return False
    comments = [line.strip("# \t") for line in head.comments.splitlines()]
    last = next((line for line in reversed(comments) if line), "")
    return len(reading.dialect.first(last)) == reading.width
