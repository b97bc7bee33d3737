"""Many files in little memory, and entries of them that are those of a manifest."""

import json
import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.digests import PREFIX, bytes_of, digest_of
from artifactctl.enums import VersionKind
from artifactctl.errors import UnsafeError
from artifactctl.file_columns import FileColumns
from artifactctl.json_text import canonical_json
from artifactctl.manifest import Entry, Manifest, PackedEntries
from artifactctl.member_paths import are_safe, check_member_path, is_reserved_on_windows

CHARS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cf"), exclude_characters="/\\")
NAMES = st.text(CHARS, min_size=1, max_size=6).filter(lambda name: name.strip(". ") != "")
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
NUMBERS = st.integers(0, (1 << 63) - 1)
# Also after the year 2262, where nanoseconds have more than 64 bits.
TIMES = st.integers(-(1 << 63) + 1, 253_402_300_799 * 10**9)
ENTRIES = st.builds(Entry, PATHS, NUMBERS, st.binary().map(digest_of), TIMES, st.booleans())


def packed(entries: Sequence[Entry], at_once: int = 3) -> PackedEntries:
    columns = FileColumns()
    for start in range(0, len(entries), at_once):
        some = entries[start : start + at_once]
        columns.extend(
            [entry.path for entry in some],
            [entry.size_bytes for entry in some],
            [entry.mtime_ns or 0 for entry in some],
            [entry.executable for entry in some],
        )
    return PackedEntries(columns, b"".join(bytes_of(str(entry.digest)) for entry in entries))


@given(st.lists(ENTRIES, min_size=1, max_size=8, unique_by=lambda entry: entry.path))
def test_a_packed_manifest_is_the_same_to_the_last_byte(entries: list[Entry]) -> None:
    try:
        plain = Manifest.of(VersionKind.FOLDER, entries)
    except UnsafeError:  # a path that is also a folder: no file system has that
        return
    made = Manifest.of(VersionKind.FOLDER, packed(entries))
    assert made.to_bytes() == plain.to_bytes()
    assert made.content_digest == plain.content_digest
    assert made.size_bytes == plain.size_bytes
    assert made.digests == plain.digests == set(made.each_digest()) == set(plain.each_digest())
    assert tuple(made.entries) == plain.entries
    assert made.entries[1:] == plain.entries[1:]
    assert made.entries[-1] == plain.entries[-1]
    assert made == plain
    assert hash(made) == hash(plain)
    with pytest.raises(IndexError):
        made.entries[len(entries)]


@given(
    st.lists(st.text(st.sampled_from("aA. /\\\n\u202eé\ud800nulcom1$x"), max_size=8), min_size=1)
)
def test_many_paths_are_safe_when_each_is(paths: list[str]) -> None:
    def is_safe(path: str) -> bool:
        try:
            return bool(check_member_path(path))
        except UnsafeError:
            return False

    assert are_safe(paths) == all(map(is_safe, paths))
    assert is_reserved_on_windows("/".join(paths)) == any(map(is_reserved_on_windows, paths))


def test_long_names_are_not_safe() -> None:
    assert are_safe(["a" * 255, "é" * 127])
    assert not are_safe(["a", "é" * 128])
    assert not are_safe(["a/" * 2001 + "a"])


def test_a_large_manifest_comes_in_parts() -> None:
    entries = [Entry(f"f/{i:05}", i, digest_of(b"%d" % i), i) for i in range(12_000)]
    plain, made = (
        Manifest.of(VersionKind.FOLDER, some) for some in (entries, packed(entries, 1000))
    )
    parts = made.to_store()
    assert not isinstance(parts, bytes)
    found = list(parts)
    assert max(map(len, found)) < len(plain.to_bytes()) // 4
    assert b"".join(found) == plain.to_bytes() == b"".join(plain.to_store())
    assert canonical_json(json.loads(b"".join(found))) == plain.to_bytes()


def test_a_file_takes_a_hundred_bytes() -> None:
    count, digest = 20_000, bytes_of(PREFIX + "ab" * 32)
    tracemalloc.start()
    columns = FileColumns()
    for start in range(0, count, 1000):
        columns.extend(
            [f"folder/file-{i:06}" for i in range(start, start + 1000)],
            [1 << 40] * 1000,
            [1 << 60] * 1000,
            [False] * 1000,
        )
    made = Manifest.of(VersionKind.FOLDER, PackedEntries(columns, digest * count))
    assert made.content_digest
    assert sum(map(len, made.to_store())) > 100 * count
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 100 * count
