"""Where versions are said to be: paths that a program opens, URLs that others read."""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from artifactctl.client import Client
from artifactctl.manifest import Manifest

NAMES = [
    "my model%20",
    "a#b?c",
    "größe 模型",
    "a%2520b",
    "x&y=1;z",
    "100%",
    "a::b",
    "~tilde+",
    "'q'",
]


def path_of(url: str) -> str:
    """What any reader of `file:` URLs makes of one."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("file", "", "", "")
    return url2pathname(parts.path)


@pytest.mark.parametrize("name", NAMES)
def test_linked_data_is_where_its_uri_says(client: Client, run, work: Path, name: str):
    folder = work / name
    folder.mkdir()
    (folder / "w.bin").write_text("w")
    version = client.register("m", folder, link=True).version
    assert version.uri == str(folder)
    assert os.listdir(version.uri) == ["w.bin"]
    assert client.register_artifact(version.uri, "again").uri == version.uri
    shown = [
        json.loads(run("artifact", "version", *words, "-o", "json").ok().out)
        for words in (("describe", "m"), ("list", "--artifact", "m"))
    ]
    url = shown[0]["uri"]
    assert url == version.url == shown[1]["items"][0]["uri"]
    assert url.isascii()
    assert path_of(url) == str(folder)
    assert client.register("m", url, link=True).version.uri == str(folder)
    for asked in (url, version.uri, f"endswith:{url.rpartition('/')[2]}", f"startswith:{work}/"):
        found = run("artifact", "version", "list", "--artifact", "m", "--uri", asked, "-q")
        assert found.ok().out == "m:2\nm:1\n"
    assert run("artifact", "version", "list", "--uri", f"notequals:{url}", "-q").ok().out == ""


def test_the_url_of_stored_bytes_can_be_read_too(work: Path, tmp_path: Path):
    client = Client(tmp_path / "my home%20é")
    (work / "f").write_text("x")
    version = client.register("a", work / "f").version
    assert version.uri == version.url
    assert Manifest.from_bytes(Path(path_of(version.uri)).read_bytes()).size_bytes == 1
    assert [item.ref for item in client.list_artifact_versions(uri=version.uri)] == ["a:1"]
    client.close()


def test_a_url_without_escapes_is_taken_as_it_is_when_only_that_is_there(
    client: Client, work: Path
):
    (work / "a%20b").write_text("1")
    assert client.register("a", f"file://{work}/a%20b", link=True).version.uri == f"{work}/a%20b"
    (work / "a b").write_text("2")
    assert client.register("a", f"file://{work}/a%20b", link=True).version.uri == f"{work}/a b"
