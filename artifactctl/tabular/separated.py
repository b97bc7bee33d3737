"""Tables of separated values: CSV with any usual separator, quotes, escapes and encoding.

Nothing in such a file says how it is to be read. So it is read in every dialect that something in
it is evidence for. What is the same in all dialects that make a table of it is certain; the rest is
not told. Forms: RFC 4180, IANA text/tab-separated-values, and what Excel, R, MySQL, Spark and the
archives of astronomers write.
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
SEPARATORS = ",;\t|"

_OFTEN_UNQUOTED = "\t|"  # tables with these are often written without quotes
_SAMPLE = 50
_APOSTROPHES = r"(?:\A|[\r\n,;\t|]) *'", r"' *(?:\Z|[\r\n,;\t|])"
_ESCAPES = r"""\\["',;\t|\r\n]"""
_INDENTED_QUOTES = r"""(?:\A|[\r\n,;\t|]) +["']"""
# A lone `#` is the name of a column that numbers the rows.
_LINE_OF_COMMENT = r"#(?![,;\t|])[^\r\n]*"
_COMMENTS = re.compile(rf"(?:(?: *|{_LINE_OF_COMMENT})(?:\r\n|\r|\n))*")
_DECLARATION = re.compile(r"sep=([,;\t|])(?:\r\n|\r|\n)", re.IGNORECASE)  # for Excel
_OTHER_FORMAT = re.compile(r"\s*[{\[<]")
_CONTROL = r"[\x00-\x08\x0e-\x1f\x7f]"
# Other separators that exist; None is any space. A text that one divides is not a single column.
_RIVALS = (None, *":~^!&*=@§¦¬\x01\x02\x1e\x1f")


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How a text is read; `quote` is empty if quotes are ordinary characters."""

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
        """The first record of a text; empty if there is none."""
        try:
            return next(filter(None, self.records(io.StringIO(text, newline=""))), [])
        except csv.Error:
            return []


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text that was read in one dialect: its first records, and how many there are."""

    dialect: _Dialect
    first: list[list[str]]
    width: int
    records: int
    has_blanks: bool
    has_comment: bool  # or a record that looks like a comment
    spans_lines: bool


@dataclass(frozen=True, slots=True)
class _Head:
    """The start of a file: comments, then records to the end of a piece; possible separators."""

    comments: str
    body: str
    separators: str
    is_whole: bool


def read_separated(expected: str, stream: BinaryIO) -> Table | None:
    """The shape of a table, or None when it is not certain that there is one.

    `expected` is the separator that the name of the file promises, or nothing. Raises `ValueError`
    for bytes that are no text, and for records that are too long.
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
        return None  # a bar may be half of a character; text has no control characters
    return _table(head, agreeing, reading, is_foreign=pieces.is_foreign)


def _is_sound(reading: _Reading) -> bool:
    """Whether what all dialects agree on in the head of a long table holds for all of it."""
    may_join = reading.spans_lines and reading.dialect.separator in _OFTEN_UNQUOTED
    return not reading.has_comment and not may_join


def _head(start: str, *, is_whole: bool) -> _Head:
    if declared := _DECLARATION.match(start):
        return _Head("", start[declared.end() :], declared[1], is_whole)
    skipped = _COMMENTS.match(start)
    comments = skipped[0] if skipped and "#" in skipped[0] else ""
    return _Head(comments, start[len(comments) :], SEPARATORS, is_whole)


def _agreeing(head: _Head, expected: str) -> list[_Reading]:
    """The readings that make a table of the head, if they agree on its shape; else none."""
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
    """The dialects with quotes that something in the text is evidence for, plain ones first."""
    text = head.body
    # Looking for a character first is faster: most texts have none of these.
    has_apostrophes = "'" in text and all(re.search(mark, text) for mark in _APOSTROPHES)
    has_escapes = "\\" in text and re.search(_ESCAPES, text)
    has_indented = (' "' in text or " '" in text) and re.search(_INDENTED_QUOTES, text)
    quotes = "\"'" if has_apostrophes else '"'
    escapes = (None, "\\") if has_escapes else (None,)
    skips = (False, True) if has_indented else (False,)
    separators = [separator for separator in head.separators if separator in text] or [","]
    return [_Dialect(*parts) for parts in product(separators, quotes, escapes, skips)]


def _unquoted(head: _Head, dialects: list[_Dialect], quoted: list[_Reading]) -> set[_Dialect]:
    """The dialects in which quotes are ordinary characters.

    With commas such files are rare: it matters only where lines that quotes join could be records.
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
    """The text read in this dialect, or None when records differ in width or the last is cut."""
    widths: Counter[int] = Counter()
    lines = _Lines(pieces, widths)
    reader = dialect.records(lines)
    first: list[list[str]] = []
    try:
        for record in islice(reader, _SAMPLE):
            widths[len(record)] += 1
            first += [record] if record else []
        if len(widths.keys() - {0}) < 2:
            widths.update(map(len, reader))  # a loop would take longer than the reading
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

    Raises `ValueError` when one record takes too many characters, since memory would grow.
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
        """The lines of a piece in which a line may be a comment, and not inside of a record."""
        before = -1
        for line in lines:
            records = self._widths.total()
            if line[0] == "#" and 0 < records != before:
                self.has_comment = True
            before = records
            yield line


def _single_column(head: _Head, dialects: list[_Dialect]) -> list[_Reading]:
    """The text read as one column, if nothing in it could be a separator."""
    if any(dialect.escape or dialect.quote == "'" for dialect in dialects):
        return []
    if any(len(dialect.first(head.body)) > 1 for dialect in dialects):
        return []
    lines = [line for line in islice(io.StringIO(head.body, newline=""), _SAMPLE) if line.strip()]
    if not head.body.startswith('"') and any(_divides(rival, lines) for rival in _RIVALS):
        return []
    found = _scan(_Dialect(","), [head.body], is_whole=head.is_whole)
    # A blank line may be a record with an empty value, or no record.
    is_sound = found and found.width == 1 and not found.has_blanks and not found.has_comment
    return [found] if found and is_sound else []


def _divides(separator: str | None, lines: Sequence[str]) -> bool:
    """Whether all lines have the same number of a separator, and at least one."""
    counts = {len(line.split(separator)) for line in lines}
    return len(counts) == 1 and counts != {1}


def _table(head: _Head, agreeing: list[_Reading], whole: _Reading, *, is_foreign: bool) -> Table:
    """What is certain about a table that was read to its end."""
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
    """Whether the last comment might name the columns, as numpy.savetxt and VCF have it."""
    if not head.comments:
        return False
    comments = [line.strip("# \t") for line in head.comments.splitlines()]
    last = next((line for line in reversed(comments) if line), "")
    return len(reading.dialect.first(last)) == reading.width
