"""The difference of two versions: lines for people, an object or rows for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from heapq import nlargest
from typing import NamedTuple

from artifactctl.diff import ChangedFile, Difference, TableChange
from artifactctl.json_text import JsonObject
from artifactctl.plain_text import count, escape, size
from artifactctl.render.fitting import cell_width

COLUMNS = ["what", "change", "name", "old", "new"]

_Row = tuple[str, str, str, object, object]

_WIDEST = 60  # sizes are aligned behind paths up to this width; longer paths do not move them


def paths(difference: Difference) -> list[str]:
    """The paths of files that differ; of a renamed file the new one."""
    files = difference.files
    found = [file.path for file in (*files.added, *files.removed)]
    found += [file.path for file in files.changed]
    return sorted([*found, *(file.path for file in files.renamed)])


def as_json(difference: Difference) -> JsonObject:
    """The object that JSON and YAML show."""
    files = difference.files
    return {
        "from": difference.old,
        "to": difference.new,
        "equal": difference.is_empty,
        "files": {
            "added": [asdict(file) for file in files.added],
            "removed": [asdict(file) for file in files.removed],
            "changed": [_changed_as_json(file) for file in files.changed],
            "renamed": [asdict(file) for file in files.renamed],
            "unchanged_count": files.unchanged_count,
        },
        "metadata": asdict(difference.metadata),
        "tags": asdict(difference.tags),
        "type": difference.type,
        "kind": difference.kind,
    }


def rows(difference: Difference) -> list[JsonObject]:
    """One row for each difference, with `COLUMNS`."""
    found = [*_file_rows(difference), *_other_rows(difference)]
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def lines(difference: Difference, most_files: int | None = None) -> list[str]:
    """What a table shows: a line for each file, metadata key and tag, and a summary.

    Of more than `most_files` only the largest have a line, and it is said how many there are.
    """
    files = _file_lines(difference)
    left_out = 0 if most_files is None else len(files) - most_files
    if most_files is not None and left_out > 0:
        files = sorted(nlargest(most_files, files, key=lambda line: line.size_bytes))
    widths = [cell_width(line.shown) for line in files]
    width = max((cells for cells in widths if cells <= _WIDEST), default=0)
    shown = [f"{difference.old} → {difference.new}"]
    for line in files:
        shown.append(f"{line.shown}{' ' * (width - cell_width(line.shown))}  {line.sizes}")
        if line.table:
            shown.append(f"    {line.table}")
    if left_out > 0:
        shown.append(f"and {count(left_out, 'more file')}; --files shows all")
    return [*shown, *_other_lines(difference), _summary(difference)]


def _changed_as_json(file: ChangedFile) -> JsonObject:
    table = asdict(file.table or TableChange(None, None, None, None))
    facts = {key: value for key, value in asdict(file).items() if key != "table"}
    return {**facts, **table}


def _file_rows(difference: Difference) -> Iterator[_Row]:
    files = difference.files
    for file in files.added:
        yield "file", "added", file.path, None, file.size_bytes
    for file in files.removed:
        yield "file", "removed", file.path, file.size_bytes, None
    for changed in files.changed:
        yield "file", "changed", changed.path, changed.old_size_bytes, changed.new_size_bytes
        if changed.path != changed.old_path:
            yield "file", "renamed", changed.path, changed.old_path, changed.path
        if changed.table is not None:
            yield from _table_rows(changed.path, changed.table)
    for renamed in files.renamed:
        yield "file", "renamed", renamed.path, renamed.old_path, renamed.path


def _table_rows(path: str, table: TableChange) -> Iterator[_Row]:
    if table.old_rows != table.new_rows:
        yield "rows", "changed", path, table.old_rows, table.new_rows
    for column in table.columns_added or ():
        yield "column", "added", path, None, column
    for column in table.columns_removed or ():
        yield "column", "removed", path, column, None


def _other_rows(difference: Difference) -> Iterator[_Row]:
    metadata, tags = difference.metadata, difference.tags
    for key, value in metadata.added.items():
        yield "metadata", "added", key, None, value
    for key, value in metadata.removed.items():
        yield "metadata", "removed", key, value, None
    for key, pair in metadata.changed.items():
        yield "metadata", "changed", key, *pair
    for tag in tags.added:
        yield "tag", "added", tag, None, None
    for tag in tags.removed:
        yield "tag", "removed", tag, None, None
    for what, change in (("type", difference.type), ("kind", difference.kind)):
        if change is not None:
            yield what, "changed", "", *change


class _FileLine(NamedTuple):
    """A line for a file: its mark and path, its sizes, and how its table changed.

    They are in the order of paths; `size_bytes` is the larger size.
    """

    path: str
    shown: str
    sizes: str
    table: str
    size_bytes: int


def _file_lines(difference: Difference) -> list[_FileLine]:
    files = difference.files
    marks = (("+", files.added), ("-", files.removed))
    found = [
        _FileLine(file.path, f"{mark} {file.path}", size(file.size_bytes), "", file.size_bytes)
        for mark, group in marks
        for file in group
    ]
    for renamed in files.renamed:
        shown, size_bytes = f"→ {renamed.old_path} → {renamed.path}", renamed.size_bytes
        found.append(_FileLine(renamed.path, shown, size(size_bytes), "", size_bytes))
    for changed in files.changed:
        old = "" if changed.old_path == changed.path else f"{changed.old_path} → "
        before, after = changed.old_size_bytes, changed.new_size_bytes
        table = _table(changed.table) if changed.table else ""
        shown, most = f"~ {old}{changed.path}", max(before, after)
        found.append(_FileLine(changed.path, shown, _sizes(before, after), table, most))
    return [line._replace(shown=escape(line.shown)) for line in sorted(found)]


def _sizes(old: int, new: int) -> str:
    """Both sizes and the exact change in bytes: `3.9 kB → 3.9 kB (+12 B)`."""
    if old == new:
        return f"{size(old)}, the same size"
    return f"{size(old)} → {size(new)} ({new - old:+,} B)"


def _table(table: TableChange) -> str:
    parts = []
    if table.old_rows is not None and table.new_rows is not None:
        same = table.old_rows == table.new_rows
        old = "" if same else f"{table.old_rows:,} → "
        parts.append(old + count(table.new_rows, "row"))
    columns = [f"+{name}" for name in table.columns_added or ()]
    columns += [f"-{name}" for name in table.columns_removed or ()]
    if columns:
        parts.append("columns " + ", ".join(columns))
    return "; ".join(parts)


def _other_lines(difference: Difference) -> Iterator[str]:
    metadata, tags = difference.metadata, difference.tags
    for key, value in metadata.added.items():
        yield f"+ metadata {key}: {_json(value)}"
    for key, value in metadata.removed.items():
        yield f"- metadata {key}: {_json(value)}"
    for key, (old, new) in metadata.changed.items():
        yield f"~ metadata {key}: {_json(old)} → {_json(new)}"
    yield from (f"+ tag {tag}" for tag in tags.added)
    yield from (f"- tag {tag}" for tag in tags.removed)
    for what, change in (("type", difference.type), ("kind", difference.kind)):
        if change is not None:
            yield f"~ {what}: {change[0]} → {change[1]}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _summary(difference: Difference) -> str:
    """`3 files changed, 1 added, 2 removed`; without any change `0 files changed`."""
    files = difference.files
    counts = {
        "changed": len(files.changed),
        "added": len(files.added),
        "removed": len(files.removed),
        "renamed": len(files.renamed),
    }
    words = [(number, word) for word, number in counts.items() if number] or [(0, "changed")]
    first, *others = words
    parts = [f"{count(first[0], 'file')} {first[1]}", *(f"{n:,} {word}" for n, word in others)]
    if files.unchanged_count:
        parts.append(f"{files.unchanged_count:,} unchanged")
    return ", ".join(parts)
