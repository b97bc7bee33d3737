"""What is printed: pinned keys, five formats, and data alone on standard output."""

import csv
import json
import re
import subprocess
from io import StringIO

import pytest
import yaml

from tests.commands import command, environment

ARTIFACT = ["id", "name", "latest_version_name", "version_count", "tags", "has_custom_name"]
ARTIFACT += ["created", "updated", "description"]
VERSION = ["id", "artifact", "version", "type", "tags", "metadata", "kind", "uri", "size_bytes"]
VERSION += ["file_count", "digest", "source_checksum", "linked", "created", "updated", "producer"]
VERSION += ["data_type", "materializer", "data_deleted", "description"]
FILE = ["path", "size_bytes", "digest", "source_checksum", "executable", "mtime"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def iris(client, work):
    (work / "f").write_text("hello")
    client.register("iris", str(work / "f"), tags=["raw", "eu"], metadata={"rows": 150})
    client.close()


def parse(output, text):
    if output == "json":
        return json.loads(text)
    if output == "yaml":
        return yaml.safe_load(text)
    lines = text.splitlines()
    return list(csv.DictReader(lines, delimiter="\t" if output == "tsv" else ","))


def test_the_keys_of_a_version_are_pinned(run, iris):
    listed = json.loads(run("artifact", "version", "list", "-o", "json").ok().out)
    assert list(listed) == ["items", "pagination"]
    assert listed["pagination"] == {"index": 1, "max_size": 20, "total_pages": 1, "total": 1}
    (version,) = listed["items"]
    assert list(version) == VERSION
    assert version["artifact"] == "iris"
    assert version["version"] == "1"
    assert version["tags"] == ["eu", "raw"]
    assert version["metadata"] == {"content_type": "text/plain", "rows": 150}
    assert (version["size_bytes"], version["file_count"]) == (5, 1)
    assert re.fullmatch("blake3:[0-9a-f]{64}", version["digest"])
    assert version["linked"] is False
    assert version["producer"] is None
    assert TIME.fullmatch(version["created"])
    described = json.loads(run("artifact", "version", "describe", "iris", "-o", "json").ok().out)
    more = {"files": described["files"], "consumers": [], "visualizations": None}
    assert described == {**version, **more}
    assert [list(file) for file in described["files"]] == [FILE]
    assert TIME.fullmatch(described["files"][0]["mtime"])
    made = json.loads(run("register", "iris", "f", "-o", "json").ok().out)
    assert list(made) == [*VERSION, "is_new"]
    assert list(json.loads(run("tag", "iris", "-o", "json").ok().out)) == VERSION


def test_the_keys_of_an_artifact_are_pinned(run, iris):
    listed = json.loads(run("artifact", "list", "-o", "json").ok().out)
    assert list(listed) == ["items", "pagination"]
    (artifact,) = listed["items"]
    assert list(artifact) == ARTIFACT
    assert (artifact["latest_version_name"], artifact["version_count"]) == ("1", 1)
    assert json.loads(run("artifact", "describe", "iris", "-o", "json").ok().out) == artifact
    tagged = json.loads(run("tag", "iris", "x", "--artifact", "-o", "json").ok().out)
    assert list(tagged) == ARTIFACT


def test_default_columns_are_pinned(run, iris):
    header = run("artifact", "version", "list", "-o", "csv").ok().out.splitlines()[0]
    assert header == "id,artifact,version,type,tags,size_bytes,created"
    header = run("artifact", "list", "-o", "tsv").ok().out.splitlines()[0].split("\t")
    assert set(header) == {"id", "name", "latest_version_name", "tags", "version_count"}
    assert len(header) == 5


@pytest.mark.parametrize("output", ["json", "yaml", "csv", "tsv"])
def test_every_command_prints_every_format_and_nothing_beside_it(run, iris, output):
    for words in (
        ("artifact", "list"),
        ("artifact", "version", "list"),
        ("artifact", "describe", "iris"),
        ("artifact", "version", "describe", "iris"),
        ("register", "iris", "f"),
        ("download", "iris", f"{output}.txt"),
        ("info",),
        ("init", "p"),
    ):
        done = run(*words, "-o", output).ok()
        assert done.err == "", words
        assert parse(output, done.out), words
        assert "\x1b" not in done.out


def test_yaml_means_the_same_as_json(run, iris):
    for words in (("artifact", "version", "describe", "iris"), ("artifact", "version", "list")):
        as_json = json.loads(run(*words, "-o", "json").ok().out)
        assert yaml.safe_load(run(*words, "-o", "yaml").ok().out) == as_json


@pytest.mark.parametrize("words", [("artifact", "list"), ("artifact", "version", "list")])
def test_an_empty_listing_is_valid_in_every_format_and_makes_no_home(run, home, words):
    empty = {"index": 1, "max_size": 20, "total_pages": 1, "total": 0}
    for output in ("json", "yaml"):
        done = run(*words, "-o", output).ok()
        assert done.err == ""
        found = parse(output, done.out)
        assert found["items"] == []
        assert found["pagination"]["total"] == 0
        assert set(found["pagination"]) == set(empty)
    for output, separator in (("csv", ","), ("tsv", "\t")):
        lines = run(*words, "-o", output).ok().out.splitlines()
        assert len(lines) == 1
        assert "id" in lines[0].split(separator)
    table = run(*words).ok()
    assert table.out == ""
    assert table.err.startswith(f"No {' '.join(words[:-1])}s found.\nThe home {home} ")
    assert run(*words, "-q").ok() == type(table)(0, "", "")
    assert not home.exists()


def test_a_table_in_a_pipe_is_never_cut_and_has_no_colour(run, client, work):
    (work / "f").write_text("x")
    name = "n" * 255
    client.register(name, str(work / "f"), tags=["t" * 250])
    listed = run("artifact", "version", "list", COLUMNS="40", TERM="xterm").ok()
    assert name in listed.out
    assert "t" * 250 in listed.out
    assert "\x1b" not in listed.out + listed.err
    assert listed.err == "Page (1/1), 1 items found for the applied filters.\n"
    described = run("artifact", "version", "describe", name, COLUMNS="40").ok()
    assert name in described.out


def test_a_table_in_a_pipe_has_no_colour_even_where_terminals_are_promised(run, iris):
    for variable in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        assert "\x1b" not in run("artifact", "list", **{variable: "1"}).ok().out


def test_the_footer_stands_below_the_table_when_both_go_into_one_file(home, work, iris):
    done = subprocess.run(
        command("artifact", "list"),
        cwd=work,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1].startswith("Page (1/1)")


def test_an_output_that_cannot_show_a_letter_shows_the_rest(run, work):
    (work / "f").write_text("x")
    for words in (
        ("register", "caf\u00e9", "f"),
        ("artifact", "list"),
        ("artifact", "list", "-o", "json"),
    ):
        assert "caf" in run(*words, PYTHONIOENCODING="ascii").ok().out
    assert run("artifact", "describe", "caf", PYTHONIOENCODING="ascii").code == 3


ASCII = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C"},
]


@pytest.mark.parametrize("terminal", ASCII, ids=str)
def test_what_programs_read_has_every_letter_whatever_the_terminal_has(run_bytes, work, terminal):
    name, tag, word = "größe", "früh", "模型 €"
    (work / "f").write_text("x")
    run_bytes("register", name, "f", "-t", tag, "--metadata", f"{word}={word}")
    listing, version = ("artifact", "version", "list"), ("artifact", "version", "describe", name)
    assert run_bytes(*listing, "-q", **terminal) == f"{name}:1\n"
    assert run_bytes("register", name, "f", "-q", "--if-changed", **terminal) == f"{name}:1\n"
    assert run_bytes("tag", name, "-q", **terminal) == f"{name}:1\n"
    for words in ((*listing, "-o"), (*version, "-o")):
        for read, output in ((json.loads, "json"), (yaml.safe_load, "yaml")):
            found = read(run_bytes(*words, output, **terminal))
            row = found["items"][0] if "items" in found else found
            assert (row["artifact"], row["tags"], row["metadata"][word]) == (name, [tag], word)
        assert is_unicode(terminal) or run_bytes(*words, "json", **terminal).isascii()
        assert is_unicode(terminal) or run_bytes(*words, "yaml", **terminal).isascii()
        for separator, output in ((",", "csv"), ("\t", "tsv")):
            text = run_bytes(*words, output, **terminal)
            (row,) = csv.DictReader(StringIO(text), delimiter=separator)
            assert (row["artifact"], row["tags"]) == (name, tag)
    assert f"{word}" in run_bytes("metadata", "list", name, "-q", **terminal).splitlines()
    run_bytes("register", "über", "f", "-q", **terminal)
    assert name in run_bytes("compare", name, "über", "-o", "md", **terminal)
    assert name in run_bytes("lineage", name, "-o", "mermaid", **terminal)


def is_unicode(terminal):
    return "PYTHONIOENCODING" not in terminal


@pytest.fixture
def run_bytes(run):
    """What the command prints, as UTF-8."""
    return lambda *words, **extra: run(*words, **extra).ok().out


def test_quiet_prints_identifiers_alone(run, iris):
    for words, said in [
        (("register", "iris", "f", "-q"), "iris:2\n"),
        (("register", "iris", "f", "--quiet", "--if-changed"), "iris:2\n"),
        (("tag", "iris:1", "x", "-q"), "iris:1\n"),
        (("download", "iris:1", "q", "-q"), "iris:1\n"),
        (("artifact", "describe", "iris", "-q"), "iris\n"),
        (("artifact", "version", "list", "-q", "--page", "2", "--size", "1"), "iris:1\n"),
    ]:
        assert run(*words).ok().out == said


def test_a_cell_never_breaks_its_row(run, work):
    (work / "f").write_text("x")
    run("register", "x", "f", "--metadata", 'k=a\tb,"c"\n', "-t", "a b").ok()
    for output in ("csv", "tsv"):
        done = run("artifact", "version", "list", "-o", output, "-c", "metadata,tags,artifact")
        (row,) = parse(output, done.ok().out)
        assert (row["tags"], row["artifact"]) == ("a b", "x")
