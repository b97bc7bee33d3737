"""Uploads: what the store lacks, and a manifest of it all."""

import io
from pathlib import Path

from artifactctl.digests import digest_of
from artifactctl.manifest import Manifest
from artifactctl.store.local import LocalStore
from artifactctl.transfer import STDIN, CollectOptions, collect, upload
from tests.transfer.conftest import TREE, write_tree


def manifest_of(store: LocalStore, *paths: Path | str, **arguments: object) -> Manifest:
    return upload(collect([str(path) for path in paths], CollectOptions()), store, **arguments)


def test_the_manifest_names_every_file(store: LocalStore, work: Path) -> None:
    write_tree(work / "top", TREE)
    (work / "top" / "run.sh").chmod(0o755)
    manifest = manifest_of(store, "top")
    found = {entry.path: (entry.size_bytes, entry.digest) for entry in manifest.entries}
    assert found == {path: (len(content), digest_of(content)) for path, content in TREE.items()}
    assert [entry.path for entry in manifest.entries if entry.executable] == ["run.sh"]
    assert store.missing(manifest.digests) == []
    assert manifest.link is None


def test_standard_input_goes_beside_files(store: LocalStore, work: Path) -> None:
    write_tree(work, TREE)
    manifest = manifest_of(store, STDIN, "a.csv", stdin=io.BytesIO(b"typed"))
    digests = {entry.path: entry.digest for entry in manifest.entries}
    assert digests == {"a.csv": digest_of(TREE["a.csv"]), "data": digest_of(b"typed")}


def test_an_earlier_version_never_changes_the_result(store: LocalStore, work: Path) -> None:
    big = write_tree(work / "top", {"big": b"x" * (2 << 20), "same": b"y" * (2 << 20)}) / "big"
    before = manifest_of(store, "top")
    with big.open("r+b") as file:
        file.write(b"z")
    manifest = manifest_of(store, "top", before=lambda: before)
    assert manifest.content_digest == manifest_of(LocalStore(work / "new"), "top").content_digest
    assert manifest.content_digest != before.content_digest
    assert store.missing(manifest.digests) == []


def test_progress_counts_every_byte_once(store: LocalStore, work: Path) -> None:
    write_tree(work / "top", {**TREE, "big": b"x" * (2 << 20)})
    counts: list[int] = []
    manifest = manifest_of(store, "top", advance=counts.append)
    again: list[int] = []
    manifest_of(store, "top", before=lambda: manifest, advance=again.append)
    assert sum(counts) == sum(again) == manifest.size_bytes


def test_paths_that_are_not_given_in_order_are_put_in_order(store: LocalStore, work: Path) -> None:
    write_tree(work, {"b/1": b"b", "a": b"a", "c": b"c"})
    manifest = manifest_of(store, "c", "b", "a")
    assert [(entry.path, entry.digest) for entry in manifest.entries] == [
        ("a", digest_of(b"a")),
        ("b/1", digest_of(b"b")),
        ("c", digest_of(b"c")),
    ]
    assert manifest == Manifest.from_bytes(manifest.to_bytes())
