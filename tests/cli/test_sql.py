"""The command `sql`: formats, parameters, refusals, signals, and a catalog on a server."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from artifactctl.catalog.views import NAMES
from artifactctl.client import Client
from tests.commands import command, environment

HOSTILE = "\x1b[31m</script>\u202e\u2066 %s,;\"'"
ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"


@pytest.fixture
def filled(run, work):
    (work / "f").write_text("four")
    run("register", "a", "f", "-t", "raw", "--metadata", 'split={"train": 0.5}').ok()
    run("register", "a", "f", "--metadata", f"note=={HOSTILE}", "--metadata", "rows=3").ok()
    return run


def test_a_table_shows_names_and_values_as_they_are(filled):
    done = filled("sql", "SELECT ref, size_bytes AS created FROM versions ORDER BY ref").ok()
    assert done.out == "ref   created\n─────────────\na:1   4      \na:2   4      \n"
    assert done.err == ""
    none = filled("sql", "SELECT ref FROM versions WHERE ref = 'x'").ok()
    assert (none.out, none.err) == ("", "No rows.\n")


def test_json_and_yaml_keep_types(filled):
    query = (
        "SELECT ref, key, value, number, NULL AS none FROM metadata"
        " WHERE key LIKE 'split%' OR key = 'rows'"
    )
    done = json.loads(filled("sql", query, "-o", "json").ok().out)
    assert done == yaml.safe_load(filled("sql", query, "-o", "yaml").ok().out)
    rows = {(row["ref"], row["key"]): row for row in done["items"]}
    assert rows["a:1", "split"]["value"] == {"train": 0.5}
    assert rows["a:1", "split.train"]["number"] == 0.5
    assert rows["a:2", "rows"] == {
        "ref": "a:2", "key": "rows", "value": 3, "number": 3, "none": None,
    }  # fmt: skip
    assert done["pagination"] == {"index": 1, "max_size": 0, "total_pages": 1, "total": 3}
    empty = filled("sql", "SELECT ref FROM versions WHERE 0 = 1", "-o", "json").ok().out
    assert json.loads(empty)["items"] == []


def test_lines_for_programs_and_a_query_on_standard_input(filled):
    query = "SELECT ref, text FROM metadata WHERE key = :key AND number IS NULL"
    done = filled("sql", query, "--param", "key=note", "-o", "csv").ok().out
    assert done.splitlines()[0] == "ref,text"
    assert "\\x1b[31m</script>" in done
    assert "\x1b" not in done
    assert "\u202e" not in done
    assert filled("sql", "SELECT 1 AS a, 'x' AS b", "-o", "tsv").ok().out == "a\tb\n1\tx\n"
    asked = b"\xef\xbb\xbfSELECT ref FROM tags WHERE tag = :tag"
    assert filled("sql", "-", "--param", "tag=raw", "-q", stdin=asked).ok().out == "a:1\n"
    assert filled("sql", "-", stdin=b"SELECT '\xff'").code == 5


def test_without_a_query_the_views_are_listed(filled):
    assert set(filled("sql", "-q").ok().out.split()) == NAMES
    shown = filled("sql").ok().out
    assert "versions: a version of an artifact\n" in shown
    found = json.loads(filled("sql", "--schema", "-o", "json").ok().out)
    assert {view["name"] for view in found["views"]} == NAMES
    lines = filled("sql", "-o", "csv").ok().out.splitlines()
    assert lines[0] == "view,column,type,meaning"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["DELETE FROM versions"], 2),
        (["SELECT nope FROM versions"], 2),
        (["SELECT id FROM artifact"], 2),
        (["SELECT 1", "--schema"], 2),
        (["SELECT :a", "--param", "a=[1]"], 5),
        ([ENDLESS, "--timeout", "0.2"], 5),
    ],
)
def test_what_is_refused_is_said_in_one_line(filled, words, code):
    refused = filled("sql", *words)
    assert (refused.code, refused.out) == (code, "")
    assert len(refused.err.splitlines()) == 1
    told = json.loads(filled("sql", *words, "-o", "json").err)
    assert told["error"]["code"] == code


def test_ctrl_c_ends_a_query(filled, home: Path, work: Path):
    with subprocess.Popen(
        command("sql", ENDLESS), cwd=work, env=environment(home), stderr=subprocess.PIPE
    ) as process:
        while used_s(process.pid) < 1.5:  # more than it takes to begin
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(60) == 130


def used_s(pid: int) -> float:
    """How long a process has kept a processor busy, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_catalog_on_a_server_is_asked_the_same(run, work: Path, postgres_url: str):
    (work / "f").write_text("four")
    at = {"ARTIFACTCTL_CATALOG": postgres_url, "ARTIFACTCTL_HOME": str(work / "team")}
    run("register", "a", "f", "--metadata", 'split={"train": 0.5}', **at).ok()
    query = "SELECT ref, key, value FROM metadata WHERE key LIKE 'sp%' AND ref = :ref ORDER BY key"
    found = json.loads(run("sql", query, "--param", "ref=a:1", "-o", "json", **at).ok().out)
    assert [row["value"] for row in found["items"]] == [{"train": 0.5}, None]
    refused = run("sql", "SELECT nope FROM versions", **at)
    assert (refused.code, refused.err) == (
        2,
        'artifactctl: the query is not understood: column "nope" does not exist;'
        " 'artifactctl sql' lists the views and their columns\n",
    )


MANY = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n"
)


def test_a_table_ends_after_a_thousand_rows_and_says_so(run, work: Path):
    (work / "f").write_text("four")
    run("register", "a", "f").ok()
    done = run("sql", MANY).ok()
    assert done.out.splitlines()[-1].strip() == "1000"
    assert done.err == "There are more rows than 1,000; -n 0 shows all.\n"
    every = run("sql", MANY, "-n", "0").ok()
    assert (len(every.out.splitlines()), every.err) == (3002, "")
    assert len(run("sql", MANY, "-o", "csv").ok().out.splitlines()) == 3001
    assert run("sql", MANY, "-q", "-n", "2").ok().out == "1\n2\n"
    exact = run("sql", MANY, "-o", "json", "-n", "3000").ok()
    assert (json.loads(exact.out)["pagination"]["total"], exact.err) == (3000, "")
    assert run("sql", MANY, "-n", "-1").code == 2


def test_a_limit_ends_an_endless_answer(run, client, work: Path):
    (work / "f").write_text("four")
    run("register", "a", "f").ok()
    endless = MANY.replace("WHERE i < 3000", "")
    found = client.sql(endless, limit=3)
    assert [row["i"] for row in found] == [1, 2, 3]
    assert found.is_more
    assert not client.sql("SELECT ref FROM versions", limit=1).is_more


def test_the_client_answers_with_rows_by_column(client: Client, work: Path):
    (work / "f").write_text("four")
    client.register("a", "f")
    found = client.sql("SELECT ref, :x AS x FROM versions", {"x": None})
    assert list(found) == [{"ref": "a:1", "x": None}]
    assert found[0] == found[-1] == found[:1][0]
    assert found.columns == ("ref", "x")
    assert repr(found) == "<Answer 1 row: ref, x>"
    assert "<th" in found._repr_html_()
    assert list(found.to_pandas().columns) == ["ref", "x"]
