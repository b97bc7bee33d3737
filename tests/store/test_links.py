"""Data that stays in place, on disk and behind a real web server."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from artifactctl.digests import digest_of
from artifactctl.enums import VersionKind
from artifactctl.errors import (
    ArtifactctlError,
    IntegrityError,
    InvalidInputError,
    NotAuthorisedError,
    NotFoundError,
    RemoteUnavailableError,
    WrongUsageError,
)
from artifactctl.manifest import Manifest
from artifactctl.store import no_progress
from artifactctl.store.links import check_linked, modified_of, open_linked
from artifactctl.store.local import LocalStore
from artifactctl.transfer import CollectOptions, download, link
from tests.transfer.conftest import planned

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

CONTENT = b"some content"
STORE = LocalStore(Path("/nowhere"))


class Site:
    """What a web server has to say; tests change it under way."""

    def __init__(self) -> None:
        self.content: bytes | None = CONTENT
        self.etag: str | None = '"one"'
        self.modified: str | None = None
        self.status = 200
        self.sent: int | None = None
        self.url = ""


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server that has one file, whatever it is asked for."""
    served = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()
            if served.status == 200 and served.content is not None:
                self.wfile.write(served.content[: served.sent])

        def _answer(self) -> None:
            self.send_response(404 if served.content is None else served.status)
            self.send_header("Content-Length", str(len(served.content or b"")))
            if served.etag is not None:
                self.send_header("ETag", served.etag)
            if served.modified is not None:
                self.send_header("Last-Modified", served.modified)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}/data/file.csv"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def linked(target: str | Path) -> Manifest:
    return link(str(target), CollectOptions())[0]


def check(manifest: Manifest, *, quick: bool = False) -> None:
    for entry in manifest.entries:
        check_linked(manifest, entry, STORE, quick=quick, advance=no_progress)


def contents(manifest: Manifest) -> dict[str, bytes]:
    found = {}
    for entry in manifest.entries:
        with open_linked(manifest, entry, STORE) as stream:
            found[entry.path] = stream.read()
    return found


def test_a_linked_file_is_hashed_and_read_in_place(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    manifest = linked(path)
    assert (manifest.kind, manifest.link) == (VersionKind.FILE, f"file://{path}")
    assert [entry.digest for entry in manifest.entries] == [digest_of(CONTENT)]
    assert contents(manifest) == {"file": CONTENT}
    check(manifest)


def test_a_linked_folder_has_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "top" / "sub").mkdir(parents=True)
    (tmp_path / "top" / "a").write_bytes(b"1")
    (tmp_path / "top" / "sub" / "b").write_bytes(b"2")
    manifest = linked(f"file://{tmp_path}/top")
    assert manifest.kind is VersionKind.FOLDER
    assert contents(manifest) == {"a": b"1", "sub/b": b"2"}
    check(manifest)


@pytest.mark.parametrize("content", [CONTENT[::-1], CONTENT[:-1], b"", CONTENT + b"x"])
def test_a_linked_file_that_changed_is_found(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    manifest = linked(path)
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match="has changed"):
        check(manifest)


def test_a_quick_look_compares_sizes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    manifest = linked(path)
    path.write_bytes(CONTENT[::-1])
    check(manifest, quick=True)
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(IntegrityError, match="has changed"):
        check(manifest, quick=True)


@pytest.mark.parametrize("kind", ["nothing", "folder", "file above"])
def test_a_linked_file_that_is_gone_is_an_integrity_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "folder" / "file"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    manifest = linked(path)
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "file above":
        path.parent.rmdir()
        path.parent.write_bytes(b"")
    with pytest.raises(IntegrityError, match="gone"):
        check(manifest)


def test_what_is_not_there_cannot_be_linked(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        linked(tmp_path / "nothing")
    with pytest.raises(WrongUsageError):
        linked("nosuchscheme://x/y")


def test_of_a_remote_file_the_servers_checksum_is_taken(site: Site) -> None:
    manifest = linked(site.url)
    (entry,) = manifest.entries
    assert (entry.path, entry.size_bytes, entry.digest) == ("file.csv", len(CONTENT), None)
    assert entry.source_checksum == 'etag:"one"'
    assert manifest.link == site.url
    assert contents(manifest) == {"file.csv": CONTENT}
    check(manifest)


def test_a_remote_file_without_checksum_is_read_and_hashed(site: Site) -> None:
    site.etag = None
    manifest = linked(site.url)
    (entry,) = manifest.entries
    assert (entry.digest, entry.size_bytes) == (digest_of(CONTENT), len(CONTENT))
    assert entry.source_checksum is None
    check(manifest)


def test_a_remote_file_with_another_checksum_has_changed(site: Site) -> None:
    manifest = linked(site.url)
    site.etag = '"two"'
    for look in (check, contents):
        with pytest.raises(IntegrityError, match="has changed"):
            look(manifest)


def test_a_remote_file_whose_checksum_vanished_has_changed(site: Site) -> None:
    manifest = linked(site.url)
    site.etag = None
    with pytest.raises(IntegrityError, match="has changed"):
        check(manifest)


def test_a_remote_file_without_checksum_that_changed_is_found(site: Site) -> None:
    site.etag = None
    manifest = linked(site.url)
    site.content = CONTENT[::-1]
    check(manifest, quick=True)
    with pytest.raises(IntegrityError, match="has changed"):
        check(manifest)
    site.content = CONTENT[:-1]
    with pytest.raises(IntegrityError, match="has changed"):
        check(manifest, quick=True)


@pytest.mark.parametrize("etag", ['"one"', None])
def test_a_remote_file_that_is_gone_is_an_integrity_error(site: Site, etag: str | None) -> None:
    site.etag = etag
    manifest = linked(site.url)
    site.content = None
    with pytest.raises(IntegrityError, match="gone"):
        check(manifest)


def test_a_remote_file_that_does_not_exist_cannot_be_linked(site: Site) -> None:
    site.content = None
    with pytest.raises(NotFoundError, match="does not exist"):
        linked(site.url)


def test_a_url_with_a_password_is_refused_and_not_shown() -> None:
    with pytest.raises(InvalidInputError) as caught:
        linked("http://user:geheim@127.0.0.1:1/x")
    assert "geheim" not in str(caught.value)


def test_a_token_in_a_url_is_not_shown() -> None:
    with pytest.raises(ArtifactctlError) as caught:
        linked("http://127.0.0.1:1/x?token=geheim")
    assert "geheim" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, NotAuthorisedError), (403, NotAuthorisedError), (503, RemoteUnavailableError)],
)
@pytest.mark.parametrize("etag", ['"one"', None])
def test_what_a_server_refuses_is_told_apart_from_what_is_gone(
    site: Site, etag: str | None, status: int, error: type[ArtifactctlError]
) -> None:
    site.etag = etag
    manifest = linked(site.url)
    site.status = status
    for use in (lambda: linked(site.url), lambda: check(manifest), lambda: contents(manifest)):
        with pytest.raises(error):
            use()


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(RemoteUnavailableError):
        linked("http://127.0.0.1:1/x")


@pytest.mark.parametrize("etag", ['"one"', None])
@pytest.mark.parametrize("sent", [0, 1, len(CONTENT) - 1])
def test_a_connection_cut_on_the_way_leaves_no_file(
    site: Site, tmp_path: Path, etag: str | None, sent: int
) -> None:
    site.etag = etag
    manifest = linked(site.url)
    site.sent = sent
    plan = planned(manifest, tmp_path / "copy")
    with pytest.raises(ArtifactctlError):
        download(plan, LocalStore(tmp_path / "store"))
    assert not (tmp_path / "copy").exists()
    site.sent = None
    download(plan, LocalStore(tmp_path / "store"))
    assert (tmp_path / "copy").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("info", "moment"),
    [
        ({"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, 1445412480),
        ({"LastModified": datetime(2015, 10, 21, 7, 28, tzinfo=UTC)}, 1445412480),
        ({"last_modified": datetime.fromisoformat("2015-10-21T07:28:00")}, 1445412480),
        ({"updated": "2015-10-21T07:28:00Z"}, 1445412480),
        ({"mtime": 1445412480.0}, 1445412480),
        ({"Last-Modified": "yesterday", "mtime": 5}, 5),
        ({"Last-Modified": "", "mtime": None}, None),
        ({"mtime": True}, None),
        ({"mtime": float("inf")}, None),
        ({}, None),
    ],
)
def test_when_a_remote_says_that_it_was_changed(info: dict[str, object], moment: int | None):
    assert modified_of(info) == (None if moment is None else moment * 10**9)


def test_the_time_of_a_remote_is_the_one_that_its_server_says_or_none(site: Site):
    assert linked(site.url).entries[0].mtime_ns is None
    site.modified = "Wed, 21 Oct 2015 07:28:00 GMT"
    assert linked(site.url).entries[0].mtime_ns == 1445412480 * 10**9
    site.etag = None
    assert linked(site.url).entries[0].mtime_ns == 1445412480 * 10**9
