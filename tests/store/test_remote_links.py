"""Linked data on S3, through what the store there is read by."""

import json
import time
from pathlib import Path

import pytest

from artifactctl.store.remote.opening import open_objects
from artifactctl.store_url import parse_store_url
from tests.servers import s3
from tests.servers.proxy import Fault, Kind, proxied
from tests.servers.s3 import S3Server


@pytest.fixture
def environ(rclone_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in s3.ENVIRON.items():
        monkeypatch.setenv(name, value)
    return {**s3.ENVIRON, "AWS_ENDPOINT_URL": rclone_s3.endpoint}


def test_a_file_on_s3_is_linked_downloaded_and_found_changed(
    run,
    rclone_s3: S3Server,
    environ: dict[str, str],
    work: Path,
) -> None:
    bucket = open_objects(parse_store_url(rclone_s3.url("")), 20)
    key = "data of mine/a.csv"
    bucket.put(key, b"a,b\n1,2\n")
    url = "s3://bucket/data of mine/a.csv"
    run("register", "linked", url, "--link", **environ).ok()
    run("download", "linked", "copy.csv", **environ).ok()
    assert (work / "copy.csv").read_bytes() == b"a,b\n1,2\n"
    run("verify", **environ).ok()
    bucket.put(key, b"other!!!")
    assert run("download", "linked", "again.csv", **environ).code == 8
    bucket.delete([key])
    assert run("verify", **environ).code == 8


def test_a_folder_on_s3_is_linked_with_the_paths_of_its_files(
    run,
    rclone_s3: S3Server,
    environ: dict[str, str],
    work: Path,
) -> None:
    bucket = open_objects(parse_store_url(rclone_s3.url("")), 20)
    bucket.put("tree/one", b"1")
    bucket.put("tree/sub/two", b"22")
    run("register", "tree", "s3://bucket/tree", "--link", **environ).ok()
    described = run("artifact", "version", "describe", "tree", "-o", "json", **environ).ok()
    paths = [item["path"] for item in json.loads(described.out)["files"]]
    assert paths == ["one", "sub/two"]
    run("download", "tree", "out", **environ).ok()
    assert (work / "out" / "sub" / "two").read_bytes() == b"22"


def test_what_is_not_there_or_not_allowed_has_its_exit_code(run, environ: dict[str, str]) -> None:
    assert run("register", "x", "s3://bucket/none", "--link", **environ).code == 3
    wrong = {**environ, "AWS_SECRET_ACCESS_KEY": "another"}
    refused = run("register", "x", "s3://bucket/none", "--link", **wrong)
    assert (refused.code, "another" in refused.err) == (11, False)


@pytest.mark.parametrize("scheme", ["s3", "http"])
def test_a_silent_server_is_waited_for_as_long_as_it_may_be_silent(
    run, rclone_s3: S3Server, environ: dict[str, str], scheme: str
) -> None:
    with proxied(rclone_s3.port) as proxy:
        place = f"127.0.0.1:{proxy.port}"
        url = {"s3": "s3://bucket/a.csv", "http": f"http://{place}/bucket/a.csv"}[scheme]
        proxy.break_with(Fault(Kind.SILENT))
        begun = time.monotonic()
        environ |= {"AWS_ENDPOINT_URL": f"http://{place}"}
        silent = run("register", "x", url, "--link", "--timeout", 2, **environ)
        assert (silent.code, time.monotonic() - begun < 30) == (10, True), silent.err
        assert proxy.struck
