"""Comparing two versions, including the tables among their changed files.

Manifests tell which files differ; bytes are read only to compare tables, up to a limit.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO, cast

from artifactctl.catalog.reading.finding import find_version
from artifactctl.diff import (
    Difference,
    Side,
    TableChange,
    compare_tables,
    diff_versions,
    with_tables,
)
from artifactctl.errors import IntegrityError, UnsafeError
from artifactctl.home import Home
from artifactctl.manifest import Entry
from artifactctl.refs import Ref
from artifactctl.results.reports import SILENT, Progress
from artifactctl.store import Advance, Store
from artifactctl.store.links import open_linked
from artifactctl.tabular import STREAMED_BYTES, Table, endings, is_table, read_table
from artifactctl.transfer.verified_stream import VerifiedStream
from artifactctl.upkeep.verifying import manifest_of
from artifactctl.url_text import LOCAL

MOST_BYTES = 256 << 20  # read for the tables of one comparison

# Unpacked tables are about ten times as big; larger ones are not read.
_UNPACKED_RATIO = 16
_UNPACKED_BYTES = 1 << 20  # allowed for small files too

Pair = tuple[Entry, Entry]


def diff(home: Home, ref: Ref, other: Ref, progress: Progress | None = None) -> Difference:
    """Return the differences between two versions.

    Raises `IntegrityError` when the stored bytes of a table differ from what was registered.
    """
    old, new = _side(home, ref), _side(home, other)
    difference = diff_versions(old, new)
    if not difference.files.changed:
        return difference
    chosen, left_out = affordable(_tables_among(difference, old, new))
    tables, notes = _look_into(chosen, old, new, home.store, progress or SILENT)
    if left_out:
        notes.append(f"rows and columns of {left_out} more changed files were not compared")
    return replace(with_tables(difference, tables), notes=tuple(notes))


def affordable(pairs: Iterable[Pair]) -> tuple[list[Pair], int]:
    """Return as many pairs as fit into the limit of bytes to read, and the number of the others."""
    chosen: list[Pair] = []
    left, left_out = MOST_BYTES, 0
    for pair in pairs:
        cost = sum(map(_read_bytes, pair))
        if cost > left:
            left_out += 1
            continue
        left -= cost
        chosen.append(pair)
    return chosen, left_out


def _side(home: Home, ref: Ref) -> Side:
    row = find_version(home.catalog, ref)
    manifest = manifest_of(row, home.store)
    return Side(
        f"{row.artifact}:{row.version}",
        row.type,
        manifest,
        row.tags,
        row.metadata,
        has_bytes=row.data_deleted is None,
    )


def _tables_among(difference: Difference, old: Side, new: Side) -> Iterator[Pair]:
    """Yield the changed files that may be tables in both versions."""
    before = {entry.path: entry for entry in old.manifest.entries}
    after = {entry.path: entry for entry in new.manifest.entries}
    for change in difference.files.changed:
        pair = before[change.old_path], after[change.path]
        if _is_readable(old, pair[0]) and _is_readable(new, pair[1]):
            yield pair


def _is_readable(side: Side, entry: Entry) -> bool:
    """Return whether a file may be a table and can be read without the network."""
    link = side.manifest.link
    is_near = side.has_bytes if link is None else link.startswith(LOCAL)
    return is_near and is_table(entry.path, entry.size_bytes)


def _look_into(
    pairs: list[Pair], old: Side, new: Side, store: Store, progress: Progress
) -> tuple[dict[str, TableChange], list[str]]:
    """Return the changes of the tables by path, and notes on those that cannot be read."""
    progress.expect(sum(map(_size_bytes, pairs)))
    found, notes = {}, []
    for one, two in pairs:
        try:
            before = _table_of(old, one, store, progress.advance)
            after = before and _table_of(new, two, store, progress.advance)
        except _LinkBrokenError as error:
            notes.append(f"rows and columns of {two.path!r} were not compared: {error}")
            continue
        if before and after:
            found[two.path] = compare_tables(before, after)
    return found, notes


class _LinkBrokenError(Exception):
    """Linked data no longer matches its manifest.

    The comparison of the manifests is still right.
    """


def _table_of(side: Side, entry: Entry, store: Store, advance: Advance) -> Table | None:
    if side.manifest.link is None:
        return _read(store.open(entry.digest or ""), entry, advance)
    try:
        return _read(open_linked(side.manifest, entry, store), entry, advance)
    except (IntegrityError, UnsafeError, OSError) as error:
        raise _LinkBrokenError(f"the linked file of {side.ref} is gone or has changed") from error


def _read(source: BinaryIO, entry: Entry, advance: Advance) -> Table | None:
    with source:
        stream = VerifiedStream(source, entry, advance)
        table = read_table(entry.path, cast("BinaryIO", stream), _read_bytes(entry))
        stream.finish()
    return table


def _read_bytes(entry: Entry) -> int:
    """Return the limit of bytes to read from a table; for a compressed file it exceeds its size."""
    if not endings(entry.path)[1]:
        return entry.size_bytes
    return min(entry.size_bytes * _UNPACKED_RATIO + _UNPACKED_BYTES, STREAMED_BYTES)


def _size_bytes(pair: Pair) -> int:
    return pair[0].size_bytes + pair[1].size_bytes
