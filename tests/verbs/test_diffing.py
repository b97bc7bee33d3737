"""`Client.diff`: which files are looked into, and what happens when they cannot be."""

import gzip
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from artifactctl.diff import TableChange
from artifactctl.errors import NotFoundError
from artifactctl.manifest import Entry
from artifactctl.verbs.diffing import MOST_BYTES, affordable


def registered(client, path, content, name="x", **arguments):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return client.register(name, str(path), **arguments).version.ref


def test_versions_are_compared_down_to_rows_and_columns(client, work):
    old = registered(client, work / "a.csv", b"x,y\n1,2\n", tags=["t"], metadata={"k": 1})
    new = registered(client, work / "a.csv", b"x,z\n1,2\n3,4\n", metadata={"k": 2})
    found = client.diff(old, new)
    assert (found.old, found.new, found.is_empty, found.notes) == ("x:1", "x:2", False, ())
    assert found.files.changed[0].table == TableChange(1, 2, ("z",), ("y",))
    columns = (["x", "y"], ["x", "z"])
    assert found.metadata.changed == {"k": (1, 2), "rows": (1, 2), "columns": columns}
    assert found.tags.removed == ("t",)
    assert client.diff("x:1", "x@t").is_empty


def test_a_version_that_is_not_there_is_an_error_on_either_side(client, work):
    registered(client, work / "a.csv", b"x\n")
    for refs in (("x", "gone"), ("x:2", "x")):
        with pytest.raises(NotFoundError):
            client.diff(*refs)


def test_a_table_is_compared_only_when_both_sides_are_one(client, work):
    for name, content in (("a.csv", b"\xff\xfe"), ("a.csv", b"x\n1\n"), ("b.txt", b"x\n")):
        registered(client, work / name, content)
    assert client.diff("x:1", "x:2").files.changed[0].table is None
    assert client.diff("x:2", "x:3").files.changed[0].table is None


def test_a_csv_file_that_became_json_lines_is_compared_by_what_it_holds(client, work):
    registered(client, work / "a.csv", b"x,y\n1,2\n")
    registered(client, work / "a.jsonl", b'{"x":1}\n{"x":2}\n')
    assert client.diff("x:1", "x:2").files.changed[0].table == TableChange(1, 2, (), ("y",))


@pytest.mark.parametrize(
    ("name", "old", "new", "change"),
    [
        ("a.csv", b"x;y\n1,5;2\n", b"x;z\n1,5;2\n3;4\n", TableChange(1, 2, ("z",), ("y",))),
        ("a.csv", b"x|y\n1|2\n", "x|y\n1|2\n3|4\n".encode("utf-16"), TableChange(1, 2, (), ())),
        ("a.csv", b"x,x\n1,2\n", b"x\n1\n", TableChange(1, 1, (), ("x",))),
        ("a.csv", b"1,2\n3,4\n", b"1,2\n", TableChange(None, None, None, None)),
        ("a.csv", b"x,y\n1,2\n", b"x,y\n1,2,3\n", None),
        ("a.tsv", b"x\ty\n1\t2\n", b"x\ty\n", TableChange(1, 0, (), ())),
        ("a.psv", b"x|y\n1|2\n", b"x|y\n", TableChange(1, 0, (), ())),
        (
            "a.csv.gz",
            gzip.compress(b"x,y\n", mtime=0),
            gzip.compress(b"x\n1\n", mtime=0),
            TableChange(0, 1, (), ("y",)),
        ),
        (
            "a.csv.gz",
            gzip.compress(b"x,y\n", mtime=0),
            gzip.compress(b"x\n" + b"1" * (2 << 20)),
            None,
        ),
    ],
)
def test_tables_are_compared_by_what_their_facts_say(client, work, name, old, new, change):
    registered(client, work / name, old)
    registered(client, work / name, new)
    assert client.diff("x:1", "x:2").files.changed[0].table == change
    for version, rows in (("x:1", change and change.old_rows), ("x:2", change and change.new_rows)):
        facts = client.get_artifact_version(version).metadata
        assert change is None or facts.get("rows") == rows


def test_a_linked_file_that_changed_since_costs_its_rows_and_columns_and_is_noted(client, work):
    old = registered(client, work / "a.csv", b"x\n1\n", link=True)
    new = registered(client, work / "a.csv", b"x\n1\n2\n", link=True)
    found = client.diff(old, new)
    assert [(file.path, file.table) for file in found.files.changed] == [("a.csv", None)]
    assert len(found.notes) == 1
    assert "a.csv" in found.notes[0]
    assert "x:1" in found.notes[0]
    (work / "a.csv").unlink()
    assert client.diff(old, new).files == found.files


def test_linked_files_that_are_still_there_are_looked_into(client, work):
    old = registered(client, work / "one" / "a.csv", b"x\n1\n", link=True)
    new = registered(client, work / "two" / "a.csv", b"x\n1\n2\n", link=True)
    assert client.diff(old, new).files.changed[0].table == TableChange(1, 2, (), ())


def test_nothing_behind_a_network_is_read(client, work):
    handler = partial(SimpleHTTPRequestHandler, directory=work)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        for content in (b"x\n1\n", b"x\n1\n2\n"):
            (work / "a.csv").write_bytes(content)
            client.register("x", f"http://127.0.0.1:{server.server_port}/a.csv", link=True)
        server.shutdown()
    found = client.diff("x:1", "x:2")
    assert [(file.path, file.table) for file in found.files.changed] == [("a.csv", None)]
    assert found.notes == ()


def test_only_so_much_is_read_of_many_big_tables():
    def pair(path, size_bytes):
        return Entry(path, size_bytes, None, 0), Entry(path, size_bytes, None, 0)

    third = MOST_BYTES // 6
    pairs = [*(pair(f"{i}.csv", third) for i in range(5)), pair("small.csv", 1)]
    chosen, left_out = affordable(pairs)
    assert [one.path for one, _ in chosen] == ["0.csv", "1.csv", "2.csv", "small.csv"]
    assert left_out == 2


def test_progress_hears_of_every_byte_that_is_read(client, work):
    from artifactctl.results.reports import Progress

    registered(client, work / "a.csv", b"x\n1\n")
    registered(client, work / "a.csv", b"x\n1\n2\n")
    expected, done = [], []
    client.diff("x:1", "x:2", progress=Progress(expected.append, done.append))
    assert sum(expected) == sum(done) == 4 + 6
