"""Addresses of linked data: what could reach elsewhere is not asked, and no secret is kept."""

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.enums import VersionKind
from artifactctl.errors import (
    ArtifactctlError,
    IntegrityError,
    InvalidInputError,
    RemoteNotAllowedError,
    UnsafeError,
    WrongUsageError,
)
from artifactctl.manifest import Entry, Manifest
from artifactctl.store.addresses import check_address, check_new_address
from artifactctl.store.links import open_linked
from artifactctl.store.local import LocalStore
from artifactctl.transfer import in_place
from artifactctl.verbs import registering
from tests.checker import count_versions
from tests.conftest import Run

pytestmark = pytest.mark.sweep

SECRET = "GEHEIM"
CHAINED = [
    f"zip://a.csv::http://user:{SECRET}@HOST/z.zip",
    f"simplecache::http://user:{SECRET}@HOST/f",
    "simplecache::http://HOST/f",
    "blockcache::http://HOST/f",
    "filecache::http://HOST/f",
    "zip://a.csv::file:///etc/passwd",
    "dir::file:///etc",
    "reference://a::file:///etc/passwd",
    "http://HOST/f::http://HOST/g",
    "http://HOST/f%3A%3Asimplecache",
]
OTHER_PROTOCOLS = [
    "local:///etc/passwd",
    "memory://x",
    "data://text/plain;base64,aGk=",
    "generic://x",
    "github://o:r@main/x",
    f"ftp://user:{SECRET}@HOST/f",
    "nosuch://x/y",
    "zip:///a.zip",
    "reference://x",
    "LOCAL:///etc/passwd",
    "file+x:///etc/passwd",
    "git://x",
    "hdfs://x/y",
    "smb://x/y",
    "jupyter://x/y",
]
USERS = [
    f"http://user:{SECRET}@HOST/f",
    f"hTTp://user:{SECRET}@HOST/f",
    f"http://{SECRET}@HOST/f",
    f"http://user%3A{SECRET}@HOST/f",
    f"http://user:{SECRET}%40HOST/f",
    f"http://user:{SECRET}%2540HOST/f",
    f"http://user:{SECRET}/x@HOST/f",
    f"http:///user:{SECRET}@HOST/f",
    f"http://HOST/user:{SECRET}@HOST/f",
    f"http://HOST\\user:{SECRET}@HOST/f",
    f"s3://AKID:{SECRET}@bucket/key",
    f"gs://{SECRET}@bucket/key",
    f"az://user:{SECRET}@account/x",
    f"abfs://box:{SECRET}@account.dfs.core.windows.net/x",
    f"sftp://user:{SECRET}@HOST/f",
    f"ssh://{SECRET}@HOST/f",
]
BEHIND_THE_PATH = [
    f"http://HOST/f?X-Amz-Signature={SECRET}",
    f"http://HOST/f?{SECRET}",
    f"http://HOST/f#{SECRET}",
    f"http://HOST?{SECRET}",
    f"s3://bucket/key?sig={SECRET}",
]
UNSOUND = [
    "http://HOST/a%0ab",
    "http://HOST/a\nb",
    "http://HOST/a\x1b[2J",
    "http://HOST/a\u202eb",
    "http://HOST/a%250db",
    "http://",
    "http:///f",
    "http://a b/f",
    "http://[::1/f",
    "http://HOST:x/f",
    "s3:///key",
    "file://host/etc/passwd",
    "file://etc/passwd",
    "file://",
]
REFUSED = [f"nosuch://{SECRET}:x/y", *CHAINED, *OTHER_PROTOCOLS, *USERS, *BEHIND_THE_PATH, *UNSOUND]
# What an earlier version may have stored, or somebody else's: a query may be asked, not shown.
NEVER_ASKED = [*CHAINED, *OTHER_PROTOCOLS, *USERS, *UNSOUND]


class Server:
    """A web server that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.size = 2
        self.sent = 2
        self.place = ""


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            self.send_response(200)
            if told.sent == told.size:
                self.send_header("Content-Length", str(told.size))
            self.send_header("ETag", '"one"')
            self.end_headers()
            left = told.sent if self.command == "GET" else 0
            try:
                while left > 0:
                    left -= self.wfile.write(b"x" * min(left, 1 << 20))
            except OSError:
                told.asked.append("hung up")

        do_HEAD = do_GET  # noqa: N815 (named by the library)

        def log_message(self, *_arguments: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.place = f"127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    yield told
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def stored(client: Client, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Registers a linked file whose manifest has any address at all, as a stranger's may."""

    def register(url: str, size: int = 2) -> str:
        entry = Entry("f", size, None, 0, source_checksum='etag:"one"')
        manifest = Manifest.of(VersionKind.FILE, [entry], url)
        with monkeypatch.context() as patch:
            patch.setattr(in_place, "check_new_address", lambda url: url)
            patch.setattr(in_place, "is_local", lambda _url: False)
            patch.setattr(in_place, "_link_remote", lambda *_: manifest)
            patch.setattr(registering, "_facts_of", lambda *_: {})
            return client.register("l", "any://address", link=True).version.ref

    return register


def holding(home: Path, text: str) -> list[Path]:
    """The files of a home in which a text stands."""
    files = (path for path in home.rglob("*") if path.is_file())
    return [path for path in files if text.encode() in path.read_bytes()]


@pytest.mark.parametrize("url", REFUSED)
def test_what_no_link_may_be_is_refused_unasked_unkept_and_unshown(
    client: Client, home: Path, server: Server, url: str
) -> None:
    url = url.replace("HOST", server.place)
    for register in (
        lambda: client.register("l", url, link=True),
        lambda: client.register_artifact(url, "l"),
    ):
        with pytest.raises((WrongUsageError, InvalidInputError)) as caught:
            register()
        said = [caught.value.message, caught.value.hint, *caught.value.details]
        assert SECRET not in " ".join(said)
        assert "".join(said).isprintable()
        assert caught.value.hint
    assert server.asked == []
    assert holding(home, SECRET) == []
    assert count_versions(home) == 0


@pytest.mark.parametrize("url", [USERS[0], CHAINED[0], BEHIND_THE_PATH[0], OTHER_PROTOCOLS[0]])
@pytest.mark.parametrize("words", [("--link",), ()])
def test_the_command_refuses_them_too(
    run: Run, server: Server, url: str, words: tuple[str, ...]
) -> None:
    done = run("register", "l", url.replace("HOST", server.place), *words)
    assert done.code in (2, 3, 5)
    assert SECRET not in done.out + done.err
    assert len(done.err.splitlines()) == 1
    assert server.asked == []


@pytest.mark.parametrize(
    "url",
    [
        *("http://h/a", "HTTPS://h:8080/a@b/c", "http://1.2.3.4/a%20b", "http://[fe80:0:0:1]/f"),
        *("s3://bucket/a b@2.csv", "s3://arn:aws:s3:us-west-2:1:accesspoint/x/key", "gs://b/k"),
        *("az://box/x", "abfs://box@account.dfs.core.windows.net/x", "sftp://host:22/x"),
    ],
)
def test_what_is_sound_is_kept_as_it_is(url: str) -> None:
    scheme, _, rest = url.partition("://")
    assert check_new_address(url) == f"{scheme.lower()}://{rest}"


def test_an_address_with_a_query_that_is_kept_already_may_be_asked() -> None:
    assert check_address("http://h/f?format=csv") == "http://h/f?format=csv"


@pytest.mark.parametrize("url", NEVER_ASKED)
def test_an_address_that_a_stranger_has_put_into_a_manifest_is_not_asked(
    client: Client, work: Path, server: Server, stored: Callable[[str], str], url: str
) -> None:
    url = url.replace("HOST", server.place)
    ref = stored(url)
    for use in (lambda: client.download(ref, "copy"), lambda: client.load(ref)):
        with pytest.raises((UnsafeError, IntegrityError)) as caught:
            use()
        assert SECRET not in str(caught.value) + caught.value.hint
    (problem,) = client.verify()
    assert (problem.path, SECRET in problem.problem) == ("f", False)
    assert server.asked == []
    assert list(work.iterdir()) == []


@pytest.mark.parametrize("url", [*USERS, *BEHIND_THE_PATH, *CHAINED])
def test_no_secret_of_a_kept_address_is_shown(
    run: Run, stored: Callable[[str], str], client: Client, url: str
) -> None:
    ref = stored(url.replace("HOST", "127.0.0.1:1"))
    client.close()
    for words in (
        ("artifact", "version", "list", "--columns", "all"),
        ("artifact", "version", "list", "--columns", "all", "-o", "json"),
        ("artifact", "version", "describe", ref),
        ("artifact", "version", "describe", ref, "-o", "json"),
        ("download", ref, "copy"),
        ("verify",),
        ("diff", ref, ref),
        ("lineage", ref),
    ):
        done = run(*words)
        assert SECRET not in done.out + done.err, words
        assert done.code != 70


@pytest.mark.parametrize("ask", ["download", "load", "verify"])
def test_a_home_that_may_not_ask_asks_nobody(
    client: Client,
    work: Path,
    server: Server,
    stored: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    ask: str,
) -> None:
    ref = stored(f"http://{server.place}/f")
    asks: dict[str, Callable[[], object]] = {
        "download": lambda: client.download(ref, "copy"),
        "load": lambda: client.load(ref),
        "verify": client.verify,
    }
    with monkeypatch.context() as patch:
        patch.setattr(type(client.store), "may_ask_remote", lambda _store: False)
        with pytest.raises(RemoteNotAllowedError) as caught:
            asks[ask]()
    assert caught.value.exit_code == 12
    assert "--allow-remote" in caught.value.hint
    assert server.asked == []
    assert list(work.iterdir()) == []
    asks[ask]()
    assert server.asked != []


def test_what_is_damaged_is_told_although_a_remote_may_not_be_asked(
    client: Client,
    home: Path,
    work: Path,
    server: Server,
    stored: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored(f"http://{server.place}/f")
    (work / "f").write_text("x")
    client.register("x", "f", link=True)
    (work / "f").write_text("y")
    monkeypatch.setattr(type(client.store), "may_ask_remote", lambda _store: False)
    found = client.check()
    assert [problem.artifact for problem in found.problems] == ["x"]
    (note,) = found.notes
    assert server.place in note
    assert server.asked == []


def test_no_more_is_read_than_was_recorded(
    client: Client, work: Path, server: Server, stored: Callable[[str], str]
) -> None:
    ref = stored(f"http://{server.place}/f")
    server.sent = 1 << 30  # and it does not say how much it is
    with pytest.raises(ArtifactctlError):
        client.download(ref, "copy")
    assert list(work.iterdir()) == []


def test_what_can_be_no_path_is_not_read_either() -> None:
    entry = Entry("f", 2, None, 0)
    manifest = Manifest(VersionKind.FILE, (entry,), "file:///a\0b")
    with pytest.raises(UnsafeError):
        open_linked(manifest, entry, LocalStore(Path("/nowhere")))


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize(
    "place",
    [
        *("file:///dev/zero", "file:///dev/stdin", "file:///dev/tty", "PIPE", "FILE:///dev/zero"),
        *("file:///proc/kmsg", "file:///proc/kcore", "file:///proc/self/environ", "LINK"),
        *("file:///sys/kernel/notes", "file:///etc", "file://dev/zero"),
    ],
)
def test_what_is_no_file_is_not_read_where_a_stranger_links_to_it(
    client: Client, work: Path, stored: Callable[..., str], pipe: Path, place: str
) -> None:
    pipe.with_name("link").symlink_to("/dev/zero")
    place = place.replace("PIPE", f"file://{pipe}").replace("LINK", f"file://{pipe.parent}/link")
    kernel = Path("/proc/kcore")
    size = kernel.stat().st_size if place.endswith("kcore") and kernel.exists() else 0
    ref = stored(place, size)
    for use in (lambda: client.download(ref, "copy"), lambda: client.load(ref)):
        with pytest.raises((UnsafeError, IntegrityError)):
            use()
    (problem,) = client.verify()
    assert problem.path == "f"
    assert list(work.iterdir()) == []


@pytest.mark.parametrize("url", [USERS[0], BEHIND_THE_PATH[0], CHAINED[0], OTHER_PROTOCOLS[0]])
def test_a_run_file_that_links_to_them_is_refused_before_anything_runs(
    run: Run, home: Path, work: Path, url: str
) -> None:
    output = f'{{path: "{url.replace("HOST", "127.0.0.1:1")}", link: true}}'
    (work / "r.yaml").write_text(
        f"pipeline: p\nsteps: {{a: {{command: touch ran, outputs: {{o: {output}}}}}}}\n"
    )
    done = run("run", "r.yaml")
    assert done.code in (2, 5)
    assert SECRET not in done.out + done.err
    assert not (work / "ran").exists()
    assert holding(home, SECRET) == []
