"""Manifests: what a version consists of, and what a hostile one must not do."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.digests import digest_of
from artifactctl.enums import VersionKind
from artifactctl.errors import IntegrityError, UnsafeError
from artifactctl.manifest import Entry, Manifest
from artifactctl.member_paths import check_member_path, is_reserved_on_windows

PARTS = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="/\\:"),
    min_size=1,
    max_size=8,
)


def is_safe(path: str) -> bool:
    try:
        check_member_path(path)
    except UnsafeError:
        return False
    return True


PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join).filter(is_safe)
DIGESTS = st.binary(max_size=4).map(digest_of)
ENTRIES = st.builds(
    Entry,
    PATHS,
    st.integers(0, 2**63 - 1),
    DIGESTS,
    st.integers(-(2**62), 2**62),
    st.booleans(),
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)


def without_clashes(entries: list[Entry]) -> bool:
    paths = {entry.path for entry in entries}
    return not any(other.startswith(f"{path}/") for path in paths for other in paths)


FILES = st.lists(ENTRIES, min_size=1, max_size=6, unique_by=lambda entry: entry.path).filter(
    without_clashes
)
ONE = Entry("data/a.csv", 3, digest_of(b"abc"), 1_700_000_000_000_000_000)
TWO = Entry("data/b.csv", 4, digest_of(b"abcd"), 1_700_000_000_000_000_000)


def folder(*entries: Entry) -> Manifest:
    return Manifest.of(VersionKind.FOLDER, entries)


def stored(**changes: Any) -> bytes:
    """A stored manifest of one file, with some of its values, or of its file's, replaced."""
    file = {
        "path": "a",
        "size": 1,
        "digest": digest_of(b"a"),
        "mtime": 1,
        "executable": False,
        **{key: value for key, value in changes.items() if key not in ("format", "kind", "files")},
    }
    top = {"format": 1, "kind": "folder", "files": [file]}
    return json.dumps({**top, **{key: changes[key] for key in top if key in changes}}).encode()


@given(FILES, st.sampled_from(VersionKind), st.none() | st.just("file:///data"))
def test_a_manifest_is_read_back_as_it_was_written(entries, kind, link):
    manifest = Manifest.of(kind, entries[:1] if kind is VersionKind.FILE else entries, link)
    again = Manifest.from_bytes(manifest.to_bytes())
    assert again == manifest
    assert again.to_bytes() == manifest.to_bytes()
    assert again.content_digest == manifest.content_digest


@given(FILES, st.randoms())
def test_the_order_in_which_files_are_given_does_not_matter(entries, random):
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert folder(*shuffled).to_bytes() == folder(*entries).to_bytes()


@given(FILES, st.integers(-(2**62), 2**62))
def test_neither_time_nor_mode_changes_the_content_digest(entries, mtime_ns):
    touched = [
        replace(entry, mtime_ns=mtime_ns, executable=not entry.executable) for entry in entries
    ]
    assert folder(*touched).content_digest == folder(*entries).content_digest


@given(FILES, FILES)
def test_two_folders_share_a_content_digest_only_when_their_files_are_equal(first, second):
    def content(entries):
        return {(entry.path, entry.size_bytes, entry.digest) for entry in entries}

    same = folder(*first).content_digest == folder(*second).content_digest
    assert same == (content(first) == content(second))


@pytest.mark.parametrize(
    "changed",
    [
        (replace(ONE, path="data/A.csv"), TWO),
        (replace(ONE, size_bytes=5), TWO),
        (replace(ONE, digest=digest_of(b"abx")), TWO),
        (replace(ONE, path=TWO.path), replace(TWO, path=ONE.path)),
        (ONE,),
        (ONE, TWO, replace(ONE, path="data/c.csv")),
        (replace(ONE, path="a.csv"), replace(TWO, path="b.csv")),
    ],
    ids=["path", "size", "bytes", "swap", "removed", "added", "moved"],
)
def test_any_change_of_content_changes_the_content_digest(changed):
    assert folder(*changed).content_digest != folder(ONE, TWO).content_digest


def test_a_file_without_digest_leaves_the_version_to_its_source_checksum():
    remote = replace(ONE, digest=None, source_checksum="etag-1")
    assert folder(remote).content_digest is None
    assert folder(remote).source_checksum == "etag-1"
    both = folder(remote, replace(TWO, digest=None, source_checksum="etag-2"))
    other = folder(remote, replace(TWO, digest=None, source_checksum="etag-3"))
    assert both.source_checksum not in (None, other.source_checksum)


def test_linked_data_needs_no_blobs():
    assert Manifest.of(VersionKind.FILE, [ONE], "file:///a").digests == frozenset()
    assert folder(ONE, TWO).digests == {ONE.digest, TWO.digest}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../x",
        "a/../b",
        "a/..",
        ".",
        "./a",
        "a/./b",
        "a//b",
        "a/",
        "\\x",
        "a\\b",
        "..\\x",
        "\\\\host\\share",
        "a\x00b",
        "a\nb",
        "a\x1b[2J",
        "a\x9bb",
        "a\u202eb",
        "a\u2066b",
        "a\ud800b",
        "x" * 256,
        "é" * 128,
        "/".join(["x" * 250] * 17),
    ],
)
def test_a_path_that_could_leave_the_folder_on_some_system_is_refused(path: str):
    with pytest.raises(UnsafeError):
        check_member_path(path)
    with pytest.raises(UnsafeError):
        folder(replace(ONE, path=path))
    with pytest.raises(UnsafeError):
        Manifest.from_bytes(stored(path=path))


@pytest.mark.parametrize(
    "path",
    ["a", ".hidden", "..a", "a b/c", "console", "com10", "null", "模/型.bin", "[/x]", "-rf", "~"],
)
def test_an_ordinary_path_is_taken_as_it_is(path: str):
    assert check_member_path(path) == path


RESERVED = ["C:", "c:/x", "C:x", "con", "CON", "a/Nul.txt", "aux /x", "com1", "LPT9.csv", "com¹"]
RESERVED += ["prn:x", "conin$", "a.", "b /c", "a?", "12:30", 'say "x"', "a|b", "<a>", "*"]


@pytest.mark.parametrize("path", RESERVED)
def test_a_path_that_only_windows_cannot_have_is_kept_and_known(path: str):
    assert check_member_path(path) == path
    assert is_reserved_on_windows(path)
    assert folder(replace(ONE, path=path)).entries[0].path == path


@pytest.mark.parametrize("path", ["console", "com10", "a.con", "auxiliary.txt", "a b/c.d", ".x"])
def test_a_path_that_windows_can_have_too_is_not_reserved(path: str):
    assert not is_reserved_on_windows(path)


@given(st.text(st.characters() | st.sampled_from("./\\:\x00 ")) | PATHS)
def test_what_is_accepted_stays_below_any_folder(path: str):
    if is_safe(path):
        assert not path.startswith("/")
        assert not {"", ".", ".."} & set(path.replace("\\", "/").split("/"))
        path.encode()


@pytest.mark.parametrize("paths", [("a", "a"), ("a", "a/b"), ("a/b/c", "a/b"), ("a/b", "a-b", "a")])
def test_two_files_never_share_a_place(paths):
    with pytest.raises(UnsafeError):
        folder(*(replace(ONE, path=path) for path in paths))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"7",
        b'"text"',
        b"{}",
        b'{"format":1',
        stored(format=2),
        stored(format=None),
        stored(kind="zip"),
        stored(kind=[]),
        stored(files=None),
        stored(files={"a": 1}),
        stored(files="ab"),
        stored(files=[None]),
        stored(files=[{}]),
        stored(path=None),
        stored(path=7),
        stored(size=-1),
        stored(size="1"),
        stored(size=1.5),
        stored(size=None),
        stored(digest="sha256:00"),
        stored(digest="blake3:../../../../etc/passwd"),
        stored(digest=7),
        stored(digest=[]),
        stored(mtime=None),
        stored(mtime="soon"),
        stored(mtime=float("nan")),
        stored(mtime=float("inf")),
        stored(mtime=float("-inf")),
        stored(mtime=10**300),
        stored(source=1).replace(b'"executable"', b'"source_checksum": {"a": []}, "executable"'),
        stored().replace(b'"format"', b'"link": 5, "format"'),
        stored(digest=None),
        stored(size=True),
        stored(kind="file", files=[]),
        stored(kind="file", files=[json.loads(stored(path=path))["files"][0] for path in "ab"]),
        pytest.param(b"[" * 100_000, id="nested too deep"),
    ],
)
def test_a_stored_manifest_that_is_none_is_an_integrity_error(content: bytes):
    with pytest.raises(IntegrityError):
        Manifest.from_bytes(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["format", "kind", "files", "path", "size", "digest", "executable"]), JSON)
def test_whatever_a_stored_manifest_says_no_other_error_comes_of_it(key: str, value: Any):
    try:
        manifest = Manifest.from_bytes(stored(**{key: value}))
    except (IntegrityError, UnsafeError):
        return
    assert all(is_safe(entry.path) for entry in manifest.entries)


@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_an_integrity_error(content: bytes):
    with pytest.raises(IntegrityError):
        Manifest.from_bytes(content)


@pytest.mark.parametrize("mtime_ns", [-(2**62), 0, 14 * 10**18, 10**21])
def test_a_manifest_of_files_from_any_time_can_be_read_again(mtime_ns: int):
    entry = Entry("f", 1, digest_of(b"x"), mtime_ns, False)
    manifest = Manifest.of(VersionKind.FILE, [entry])
    (found,) = Manifest.from_bytes(manifest.to_bytes()).entries
    assert replace(found, mtime_ns=0) == replace(entry, mtime_ns=0)
    assert found.mtime_ns == mtime_ns or mtime_ns > 10**20


def test_a_time_that_a_remote_does_not_say_is_unknown():
    entry = Entry("f", 1, None, None, source_checksum="etag:x")
    manifest = Manifest.of(VersionKind.FILE, [entry], "https://host/f")
    assert Manifest.from_bytes(manifest.to_bytes()) == manifest
    as_once = manifest.to_bytes().replace(b'"mtime":null', b'"mtime":0')
    assert Manifest.from_bytes(as_once).entries[0].mtime_ns is None
    local = as_once.replace(b"https://host", b"file:///tmp")
    assert Manifest.from_bytes(local).entries[0].mtime_ns == 0
