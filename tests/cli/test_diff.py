"""`diff`: what changed from one version to another."""

import csv
import io
import json
import os
import re
import shutil
import subprocess

import pytest

from tests.commands import command, environment
from tests.conftest import FIXTURES

ACTED_UPON = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def write(folder, files):
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


@pytest.fixture
def two(run, work):
    """`x:1` and `x:2`, which differ in everything that can differ but their kind."""
    write(
        work / "d",
        {"same": b"s", "gone.txt": b"12", "t.csv": b"a,b\n1,2\n", "sub/old": b"moved", "f": b"0"},
    )
    run("register", "x", "d", "-t", "raw", "-t", "both", "--metadata", "k=1").ok()
    write(
        work / "d",
        {"same": b"s", "new.txt": b"123", "t.csv": b"a,c\n", "sub/new": b"moved", "f": b"1"},
    )
    run("register", "x", "d", "-t", "both", "--type", "model", "--metadata", "k=true").ok()


def test_text_has_a_line_for_each_change_and_a_summary(run, two):
    shown = run("diff", "x:1", "x:2").ok()
    assert shown.err == ""
    assert shown.out.splitlines() == [
        "x:1 → x:2",
        "~ f                  1 B, the same size",
        "- gone.txt           2 B",
        "+ new.txt            3 B",
        "→ sub/old → sub/new  5 B",
        "~ t.csv              8 B → 4 B (-4 B)",
        "    1 → 0 rows; columns +c, -b",
        "~ metadata k: 1 → true",
        "- tag raw",
        "~ type: DataArtifact → ModelArtifact",
        "2 files changed, 1 added, 1 removed, 1 renamed, 1 unchanged",
    ]


def test_json_and_yaml_have_keys_that_stay(run, two):
    import yaml

    expected = {
        "from": "x:1",
        "to": "x:2",
        "equal": False,
        "files": {
            "added": [{"path": "new.txt", "size_bytes": 3}],
            "removed": [{"path": "gone.txt", "size_bytes": 2}],
            "changed": [
                {
                    "path": "f",
                    "old_path": "f",
                    "old_size_bytes": 1,
                    "new_size_bytes": 1,
                    "old_rows": None,
                    "new_rows": None,
                    "columns_added": None,
                    "columns_removed": None,
                },
                {
                    "path": "t.csv",
                    "old_path": "t.csv",
                    "old_size_bytes": 8,
                    "new_size_bytes": 4,
                    "old_rows": 1,
                    "new_rows": 0,
                    "columns_added": ["c"],
                    "columns_removed": ["b"],
                },
            ],
            "renamed": [{"path": "sub/new", "old_path": "sub/old", "size_bytes": 5}],
            "unchanged_count": 1,
        },
        "metadata": {"added": {}, "removed": {}, "changed": {"k": [1, True]}},
        "tags": {"added": [], "removed": ["raw"]},
        "type": ["DataArtifact", "ModelArtifact"],
        "kind": None,
    }
    assert json.loads(run("diff", "x:1", "x:2", "-o", "json").ok().out) == expected
    assert yaml.safe_load(run("diff", "x:1", "x:2", "-o", "yaml").ok().out) == expected


@pytest.mark.parametrize(("output", "separator"), [("csv", ","), ("tsv", "\t")])
def test_csv_and_tsv_have_a_row_for_each_difference(run, two, output, separator):
    shown = run("diff", "x:1", "x:2", "-o", output).ok()
    rows = list(csv.reader(io.StringIO(shown.out), delimiter=separator))
    assert rows == [
        ["what", "change", "name", "old", "new"],
        ["file", "added", "new.txt", "", "3"],
        ["file", "removed", "gone.txt", "2", ""],
        ["file", "changed", "f", "1", "1"],
        ["file", "changed", "t.csv", "8", "4"],
        ["rows", "changed", "t.csv", "1", "0"],
        ["column", "added", "t.csv", "", "c"],
        ["column", "removed", "t.csv", "b", ""],
        ["file", "renamed", "sub/new", "sub/old", "sub/new"],
        ["metadata", "changed", "k", "1", "true"],
        ["tag", "removed", "raw", "", ""],
        ["type", "changed", "", "DataArtifact", "ModelArtifact"],
    ]


def test_quiet_prints_the_paths_that_differ(run, two):
    shown = run("diff", "x:1", "x:2", "-q").ok()
    assert shown.out.splitlines() == ["f", "gone.txt", "new.txt", "sub/new", "t.csv"]
    assert shown.err == ""
    nothing = run("diff", "x:1", "x:1", "--quiet").ok()
    assert (nothing.out, nothing.err) == ("", "")


def test_equal_versions_have_no_differences(run, two):
    shown = run("diff", "x:2", "x", "--exit-code").ok()
    assert (shown.out, shown.err) == ("", "No differences.\n")
    found = run("diff", "x:2", "x", "-o", "json").ok()
    assert (json.loads(found.out)["equal"], found.err) == (True, "")
    assert run("diff", "x:2", "x", "-o", "csv").ok().out == "what,change,name,old,new\n"


def test_the_exit_code_says_whether_anything_differs_when_it_is_asked(run, two, work):
    for words in ((), ("-q",), ("-o", "json"), ("-o", "tsv")):
        ended = run("diff", "x:1", "x:2", "--exit-code", *words)
        assert (ended.code, ended.err, bool(ended.out)) == (1, "", True)
        run("diff", "x:1", "x:2", *words).ok()


def test_metadata_tags_and_type_alone_are_differences_too(run, client, work):
    (work / "f").write_text("x")
    for arguments in ({}, {"metadata": {"k": None}}, {"tags": ["t"]}, {"type": "model"}):
        client.register("y", str(work / "f"), **arguments)
    for number in (2, 3, 4):
        assert run("diff", "y:1", f"y:{number}", "--exit-code").code == 1
        assert run("diff", f"y:{number}", "y:1", "-q", "--exit-code").out == ""


def test_touch_and_chmod_make_no_difference(run, work):
    (work / "f").write_text("x")
    run("register", "x", "f").ok()
    (work / "f").chmod(0o755)
    os.utime(work / "f", (1, 1))
    run("register", "x", "f").ok()
    run("diff", "x:1", "x:2", "--exit-code").ok()


def test_a_file_and_a_folder_with_it_differ_in_kind_and_in_what_a_file_says_of_itself(run, work):
    write(work / "d", {"f": b"x"})
    run("register", "x", "d/f").ok()
    run("register", "x", "d").ok()
    shown = run("diff", "x:1", "x:2", "--exit-code")
    assert (shown.code, shown.out.splitlines()[1:]) == (
        1,
        [
            '- metadata content_type: "text/plain"',
            "~ kind: file → folder",
            "0 files changed, 1 unchanged",
        ],
    )


def test_files_with_names_of_their_own_are_the_same_file_before_and_after(run):
    run("register", "iris", FIXTURES / "iris" / "iris.csv").ok()
    run("register", "iris", FIXTURES / "iris" / "iris_cleaned.csv").ok()
    lines = run("diff", "iris:1", "iris").ok().out.splitlines()
    assert lines[1].startswith("~ iris.csv → iris_cleaned.csv  ")
    assert lines[2:] == ["    150 rows", "1 file changed"]
    rows = run("diff", "iris:1", "iris", "-o", "csv").ok().out.splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [["file", "changed"], ["file", "renamed"]]


def test_parquet_files_are_compared_by_their_footer(run, work):
    pyarrow = pytest.importorskip("pyarrow", reason="Parquet is read with pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    for columns in ({"a": [1, 2]}, {"a": [1], "b": ["x"]}):
        parquet.write_table(pyarrow.table(columns), work / "t.parquet")
        run("register", "x", "t.parquet").ok()
    lines = run("diff", "x:1", "x:2").ok().out.splitlines()
    assert (lines[2], lines[-1]) == ("    2 → 1 row; columns +b", "1 file changed")
    assert "~ metadata rows: 2 → 1" in lines


def test_errors_have_their_exit_codes(run, two):
    for words, code in [
        (("x:1", "x:9"), 3),
        (("gone", "x"), 3),
        (("x:1", "a/b"), 5),
        (("x:1",), 2),
        ((), 2),
        (("x:1", "x:2", "x:2"), 2),
        (("x:1", "x:2", "--bogus"), 2),
        (("x:1", "x:2", "-o", "xml"), 2),
    ]:
        refused = run("diff", *words)
        assert (refused.code, refused.out) == (code, ""), words
        assert len(refused.err.splitlines()) == 1
    refused = run("diff", "x:1", "gone", "--exit-code", "-o", "json")
    assert (refused.code, json.loads(refused.err)["error"]["kind"]) == (3, "not_found")


def test_nothing_that_a_terminal_would_act_upon_is_printed(run, work):
    evil = '\x1b[31mred\x07\u202egpj", a\nb\r'
    quoted = evil.replace('"', '""')
    for content in ("plain\n1\n", f'"{quoted}"\n1\n2\n'):
        write(work / "d", {"[bold]x.csv": content.encode(), "-rf": content[:3].encode()})
        key = "metadata=" + json.dumps(evil if len(content) > 10 else 1)
        run("register", "x", "d", "--metadata", key).ok()
    for words in ((), ("-q",), ("-o", "json"), ("-o", "yaml"), ("-o", "csv")):
        shown = run("diff", "x:1", "x:2", *words).ok()
        assert "[bold]x.csv" in shown.out
        assert not ACTED_UPON.search(shown.out + shown.err)
    assert len(run("diff", "x:1", "x:2").ok().out.splitlines()) == 6
    found = json.loads(run("diff", "x:1", "x:2", "-o", "json").ok().out)
    assert found["files"]["changed"][1]["columns_added"] == [evil]
    assert found["metadata"]["changed"]["metadata"] == [1, evil]


def test_a_pipe_and_a_terminal_without_colours_get_the_same_plain_text(run, two):
    plain = run("diff", "x:1", "x:2").ok().out
    assert "\x1b" not in plain
    assert run("diff", "x:1", "x:2", NO_COLOR="1", COLUMNS="10").ok().out == plain
    assert run("diff", "x:1", "x:2", "--no-color", FORCE_COLOR="1").ok().out == plain


def test_a_closed_pipe_ends_quietly(home, work, two):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command("diff", "x:1", "x:2", "--exit-code"),
        cwd=work,
        env=environment(home),
        stdout=writing,
        stderr=subprocess.PIPE,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_the_output_that_the_settings_name_is_used(run, two):
    shown = run("diff", "x:1", "x:2", ARTIFACTCTL_OUTPUT="json").ok()
    assert json.loads(shown.out)["equal"] is False
