"""The differences between two versions, computed without reading their files."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from artifactctl import plain_text
from artifactctl.enums import VersionKind
from artifactctl.json_text import is_same
from artifactctl.manifest import Entry, Manifest
from artifactctl.tabular import Table

Pair = tuple[Any, Any]
"""An old value and a new one."""

Line = tuple[str, str, Any, Any]
"""A line of a table of changes: what, how it changed, the old value and the new one."""


@dataclass(frozen=True, slots=True)
class Side:
    """The compared facts of a version; `ref` is `NAME:VERSION`."""

    ref: str
    type: str
    manifest: Manifest
    tags: tuple[str, ...]
    metadata: Mapping[str, Any]
    has_bytes: bool = True


@dataclass(frozen=True, slots=True)
class SizedFile:
    """A file that only one of the two versions has."""

    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class TableChange:
    """The change of a table's shape; a field is None when the format does not give it."""

    old_rows: int | None
    new_rows: int | None
    columns_added: tuple[str, ...] | None
    columns_removed: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file with changed content; `old_path` differs only when each version is one file."""

    path: str
    old_path: str
    old_size_bytes: int
    new_size_bytes: int
    table: TableChange | None = None


@dataclass(frozen=True, slots=True)
class RenamedFile:
    """A file with the same content under another path."""

    path: str
    old_path: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class FileChanges:
    """The files that differ, each group in the order of paths."""

    added: tuple[SizedFile, ...]
    removed: tuple[SizedFile, ...]
    changed: tuple[ChangedFile, ...]
    renamed: tuple[RenamedFile, ...]
    unchanged_count: int

    def lines(self) -> Iterator[Line]:
        """Yield a line for each file that differs."""
        size = plain_text.size
        for one in self.added:
            yield one.path, "added", "", size(one.size_bytes)
        for one in self.removed:
            yield one.path, "removed", size(one.size_bytes), ""
        for file in self.changed:
            yield file.path, "changed", size(file.old_size_bytes), size(file.new_size_bytes)
        for moved in self.renamed:
            yield moved.path, "renamed", moved.old_path, moved.path


@dataclass(frozen=True, slots=True)
class MetadataChanges:
    """The metadata keys that differ, in alphabetical order, with their values."""

    added: Mapping[str, Any]
    removed: Mapping[str, Any]
    changed: Mapping[str, Pair]

    def lines(self) -> Iterator[Line]:
        """Yield a line for each key that differs."""
        for key, value in self.added.items():
            yield f"metadata.{key}", "added", "", value
        for key, value in self.removed.items():
            yield f"metadata.{key}", "removed", value, ""
        for key, (old, new) in self.changed.items():
            yield f"metadata.{key}", "changed", old, new


@dataclass(frozen=True, slots=True)
class TagChanges:
    """The tags that only one of the two versions has, in alphabetical order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """The differences between the versions `old` and `new`, both `NAME:VERSION`.

    `type` and `kind` are None when they are the same; `notes` are for the user.
    """

    old: str
    new: str
    files: FileChanges
    metadata: MetadataChanges
    tags: TagChanges
    type: tuple[str, str] | None
    kind: tuple[str, str] | None
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the versions are equal apart from names and times."""
        files, metadata, tags = self.files, self.metadata, self.tags
        changes = (files.added, files.removed, files.changed, files.renamed, self.type, self.kind)
        keys = (metadata.added, metadata.removed, metadata.changed, tags.added, tags.removed)
        return not any(changes) and not any(keys)

    def _repr_html_(self) -> str:
        from artifactctl.visuals.notebook import first_rows  # noqa: PLC0415 (only notebooks need it)

        caption = "; ".join((f"{self.old} → {self.new}", *self.notes))
        return first_rows(("what", "change", self.old, self.new), list(self._lines()), caption)

    def _lines(self) -> Iterator[Line]:
        for what, pair in (("type", self.type), ("kind", self.kind)):
            if pair is not None:
                yield (what, "changed", *pair)
        yield from self.files.lines()
        yield from self.metadata.lines()
        yield from (("tag", "added", "", tag) for tag in self.tags.added)
        yield from (("tag", "removed", tag, "") for tag in self.tags.removed)


def diff_versions(old: Side, new: Side) -> Difference:
    """Return the differences between `old` and `new`; times and executable bits do not count."""
    return Difference(
        old=old.ref,
        new=new.ref,
        files=compare_files(old.manifest, new.manifest),
        metadata=compare_metadata(old.metadata, new.metadata),
        tags=compare_tags(old.tags, new.tags),
        type=_pair(old.type, new.type),
        kind=_pair(old.manifest.kind.value, new.manifest.kind.value),
    )


def compare_files(old: Manifest, new: Manifest) -> FileChanges:
    """Compare files by path, and those that only one version has by content (renames).

    Two versions of kind `file` are compared as one file that changed, even under two names.
    """
    before = {entry.path: entry for entry in old.entries}
    after = {entry.path: entry for entry in new.entries}
    common = [(before[path], after[path]) for path in before if path in after]
    changed = [(one, two) for one, two in common if _content(one) != _content(two)]
    unchanged_count = len(common) - len(changed)
    removed = [entry for path, entry in before.items() if path not in after]
    added = [entry for path, entry in after.items() if path not in before]
    renamed = _pair_up(removed, added)
    removed = _without(removed, (one for one, _ in renamed))
    added = _without(added, (two for _, two in renamed))
    if removed and added and old.kind is new.kind is VersionKind.FILE:
        changed, removed, added = [(removed[0], added[0])], [], []
    return FileChanges(
        added=tuple(SizedFile(entry.path, entry.size_bytes) for entry in added),
        removed=tuple(SizedFile(entry.path, entry.size_bytes) for entry in removed),
        changed=tuple(
            ChangedFile(two.path, one.path, one.size_bytes, two.size_bytes) for one, two in changed
        ),
        renamed=tuple(
            RenamedFile(two.path, one.path, two.size_bytes)
            for one, two in sorted(renamed, key=lambda pair: pair[1].path)
        ),
        unchanged_count=unchanged_count,
    )


def compare_tables(old: Table, new: Table) -> TableChange:
    """Return the change of a table's shape; the order of columns does not count.

    Columns with the same name are counted: two columns `a` instead of one is one column added.
    """
    if old.columns is None or new.columns is None:
        return TableChange(old.rows, new.rows, None, None)
    before, after = Counter(old.columns), Counter(new.columns)
    added, removed = (after - before).elements(), (before - after).elements()
    return TableChange(old.rows, new.rows, tuple(added), tuple(removed))


def with_tables(difference: Difference, tables: Mapping[str, TableChange]) -> Difference:
    """Return the differences with the changes of the tables at these paths added."""
    changed = tuple(
        replace(change, table=tables.get(change.path)) for change in difference.files.changed
    )
    return replace(difference, files=replace(difference.files, changed=changed))


def _content(entry: Entry) -> tuple[int, str | None]:
    """Return what equal files share: size and digest, or the server's checksum of a remote file."""
    return entry.size_bytes, entry.digest or entry.source_checksum


def _content_and_name(entry: Entry) -> tuple[Hashable, str]:
    return _content(entry), os.path.basename(entry.path)


def _pair_up(removed: list[Entry], added: list[Entry]) -> list[tuple[Entry, Entry]]:
    """Return pairs of removed and added files with equal content, equal names first."""
    pairs: list[tuple[Entry, Entry]] = []
    for key in (_content_and_name, _content):
        left = _without(removed, (one for one, _ in pairs))
        right = _group(_without(added, (two for _, two in pairs)), key)
        for value, group in _group(left, key).items():
            pairs += zip(group, right.get(value, ()), strict=False)
    return pairs


def _group(
    entries: Iterable[Entry], key: Callable[[Entry], Hashable]
) -> dict[Hashable, list[Entry]]:
    groups: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return groups


def _without(entries: list[Entry], others: Iterable[Entry]) -> list[Entry]:
    paths = {entry.path for entry in others}
    return [entry for entry in entries if entry.path not in paths]


def compare_tags(old: Iterable[str], new: Iterable[str]) -> TagChanges:
    """Return the tags that only one of two versions has."""
    before, after = set(old), set(new)
    return TagChanges(tuple(sorted(after - before)), tuple(sorted(before - after)))


def compare_metadata(old: Mapping[str, object], new: Mapping[str, object]) -> MetadataChanges:
    """Return the keys that differ, with their values."""
    return MetadataChanges(
        added={key: new[key] for key in sorted(new.keys() - old.keys())},
        removed={key: old[key] for key in sorted(old.keys() - new.keys())},
        changed={
            key: (old[key], new[key])
            for key in sorted(old.keys() & new.keys())
            if not is_same(old[key], new[key])
        },
    )


def _pair(old: str, new: str) -> tuple[str, str] | None:
    return None if old == new else (old, new)
