"""What changed from one version to another, as values."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.diff import (
    ChangedFile,
    RenamedFile,
    Side,
    SizedFile,
    TableChange,
    compare_files,
    compare_tables,
    diff_versions,
    with_tables,
)
from artifactctl.digests import digest_of
from artifactctl.enums import VersionKind
from artifactctl.manifest import Entry, Manifest
from artifactctl.tabular import Table


def entry(path, content, **more):
    return Entry(path, len(content), digest_of(content), 0, **more)


def manifest(files, kind=VersionKind.FOLDER):
    return Manifest.of(kind, [entry(path, content) for path, content in files.items()])


def side(files=None, *, kind=VersionKind.FOLDER, word="DataArtifact", tags=(), metadata=None):
    return Side("x:1", word, manifest(files or {"f": b""}, kind), tags, metadata or {})


def files_of(old, new):
    return compare_files(manifest(old), manifest(new))


def test_files_are_added_removed_changed_and_unchanged():
    found = files_of(
        {"same": b"s", "gone": b"12", "other": b"1"}, {"same": b"s", "new": b"123", "other": b"22"}
    )
    assert found.added == (SizedFile("new", 3),)
    assert found.removed == (SizedFile("gone", 2),)
    assert found.changed == (ChangedFile("other", "other", 1, 2),)
    assert (found.renamed, found.unchanged_count) == ((), 1)


def test_a_file_of_the_same_size_with_other_bytes_is_changed():
    assert files_of({"f": b"a"}, {"f": b"b"}).changed == (ChangedFile("f", "f", 1, 1),)


def test_a_removed_and_an_added_file_with_the_same_bytes_are_a_renamed_one():
    found = files_of({"a/f": b"1", "gone": b"2"}, {"b/f": b"1", "new": b"3"})
    assert found.renamed == (RenamedFile("b/f", "a/f", 1),)
    assert (found.added, found.removed) == ((SizedFile("new", 1),), (SizedFile("gone", 1),))


def test_a_copy_of_a_file_that_stays_is_an_added_one():
    found = files_of({"a": b"1"}, {"a": b"1", "b": b"1"})
    assert (found.added, found.renamed, found.unchanged_count) == ((SizedFile("b", 1),), (), 1)


def test_among_equal_files_those_that_kept_their_name_are_the_renamed_ones():
    found = files_of({"old/x": b"1", "old/y": b"1"}, {"a/y": b"1", "new/x": b"1"})
    assert found.renamed == (RenamedFile("a/y", "old/y", 1), RenamedFile("new/x", "old/x", 1))


def test_of_three_equal_files_that_become_one_two_are_removed():
    found = files_of({"a": b"1", "b": b"1", "c": b"1"}, {"d": b"1"})
    assert found.renamed == (RenamedFile("d", "a", 1),)
    assert found.removed == (SizedFile("b", 1), SizedFile("c", 1))


def test_a_version_that_is_one_file_is_that_file_before_and_after_whatever_it_is_called():
    old, new = side({"a.csv": b"1"}, kind=VersionKind.FILE), side({"b.csv": b"22"})
    found = diff_versions(
        old, replace(new, manifest=manifest({"b.csv": b"22"}, VersionKind.FILE))
    ).files
    assert found.changed == (ChangedFile("b.csv", "a.csv", 1, 2),)
    assert (found.added, found.removed, found.unchanged_count) == ((), (), 0)
    in_folder = diff_versions(old, new).files
    assert (len(in_folder.added), len(in_folder.removed), in_folder.changed) == (1, 1, ())


def test_times_and_executable_bits_are_no_difference():
    old = manifest({"f": b"1"})
    touched = replace(old.entries[0], mtime_ns=5, executable=True)
    new = Manifest.of(VersionKind.FOLDER, [touched])
    found = compare_files(old, new)
    assert (found.changed, found.added, found.removed, found.unchanged_count) == ((), (), (), 1)


def linked(path, checksum, size_bytes=3):
    return Entry(path, size_bytes, None, 0, source_checksum=checksum)


def test_linked_files_without_digest_are_compared_by_their_checksum():
    old = Manifest.of(VersionKind.FOLDER, [linked("a", "etag:1"), linked("b", "etag:2")], "s3://x")
    new = Manifest.of(VersionKind.FOLDER, [linked("a", "etag:1"), linked("b", "etag:3")], "s3://y")
    found = compare_files(old, new)
    assert [change.path for change in found.changed] == ["b"]
    assert found.unchanged_count == 1
    moved = Manifest.of(VersionKind.FOLDER, [linked("c", "etag:2")], "s3://y")
    assert compare_files(old, moved).renamed == (RenamedFile("c", "b", 3),)


def test_a_linked_file_without_digest_never_equals_a_stored_one():
    stored = Manifest.of(VersionKind.FOLDER, [entry("a", b"123")])
    remote = Manifest.of(VersionKind.FOLDER, [linked("a", "etag:1")], "s3://x")
    assert [change.path for change in compare_files(stored, remote).changed] == ["a"]


def test_metadata_is_compared_by_key():
    found = diff_versions(
        side(metadata={"same": [1], "gone": 2, "b": 0.5}),
        side(metadata={"same": [1], "new": None, "b": 0.75}),
    ).metadata
    assert (found.added, found.removed) == ({"new": None}, {"gone": 2})
    assert found.changed == {"b": (0.5, 0.75)}


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (False, 0, False),
        (0, 0.0, True),
        ([1, True], [1.0, True], True),
        ([1], [True], False),
        ({"a": {"b": 1}}, {"a": {"b": True}}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ("1", 1, False),
        (None, False, False),
        ({}, [], False),
        (2**53 + 1, float(2**53), False),
    ],
)
def test_json_values_are_equal_as_json_has_them(old, new, is_same):
    for one, two in ((old, new), (new, old)):
        found = diff_versions(side(metadata={"k": one}), side(metadata={"k": two}))
        assert (found.is_empty, found.metadata.changed == {}) == (is_same, is_same)


def test_tags_type_and_kind_are_compared():
    found = diff_versions(
        side(tags=("a", "b"), word="DataArtifact", kind=VersionKind.FILE),
        side(tags=("c", "b"), word="ModelArtifact"),
    )
    assert (found.tags.added, found.tags.removed) == (("c",), ("a",))
    assert (found.type, found.kind) == (("DataArtifact", "ModelArtifact"), ("file", "folder"))


@pytest.mark.parametrize(
    "other",
    [
        side({"g": b""}),
        side({"f": b"1"}),
        side({"f": b"", "g": b""}),
        side(tags=("t",)),
        side(metadata={"k": None}),
        side(word="ModelArtifact"),
        side(kind=VersionKind.FILE),
    ],
)
def test_any_one_change_makes_a_difference_in_both_directions(other):
    assert diff_versions(side(), side()).is_empty
    assert not diff_versions(side(), other).is_empty
    assert not diff_versions(other, side()).is_empty


def test_columns_are_compared_by_name_and_not_by_place():
    found = compare_tables(Table(3, ("a", "b", "c")), Table(4, ("c", "d", "a")))
    assert found == TableChange(3, 4, ("d",), ("b",))
    assert compare_tables(Table(3, None), Table(4, ("a",))) == TableChange(3, 4, None, None)


def test_columns_of_one_name_are_counted():
    found = compare_tables(Table(1, ("a", "a", "b")), Table(1, ("a", "b", "b", "b")))
    assert found == TableChange(1, 1, ("b", "b"), ("a",))
    assert compare_tables(Table(1, ("a", "a")), Table(2, ("a", "a"))) == TableChange(1, 2, (), ())
    assert compare_tables(Table(None, None, 2), Table(1, ("1", "1 "))).columns_added is None


def test_tables_are_added_to_the_files_that_have_one():
    found = diff_versions(side({"a": b"1", "b": b"1"}), side({"a": b"2", "b": b"2"}))
    table = TableChange(1, 2, (), ())
    assert [change.table for change in with_tables(found, {"b": table}).files.changed] == [
        None,
        table,
    ]


CONTENTS = [b"", b"1", b"22", b"333", b"4444"]
paths = st.sampled_from([f"{folder}{name}" for folder in ("", "p/", "q/") for name in "abcd"])
trees = st.dictionaries(paths, st.sampled_from(CONTENTS), min_size=1)


@given(trees, trees)
def test_applying_the_difference_to_the_old_files_gives_the_new_ones(old, new):
    found = files_of(old, new)
    # Each content has its own size, so that sizes stand for contents.
    result = {path: len(content) for path, content in old.items()}
    for file in found.removed:
        assert result.pop(file.path) == file.size_bytes
    moved = {file.path: result.pop(file.old_path) for file in found.renamed}
    assert moved == {file.path: file.size_bytes for file in found.renamed}
    for change in found.changed:
        assert result[change.old_path] == change.old_size_bytes != change.new_size_bytes
        result[change.path] = change.new_size_bytes
    result |= moved | {file.path: file.size_bytes for file in found.added}
    assert result == {path: len(content) for path, content in new.items()}
    touched = (*found.removed, *found.changed, *found.renamed)
    assert found.unchanged_count == len(old) - len(touched)


@given(trees, trees)
def test_the_difference_in_the_other_direction_is_its_mirror_image(old, new):
    found, back = files_of(old, new), files_of(new, old)
    assert (found.added, found.removed) == (back.removed, back.added)
    assert {(file.path, file.old_path) for file in found.renamed} == {
        (file.old_path, file.path) for file in back.renamed
    }
    assert [(file.old_size_bytes, file.new_size_bytes) for file in found.changed] == [
        (file.new_size_bytes, file.old_size_bytes) for file in back.changed
    ]
    assert found.unchanged_count == back.unchanged_count


@given(trees, trees)
def test_nothing_left_as_removed_has_the_content_of_something_left_as_added(old, new):
    found = files_of(old, new)
    removed = {file.size_bytes for file in found.removed}
    assert removed.isdisjoint(file.size_bytes for file in found.added)


@given(trees)
def test_equal_trees_have_no_difference(tree):
    assert diff_versions(side(tree), side(dict(reversed(tree.items())))).is_empty
