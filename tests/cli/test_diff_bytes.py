"""`diff` on bytes that are damaged, need not be read, or are linked in place."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from blake3 import blake3

from tests.cli.test_diff import write
from tests.conftest import FIXTURES


@pytest.fixture
def tables(run, work):
    """`x:1` and `x:2`: a table and another file changed, a file moved."""
    write(work / "d", {"t.csv": b"a,b\n1,2\n", "sub/old": b"moved", "f": b"0"})
    run("register", "x", "d").ok()
    write(work / "d", {"t.csv": b"a,c\n", "sub/new": b"moved", "f": b"1"})
    run("register", "x", "d").ok()


@contextmanager
def damaged(home, content, change):
    """The blob with this content, changed as long as the block lasts."""
    name = blake3(content).hexdigest()
    path = home / "store" / "blobs" / name[:2] / name
    kept = path.with_name("kept")
    path.rename(kept)
    if (bad := change(content)) is not None:
        path.write_bytes(bad)
    yield
    path.unlink(missing_ok=True)
    kept.rename(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b"1", b"7"),
        lambda content: content[:-1],
        lambda content: content + b"9,9\n",
        lambda content: b"\xff" * len(content),
        lambda _: None,
    ],
    ids=["other", "shorter", "longer", "unreadable", "missing"],
)
def test_damaged_bytes_are_never_shown_as_a_difference(run, tables, home, change):
    with damaged(home, b"a,b\n1,2\n", change):
        refused = run("diff", "x:1", "x:2", "--exit-code")
        assert (refused.code, refused.out) == (8, "")
        assert len(refused.err.splitlines()) == 1
    assert run("diff", "x:1", "x:2", "--exit-code").code == 1


def test_damaged_parquet_is_found_before_anything_interprets_it(run, work, home):
    pytest.importorskip("pyarrow", reason="Parquet is read with pyarrow")
    content = (FIXTURES / "partitions" / "_summary.parquet").read_bytes()
    for data in (content, content * 2):
        (work / "t.parquet").write_bytes(data)
        run("register", "x", "t.parquet").ok()
    with damaged(home, content, lambda data: data[:-8] + b"\xff\xff\xff\x7fPAR1"):
        assert run("diff", "x:1", "x:2").code == 8


def test_bytes_that_need_not_be_read_are_not_read(run, tables, home):
    with (
        damaged(home, b"moved", lambda _: b"wrong"),
        damaged(home, b"0", lambda _: b""),
    ):
        run("diff", "x:1", "x:2").ok()


def test_linked_versions_are_compared_like_stored_ones(run, work):
    write(work / "d", {"t.csv": b"a\n1\n", "f": b"x"})
    run("register", "x", "d").ok()
    run("register", "x", "d", "--link").ok()
    run("diff", "x:1", "x:2", "--exit-code").ok()
    (work / "d" / "t.csv").write_bytes(b"a\n1\n2\n")
    run("register", "x", "d", "--link").ok()
    stored_and_linked = run("diff", "x:1", "x:3").ok()
    assert "    1 → 2 rows" in stored_and_linked.out.splitlines()
    noted = run("diff", "x:2", "x:3").ok()
    assert noted.out.splitlines()[1:] == [
        "~ t.csv  4 B → 6 B (+2 B)",
        "1 file changed, 1 unchanged",
    ]
    assert len(noted.err.splitlines()) == 1
    assert "t.csv" in noted.err


class Site(BaseHTTPRequestHandler):
    """A web server with two files and their checksums."""

    files: ClassVar = {
        "/one/a.csv": b"a\n1\n",
        "/two/a.csv": b"a\n1\n2\n",
        "/two/copy.csv": b"a\n1\n",
    }
    gets: ClassVar[list[str]] = []

    def do_HEAD(self):
        content = self.files[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{len(content)}"')
        self.end_headers()

    def do_GET(self):
        self.gets.append(self.path)
        self.do_HEAD()
        self.wfile.write(self.files[self.path])

    def log_message(self, *_words):
        pass


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_linked_remote_files_are_compared_by_their_checksums_without_the_remote(run, site):
    pytest.importorskip("aiohttp", reason="http needs aiohttp")
    for path in Site.files:
        made = run("register", "x", f"{site}{path}", "--link", "-o", "json").ok()
        assert json.loads(made.out)["digest"] is None
    Site.gets.clear()
    changed = json.loads(run("diff", "x:1", "x:2", "-o", "json").ok().out)["files"]["changed"]
    assert [(file["path"], file["old_rows"]) for file in changed] == [("a.csv", None)]
    renamed = run("diff", "x:1", "x:3").ok().out.splitlines()
    assert renamed[1:] == ["→ a.csv → copy.csv  4 B", "1 file renamed"]
    run("diff", "x:1", "x:1", "--exit-code").ok()
    assert Site.gets == []
