"""`metadata log` and `metadata list`: types, merging, and what cannot be kept."""

import json

import pytest
import yaml

from tests.cli.test_errors import in_process


@pytest.fixture
def two(client, work):
    """m:1 with metadata, m:2 without: folders say nothing of themselves."""
    (work / "d").mkdir()
    (work / "d" / "f").write_text("x")
    client.register("m", str(work / "d"), metadata={"acc": 0.5, "cfg": {"lr": 0.1, "n": [1]}})
    client.register("m", str(work / "d"))
    client.close()
    return client


def metadata(client, ref):
    found = client.get_artifact_version(ref).metadata
    client.close()
    return dict(found)


def test_values_are_json_where_they_can_be_and_text_where_not(run, two):
    words = ["int=3", "float=1e-3", "yes=true", "no=false", "nothing=null", "text=plain words"]
    words += ['quoted="3"', "list=[1, [2]]", 'object={"a": {"b": null}}', "eq=a=b", "empty="]
    words += ["True=True", "path=/a/b", "neg=-5", "big=123456789012345678901234567890", "zero=0"]
    done = run("metadata", "log", "m", *words)
    assert done.ok().err == ""
    assert done.out.startswith("Logged int, float, ")
    assert done.out.endswith(" to m:2\n")
    assert metadata(two, "m:2") == {
        "int": 3,
        "float": 0.001,
        "yes": True,
        "no": False,
        "nothing": None,
        "text": "plain words",
        "quoted": "3",
        "list": [1, [2]],
        "object": {"a": {"b": None}},
        "eq": "a=b",
        "empty": "",
        "True": "True",
        "path": "/a/b",
        "neg": -5,
        "big": 123456789012345678901234567890,
        "zero": 0,
    }
    assert metadata(two, "m:1") == {"acc": 0.5, "cfg": {"lr": 0.1, "n": [1]}}


def test_the_newest_value_counts_and_objects_are_merged(run, two):
    run("metadata", "log", "m:1", "acc=0.9", 'cfg={"lr": 1, "new": true}').ok()
    assert metadata(two, "m:1") == {"acc": 0.9, "cfg": {"lr": 1, "n": [1], "new": True}}
    run("metadata", "log", "m:1", "cfg=5", 'acc={"train": 1}').ok()
    assert metadata(two, "m:1") == {"acc": {"train": 1}, "cfg": 5}
    run("metadata", "log", "m:1", "acc=1", "acc=2").ok()
    assert metadata(two, "m:1")["acc"] == 2


def test_every_way_to_name_a_version_is_taken(run, two):
    version_id = two.get_artifact_version("m:1").id_text
    two.tag("m:1", ["best"])
    two.close()
    for number, ref in enumerate((["m:1"], ["m", "-v", "1"], ["m@best"], [version_id[:8]])):
        assert run("metadata", "log", *ref, f"k{number}=1", "-q").ok().out == "m:1\n"
    assert {"k0", "k1", "k2", "k3"} < set(metadata(two, "m:1"))


def test_a_file_of_json_or_yaml_is_logged_and_words_win(run, two, work):
    (work / "m.json").write_text('{"acc": 0.7, "epochs": 1e2, "note": "from file"}')
    (work / "m.yaml").write_text("lr: 0.01\nlayers: [1, 2]\n")
    run("metadata", "log", "m:2", "note=word", "--metadata-file", "m.json").ok()
    run("metadata", "log", "m:2", "--metadata_file", "m.yaml").ok()
    expected = {"acc": 0.7, "epochs": 100.0, "note": "word", "lr": 0.01, "layers": [1, 2]}
    assert metadata(two, "m:2") == expected


def test_what_is_printed_is_the_version_as_it_is_now(run, two):
    done = json.loads(run("metadata", "log", "m:2", "a=1", "-o", "json").ok().out)
    assert (done["artifact"], done["version"], done["metadata"]) == ("m", "2", {"a": 1})
    shown = yaml.safe_load(run("metadata", "log", "m:2", "b=x", "-o", "yaml").ok().out)
    assert shown["metadata"] == {"a": 1, "b": "x"}


def test_logging_what_is_known_already_changes_nothing(run, two):
    before = two.get_artifact_version("m:1").as_json()
    run("metadata", "log", "m:1", "acc=0.5", 'cfg={"lr": 0.1}').ok()
    assert two.get_artifact_version("m:1").as_json() == before
    two.close()


def test_metadata_is_listed_in_every_format(run, two):
    table = run("metadata", "list", "m:1").ok()
    assert [line.split() for line in table.out.splitlines() if "acc" in line] == [["acc", "0.5"]]
    assert table.err == ""
    shown = json.loads(run("metadata", "list", "m:1", "-o", "json").ok().out)
    assert shown == {"acc": 0.5, "cfg": {"lr": 0.1, "n": [1]}}
    shown = yaml.safe_load(run("metadata", "list", "m", "-v", "1", "-o", "yaml").ok().out)
    assert shown == {"acc": 0.5, "cfg": {"lr": 0.1, "n": [1]}}
    rows = run("metadata", "list", "m:1", "-o", "csv").ok().out.splitlines()
    assert rows == ["key,value", "acc,0.5", 'cfg,"{""lr"": 0.1, ""n"": [1]}"']
    assert run("metadata", "list", "m:1", "-o", "tsv").ok().out.startswith("key\tvalue\nacc\t0.5\n")
    assert run("metadata", "list", "m:1", "-q").ok().out == "acc\ncfg\n"


@pytest.mark.parametrize(
    ("output", "shown"), [("json", "{}\n"), ("csv", "key,value\n"), ("table", "")]
)
def test_no_metadata_is_valid_output_and_said_only_beside_a_table(run, two, output, shown):
    done = run("metadata", "list", "m:2", "-o", output).ok()
    assert done.out == shown
    assert ("m:2 has no metadata" in done.err) == (output in ("table", "csv"))
    assert run("metadata", "list", "m:2", "-q").ok().out == ""


def test_logged_metadata_is_found_described_and_survives_a_rebuild(run, home, two):
    run("metadata", "log", "m:2", "acc=0.99", 'cfg={"deep": {"x": 1}}').ok()
    assert run("artifact", "version", "list", "--metadata", "acc=gt:0.9", "-q").ok().out == "m:2\n"
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    assert metadata(two, "m:2") == {"acc": 0.99, "cfg": {"deep": {"x": 1}}}
    found = run("artifact", "version", "list", "--metadata", "cfg.deep.x=1", "-q").ok()
    assert found.out == "m:2\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("m:1",), 2, "nothing to log"),
        ((), 2, "REF"),
        (("m:1", "acc"), 5, "KEY=VALUE"),
        (("m:1", "=1"), 5, "key"),
        (("m:1", "x=NaN"), 5, "NaN"),
        (("m:1", "x=Infinity"), 5, "Infinity"),
        (("m:1", "x=-Infinity"), 5, "Infinity"),
        (("m:1", "x=[1, NaN]"), 5, "NaN"),
        (("m:1", "x=1e999"), 5, "x"),
        (("m:1", "good=1", "x=NaN"), 5, "NaN"),
        (("m:1", 'x={"a": 1, "a": 2}'), 5, "x"),
        (("m:1", f"{'k' * 256}=1"), 5, "255"),
        (("m:1", "a\tb=1"), 5, "printable"),
        (("m:1", "x=" + "[" * 5000), 5, "x"),
        (("m:9", "x=1"), 3, "'9'"),
        (("gone", "x=1"), 3, "gone"),
        (("m@none", "x=1"), 3, "'none'"),
        (("m:1", "--metadata-file", "gone.json"), 3, "gone.json"),
        (("m:1", "--metadata-file", "list.json"), 5, "keys and values"),
        (("m:1", "--metadata-file", "nan.json"), 5, "NaN"),
        (("m:1", "-v", "2", "x=1"), 5, "twice"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_changed(
    capsys, home, work, two, words, code, said
):
    (work / "list.json").write_text("[1]")
    (work / "nan.json").write_text('{"x": NaN}')
    before = two.get_artifact_version("m:1").as_json()
    refused = in_process(capsys, home, "metadata", "log", *words)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert two.get_artifact_version("m:1").as_json() == before
    refused = in_process(capsys, home, "metadata", "log", *words, "-o", "json")
    assert json.loads(refused.err)["error"]["code"] == code


@pytest.mark.parametrize(("ref", "code"), [("gone", 3), ("m:9", 3), ("a/b", 5), ("m@x@y", 5)])
def test_the_metadata_of_what_is_not_there_is_an_error(capsys, home, two, ref, code):
    refused = in_process(capsys, home, "metadata", "list", ref, "-o", "json")
    assert (refused.code, refused.out) == (code, "")
    assert json.loads(refused.err)["error"]["code"] == code


def test_keys_and_values_a_terminal_would_act_upon_are_shown_as_escapes(run, two):
    run("metadata", "log", "m:2", 'x="\\u001b[31mred\\nline"').ok()
    shown = run("metadata", "list", "m:2").ok()
    assert "\x1b" not in shown.out
    assert len([line for line in shown.out.splitlines() if line.strip()]) == 3
    assert metadata(two, "m:2") == {"x": "\x1b[31mred\nline"}


def test_a_metadata_file_without_end_is_refused(run, two):
    refused = run("metadata", "log", "m:1", "--metadata-file", "/dev/zero")
    assert refused.code == 5
    assert "is larger than 1 MiB" in refused.err
