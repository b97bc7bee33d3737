"""`register`: what it refuses, with which exit code, leaving nothing behind."""

import json
import os
import socket
import sqlite3
from contextlib import closing

import pytest

from tests.checker import count_versions
from tests.cli.test_errors import in_process
from tests.cli.test_register import blobs, paths_of


def assert_refused(result, code, *words):
    assert (result.code, result.out) == (code, ""), result.err
    lines = result.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("artifactctl: ")
    for word in words:
        assert word in lines[0]


def test_a_version_that_exists_is_a_conflict_and_nothing_is_stored(run, work, home):
    (work / "f").write_text("one")
    (work / "g").write_text("two")
    run("register", "raw", "f", "-v", "raw_2023").ok()
    before = blobs(home)
    assert_refused(run("register", "raw", "g", "-v", "raw_2023"), 4, "raw_2023", "raw")
    assert blobs(home) == before
    assert count_versions(home) == 1


def test_an_explicit_number_is_followed_by_the_next_and_odd_numbers_are_text(run, work):
    (work / "f").write_text("x")
    versions = ["10", None, "05", "3", None, "1.0", None]
    made = []
    for version in versions:
        flags = ("-v", version) if version else ()
        made.append(run("register", "n", "f", "-q", *flags).ok().out.strip())
    assert made == ["n:10", "n:11", "n:05", "n:3", "n:12", "n:1.0", "n:13"]
    # Latest is by order of allocation, not the highest number.
    run("register", "n", "f", "--version", "2").ok()
    assert run("artifact", "version", "describe", "n", "-q").ok().out == "n:2\n"


@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "-Infinity", "1e999", "1e+999", "[1e999]", "[1, NaN]", '{"k": NaN}'],
)
def test_numbers_that_json_does_not_have_are_refused_as_metadata(capsys, work, home, value):
    (work / "f").write_text("x")
    assert_refused(
        in_process(capsys, home, "register", "m", "f", "--metadata", f"loss={value}"), 5, "loss"
    )
    assert count_versions(home) == 0


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a: 1\na: 2\n", "twice"),
        ("a: [1, 2\n", "line"),
        ("1: one\n", "not text"),
        ("- a\n- b\n", "keys"),
        ("a: .nan\n", "nan"),
        ("a: &x 1\nb: *x\n", "anchors"),
        ("a: !!python/object/apply:os.system ['true']\n", "line 1"),
        ('{"a": ' + "[" * 40 + "]" * 40 + "}", "32"),
        pytest.param("a: " + "9" * 5000, "is not a number", id="thousands of digits"),
    ],
)
def test_metadata_files_that_leave_something_open_are_refused(capsys, work, home, text, word):
    (work / "f").write_text("x")
    (work / "m").write_text(text)
    refused = in_process(capsys, home, "register", "m", "f", "--metadata-file", "m")
    assert_refused(refused, 5, "'m'", word)
    assert count_versions(home) == 0


def test_wrong_words_are_refused_each_with_its_code(run, work, home):
    (work / "f").write_text("x")
    assert_refused(run("register", "x", "f", "--type", "bogus"), 2, "bogus", "model")
    assert_refused(run("register", "x", "f", "--type", ""), 2, "model")
    assert_refused(run("register", "x", "f", "--metadata", "novalue"), 5, "novalue", "KEY=VALUE")
    assert_refused(run("register", "x", "f", "--tag", "a,b"), 5, "a,b")
    assert_refused(run("register", "x", "f", "-v", "latest"), 5, "latest")
    assert_refused(run("register", "x", "f", "-v", "with space"), 5, "with space")
    assert_refused(run("register", "a:b", "f"), 5, "a:b")
    assert_refused(run("register", "6f1b1f0e-89d4-4566-bbc0-88928e0c8668", "f"), 5, "6f1b1f0e")
    assert_refused(run("register", "x"), 2, "PATH")
    assert_refused(run("register", "x", "f", "--metadata-file", "gone.json"), 3, "gone.json")
    assert count_versions(home) == 0


def test_what_is_no_file_is_refused(run, work, home):
    (work / "hollow" / "deep").mkdir(parents=True)
    (work / "d").mkdir()
    (work / "d" / "f").write_text("x")
    os.mkfifo(work / "pipe")
    assert_refused(run("register", "x", "gone.csv"), 3, "gone.csv")
    assert_refused(run("register", "x", "d/f/below"), 3, "d/f/below")
    assert_refused(run("register", "x", "hollow"), 5, "hollow")
    assert_refused(run("register", "x", "d", "--include", "*.csv"), 5, "d")
    assert_refused(run("register", "x", "pipe"), 12, "pipe")
    os.rename(work / "pipe", work / "d" / "pipe")
    assert_refused(run("register", "x", "d"), 12, "pipe")
    assert_refused(run("register", "x", "/dev/null"), 12, "/dev/null")
    assert count_versions(home) == 0


def test_links_out_of_the_folder_are_refused_unless_followed_and_links_inside_are_read(run, work):
    (work / "secret").write_text("outside")
    (work / "d").mkdir()
    (work / "d" / "real").write_text("inside")
    (work / "d" / "alias").symlink_to("real")
    run("register", "d", "d").ok()
    assert paths_of(run, "d") == ["alias", "real"]
    (work / "d" / "out").symlink_to("../secret")
    assert_refused(run("register", "d", "d"), 12, "out", "--follow-links")
    run("register", "d", "d", "--follow-links").ok()
    assert run("download", "d", "-", "--include", "out").ok().out == "outside"


def test_links_to_nothing_and_in_a_circle_are_refused(run, work):
    (work / "a").mkdir()
    (work / "a" / "f").write_text("x")
    (work / "a" / "circle").symlink_to(".")
    assert_refused(run("register", "x", "a"), 12, "circle")
    (work / "a" / "circle").unlink()
    (work / "a" / "dangling").symlink_to("nowhere")
    assert_refused(run("register", "x", "a"), 12, "dangling")
    run("register", "x", "a", "--exclude", "dangling").ok()


def test_link_takes_one_existing_target(run, work, home):
    (work / "f").write_text("x")
    (work / "g").write_text("x")
    assert_refused(run("register", "l", "f", "g", "--link"), 2, "--link")
    assert_refused(run("register", "l", "-", "--link"), 2, "--link")
    assert_refused(run("register", "l", "gone", "--link"), 3, "gone")
    assert_refused(run("register", "l", "bogus://x/y", "--link"), 2, "bogus")
    refused = run("register", "l", "s3://me:hunter2@bucket/key", "--link")
    assert_refused(refused, 5)
    assert "hunter2" not in refused.err
    assert count_versions(home) == 0


def test_a_link_whose_server_does_not_answer_ends_with_exit_10(capsys, work, home):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    url = f"http://127.0.0.1:{port}/x"
    assert_refused(in_process(capsys, home, "register", "x", "--link", url), 10)
    assert count_versions(home) == 0


def test_a_register_that_fails_says_so_as_json_when_json_was_asked_for(run):
    refused = run("register", "x", "gone", "-o", "json")
    assert (refused.code, refused.out) == (3, "")
    error = json.loads(refused.err)["error"]
    assert (error["code"], error["kind"]) == (3, "not_found")
    assert "gone" in error["message"]
    assert "hint" in error


@pytest.mark.parametrize("blank", [" ", "   "])
def test_a_blank_name_is_refused_wherever_it_is_given(run, work, home, blank):
    (work / "f").write_text("x")
    (work / "r.yaml").write_text(
        "pipeline: p\nsteps: {s: {command: 'echo 1 > o', outputs:"
        f" [{{key: o, name: '{blank}', path: o}}]}}}}\n"
    )
    run("register", "x", "f").ok()
    for words in (("register", blank, "f"), ("artifact", "update", "x", "--name", blank)):
        done = run(*words)
        assert (done.code, done.err) == (5, f"artifactctl: name {blank!r} must not be blank\n")
    refused = run("run", "r.yaml")
    assert (refused.code, "must not be blank" in refused.err) == (5, True)
    assert run("artifact", "list", "-q").ok().out == "x\n"


def test_a_blank_name_that_a_catalog_has_is_read_and_changed(run, work, home):
    (work / "f").write_text("x")
    run("register", "x", "f").ok()
    with closing(sqlite3.connect(home / "catalog.db")) as catalog, catalog:
        catalog.execute("UPDATE artifact SET name = ' '")
    assert run("artifact", "list", "-q").ok().out == " \n"
    run("download", " ", "g").ok()
    run("artifact", "update", " ", "--name", "x").ok()
    assert run("artifact", "list", "-q").ok().out == "x\n"
