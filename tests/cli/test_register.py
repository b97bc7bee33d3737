"""`register`: what becomes a version, and what is said about it."""

import json
import os

import pytest

from tests.checker import assert_gapless, count_versions
from tests.cli.test_errors import in_process
from tests.conftest import Run


def paths_of(run: Run, ref: str) -> list[str]:
    described = json.loads(run("artifact", "version", "describe", ref, "-o", "json").ok().out)
    return [file["path"] for file in described["files"]]


def blobs(home):
    return sorted(path.name for path in (home / "store" / "blobs").glob("*/*"))


def test_a_file_becomes_version_one_and_the_next_register_counts_up(run, work, home):
    (work / "iris.csv").write_text("a,b\n1,2\n")
    first = run("register", "iris", "iris.csv").ok()
    assert "iris:1" in first.out
    assert first.err == ""
    assert run("register", "iris", "iris.csv", "-q").ok().out == "iris:2\n"
    assert_gapless(home, "iris", 2)


def test_several_paths_stand_under_their_base_names_and_equal_ones_are_refused(run, work):
    (work / "a" / "deep").mkdir(parents=True)
    (work / "b").mkdir()
    (work / "a" / "deep" / "x.txt").write_text("1")
    (work / "b" / "x.txt").write_text("2")
    run("register", "two", "a", "b/x.txt").ok()
    assert paths_of(run, "two") == ["a/deep/x.txt", "x.txt"]
    refused = run("register", "two", "a/deep/x.txt", "b/x.txt")
    assert (refused.code, refused.out) == (5, "")
    assert "x.txt" in refused.err


def test_the_contents_of_one_folder_are_the_root_and_empty_folders_are_noted(run, work):
    (work / "data" / "sub").mkdir(parents=True)
    (work / "data" / "hollow").mkdir()
    (work / "data" / "sub" / "x.csv").write_text("1")
    (work / "data" / "y.csv").write_text("2")
    done = run("register", "set", "data/").ok()
    assert "hollow" in done.err
    assert "hollow" not in done.out
    assert paths_of(run, "set") == ["sub/x.csv", "y.csv"]


def test_standard_input_is_a_file_called_data_or_as_it_is_named(run):
    run("register", "piped", "-", stdin=b"from a pipe").ok()
    assert paths_of(run, "piped") == ["data"]
    run("register", "piped", "-", "--stdin-name", "report.txt", stdin=b"named").ok()
    assert paths_of(run, "piped") == ["report.txt"]
    assert run("download", "piped:1", "-").ok().out == "from a pipe"


def test_standard_input_beside_a_file_gives_a_folder(run, work):
    (work / "f.txt").write_text("file")
    run("register", "mixed", "f.txt", "-", "--stdin-name", "g.txt", stdin=b"pipe").ok()
    assert paths_of(run, "mixed") == ["f.txt", "g.txt"]


def test_an_empty_file_and_empty_standard_input_are_versions_of_zero_bytes(run, work):
    (work / "empty").touch()
    made = json.loads(run("register", "nothing", "empty", "-o", "json").ok().out)
    assert (made["size_bytes"], made["file_count"]) == (0, 1)
    run("register", "nothing", "-", "-q", stdin=b"").ok()
    assert run("download", "nothing", "-").ok().out == ""


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("model", "ModelArtifact"),
        ("ModelArtifact", "ModelArtifact"),
        ("data_analysis", "DataAnalysisArtifact"),
        (None, "DataArtifact"),
    ],
)
def test_a_type_is_typed_short_or_long(capsys, home, work, typed, stored):
    (work / "f").write_text("x")
    flags = ("--type", typed) if typed else ()
    done = in_process(capsys, home, "register", "typed", "f", *flags, "-o", "json").ok()
    made = json.loads(done.out)
    assert made["type"] == stored


def test_metadata_values_are_json_or_else_text_and_tags_are_a_set(run, work):
    (work / "f").write_text("x")
    words = ["n=1", "f=0.5", "yes=true", "none=null", "l=[1,2]", 'o={"k": "v"}', "text=hello there"]
    words += [
        'quoted="7"',
        "empty=",
        "with_equals=a=b",
        "lower_key-and-dash=0",
        "big=9007199254740993",
    ]
    flags = [part for word in words for part in ("--metadata", word)]
    done = run("register", "m", "f", "-t", "b", "--tag", "a", "-t", "b", *flags, "-o", "json").ok()
    made = json.loads(done.out)
    assert made["tags"] == ["a", "b"]
    assert made["metadata"] == {
        "content_type": "text/plain",
        "n": 1,
        "f": 0.5,
        "yes": True,
        "none": None,
        "l": [1, 2],
        "o": {"k": "v"},
        "text": "hello there",
        "quoted": "7",
        "empty": "",
        "with_equals": "a=b",
        "lower_key-and-dash": 0,
        "big": 9007199254740993,
    }
    assert isinstance(made["metadata"]["yes"], bool)


def test_metadata_files_are_json_or_yaml_and_dates_in_them_stay_text(run, work):
    (work / "f").write_text("x")
    (work / "m.json").write_text('{"rows": 150, "nested": {"k": [1, null]}}')
    (work / "m.yaml").write_text("rows: 150\nday: 2024-01-31\nok: true\n")
    made = run("register", "m", "f", "--metadata-file", "m.json", "-o", "json").ok()
    found = {"content_type": "text/plain", "rows": 150, "nested": {"k": [1, None]}}
    assert json.loads(made.out)["metadata"] == found
    made = run(
        "register", "m", "f", "--metadata_file", "m.yaml", "--metadata", "rows=7", "-o", "json"
    ).ok()
    found = {"content_type": "text/plain", "rows": 7, "day": "2024-01-31", "ok": True}
    assert json.loads(made.out)["metadata"] == found


def test_include_and_exclude_choose_files_and_exclude_wins(run, work):
    (work / "d" / "cache").mkdir(parents=True)
    for name in ("a.csv", "b.txt", "cache/c.csv", "keep.csv"):
        (work / "d" / name).write_text(name)
    run("register", "some", "d", "--include", "*.csv", "--exclude", "cache", "--exclude", "k*").ok()
    assert paths_of(run, "some") == ["a.csv"]


def test_if_changed_makes_no_version_of_equal_content_and_adds_tags_and_metadata(run, work, home):
    (work / "d").mkdir()
    (work / "d" / "f").write_text("x")
    run("register", "same", "d", "-t", "old", "--metadata", "a=1").ok()
    os.utime(work / "d" / "f", (1, 1))
    (work / "d" / "f").chmod(0o755)
    kept = run(
        "register", "same", "d", "--if-changed", "-t", "new", "--metadata", "b=2", "-o", "json"
    ).ok()
    found = json.loads(kept.out)
    assert (found["version"], found["tags"]) == ("1", ["new", "old"])
    assert found["metadata"] == {"a": 1, "b": 2}
    assert "unchanged" in kept.err
    assert run("register", "same", "d", "--if-changed", "-q").ok().out == "same:1\n"
    (work / "d" / "f").write_text("y")
    assert run("register", "same", "d", "--if-changed", "-q").ok().out == "same:2\n"
    assert_gapless(home, "same", 2)


def test_linked_data_is_recorded_and_not_copied(run, work, home):
    (work / "d").mkdir()
    (work / "d" / "f").write_text("in place")
    (work / "one.bin").write_text("alone")
    folder = json.loads(run("register", "lf", "d", "--link", "-o", "json").ok().out)
    file = json.loads(run("register", "l1", "one.bin", "--link", "-o", "json").ok().out)
    assert blobs(home) == []
    assert folder["linked"]
    assert folder["uri"] == f"file://{work}/d"
    assert file["uri"] == f"file://{work}/one.bin"
    assert file["digest"].startswith("blake3:")
    assert file["size_bytes"] == 5
    assert run("download", "l1", "-").ok().out == "alone"
    run("download", "lf", "copy").ok()
    assert (work / "copy" / "f").read_text() == "in place"


def test_linked_data_that_changed_or_went_away_ends_with_exit_8(run, work):
    (work / "one").write_text("before")
    (work / "two").write_text("before")
    run("register", "l1", "one", "--link").ok()
    run("register", "l2", "two", "--link").ok()
    (work / "one").write_text("AFTER!")
    (work / "two").unlink()
    for name in ("l1", "l2"):
        assert run("verify", name).code == 8
        got = run("download", name, "out")
        assert (got.code, got.out) == (8, "")
        assert not (work / "out").exists()
    assert "l1:1" in run("verify").err


def test_the_home_inside_a_registered_folder_is_left_out_with_a_note(run, work):
    (work / "f").write_text("x")
    done = run("--home", "h", "register", "all", ".").ok()
    done = run("register", "all", ".", "--home", "h").ok()
    assert "h" in done.err
    described = run("--home=h", "artifact", "version", "describe", "all", "-o", "json").ok().out
    assert [file["path"] for file in json.loads(described)["files"]] == ["f"]


def test_a_path_behind_two_dashes_is_never_a_flag(run, work, home):
    (work / "--home").write_text("odd name")
    run("register", "odd", "--", "--home").ok()
    assert paths_of(run, "odd") == ["--home"]
    assert count_versions(home) == 1
