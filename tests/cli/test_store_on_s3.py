"""The commands on a store on S3, end to end."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checker import check_catalog
from tests.commands import Result
from tests.kept import Bucket
from tests.servers import s3
from tests.servers.proxy import proxied
from tests.servers.s3 import S3Server

CACHE_OFF = {"ARTIFACTCTL_CACHE": "0"}


@pytest.fixture
def home(rclone_s3: S3Server, tmp_path: Path) -> Iterator[Path]:
    """A home whose bytes are on S3, where every promise must hold as well."""
    folder = tmp_path / "home"
    yield folder
    if (folder / "catalog.db").exists():
        url = rclone_s3.url(f"t/{tmp_path.name}")
        check_catalog(folder / "catalog.db", Bucket(url, s3.ENVIRON))


@pytest.fixture
def server(rclone_s3: S3Server, tmp_path: Path) -> dict[str, str]:
    """The environment of a store of its own."""
    return {**s3.ENVIRON, **CACHE_OFF, "ARTIFACTCTL_STORE": rclone_s3.url(f"t/{tmp_path.name}")}


def folder_of(rclone: S3Server, tmp_path: Path) -> Path:
    assert rclone.folder is not None
    return rclone.folder / "t" / tmp_path.name


def make_tree(folder: Path, files: int = 20) -> None:
    (folder / "sub").mkdir(parents=True)
    for number in range(files):
        (folder / "sub" / f"{number}.txt").write_text(f"file {number}" * 100)
    (folder / "big.bin").write_bytes(bytes(range(256)) * 40_000)  # more than one part


def test_a_version_goes_to_s3_and_comes_back(
    run, server: dict[str, str], rclone_s3: S3Server, tmp_path: Path, work: Path
) -> None:
    make_tree(work / "tree")
    run("register", "x", "tree", "--tag", "t", "-j", "4", **server).ok()
    stored = folder_of(rclone_s3, tmp_path)
    assert {path.name for path in stored.iterdir()} == {
        *("blobs", "manifests", "records", "owners", "format.json")
    }
    run("download", "x@t", "out", **server).ok()
    for path in (work / "tree").rglob("*.txt"):
        assert (work / "out" / path.relative_to(work / "tree")).read_bytes() == path.read_bytes()
    assert (work / "out" / "big.bin").read_bytes() == (work / "tree" / "big.bin").read_bytes()
    run("download", "x", "all.zip", "--zip", **server).ok()
    run("verify", **server).ok()
    described = json.loads(
        run("artifact", "version", "describe", "x", "-o", "json", **server).ok().out
    )
    assert described["uri"].startswith(f"s3://bucket/t/{tmp_path.name}/manifests/")


def test_links_to_the_store_are_refused_with_what_to_do(run, server: dict[str, str], work: Path):
    (work / "f").write_text("x")
    run("register", "x", "f", **server).ok()
    refused = run("download", "x", "g", "--mode", "symlink", **server)
    assert (refused.code, "--mode copy" in refused.err) == (4, True)


def test_damage_on_the_server_is_found_put_aside_and_repaired(
    run, server: dict[str, str], rclone_s3: S3Server, tmp_path: Path, work: Path
) -> None:
    (work / "f").write_text("good bytes")
    run("register", "x", "f", **server).ok()
    (blob,) = (folder_of(rclone_s3, tmp_path) / "blobs").glob("*/*")
    blob.write_text("bad  bytes")
    assert run("download", "x", "g", **server).code == 8
    found = run("verify", **server)
    assert (found.code, "kept in quarantine" in found.out) == (8, True)
    run("register", "x", "f", **server).ok()
    run("verify", **server).ok()
    run("download", "x:1", "g", **server).ok()
    assert (work / "g").read_text() == "good bytes"


def test_what_is_deleted_leaves_the_server_with_gc(
    run, server: dict[str, str], rclone_s3: S3Server, tmp_path: Path, work: Path
) -> None:
    (work / "f").write_text("x")
    run("register", "x", "f", **server).ok()
    run("artifact", "delete", "x", "--yes", **server).ok()
    run("gc", "--grace", "0", **server).ok()
    stored = folder_of(rclone_s3, tmp_path)
    assert [path for path in (stored / "blobs").rglob("*") if path.is_file()] == []


def test_a_second_catalog_on_the_store_is_refused(run, server: dict[str, str], work: Path) -> None:
    (work / "f").write_text("x")
    run("register", "x", "f", **server).ok()
    refused = run("register", "x", "f", "--home", "other", **server)
    assert (refused.code, "belongs to the catalog" in refused.err) == (4, True)


def test_a_lost_catalog_is_rebuilt_from_the_records_on_s3(
    run, server: dict[str, str], home: Path, work: Path
) -> None:
    (work / "f").write_text("x")
    run("register", "x", "f", "--tag", "t", **server).ok()
    (home / "catalog.db").unlink()
    run("catalog", "rebuild", **server).ok()
    run("download", "x@t", "g", **server).ok()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, 11),
        ({"ARTIFACTCTL_STORE": "s3://bucket/x?endpoint=http://127.0.0.1:1"}, 10),
        ({"ARTIFACTCTL_STORE": "s3://bucket/x?secret=wrong-secret"}, 2),
        ({"ARTIFACTCTL_STORE": "s3://k:wrong-secret@bucket/x"}, 2),
        ({"ARTIFACTCTL_STORE": "ftp://bucket/x"}, 2),
    ],
)
def test_what_is_wrong_has_its_exit_code_and_shows_no_secret(
    run, server: dict[str, str], work: Path, change: dict[str, str], code: int
) -> None:
    (work / "f").write_text("x")
    refused: Result = run("register", "x", "f", "--timeout", "5", **{**server, **change})
    assert refused.code == code, refused.err
    assert "wrong-secret" not in refused.err
    assert len(refused.err.splitlines()) == 1


def test_a_bucket_that_does_not_exist_is_named(
    run, server: dict[str, str], rclone_s3: S3Server, work: Path
) -> None:
    (work / "f").write_text("x")
    wrong = {**server, "ARTIFACTCTL_STORE": rclone_s3.url("x", bucket="nowhere")}
    refused = run("register", "x", "f", **wrong)
    assert (refused.code, "'nowhere' does not exist" in refused.err) == (3, True)


def test_registering_unchanged_files_again_asks_the_store_nothing_for_each(
    run, server: dict[str, str], rclone_s3: S3Server, tmp_path: Path, work: Path
) -> None:
    (work / "tree").mkdir()
    for number in range(500):
        (work / "tree" / f"{number}").write_text(f"{number}")
    with proxied(rclone_s3.port) as proxy:
        through = {
            **server,
            "ARTIFACTCTL_STORE": rclone_s3.url(f"t/{tmp_path.name}", port=proxy.port),
        }
        run("register", "x", "tree", **through).ok()
        proxy.requests = 0
        run("register", "x", "tree", **through).ok()
        assert 0 < proxy.requests < 300  # 256 shards are listed, and a few objects put
