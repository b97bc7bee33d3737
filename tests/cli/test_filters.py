"""Every filter of `artifact list` and `artifact version list`, as it is typed."""

import json
import shutil
import sqlite3
import uuid

import pytest

from artifactctl.catalog.facts import facts_of
from artifactctl.client import Client
from tests.cli.test_errors import in_process

LIST = ("artifact", "version", "list")


def add_run(home, name, *uses, pipeline="training", step="train"):
    """A run with one step; `uses` are an artifact, a version and `input` or `output`."""
    run_id = str(uuid.uuid4())
    with sqlite3.connect(home / "catalog.db") as connection:
        run_seq = connection.execute(
            "INSERT INTO run (id, name, pipeline, status, started, ended, details, revision,"
            " recorded) VALUES (?, ?, ?, 'completed', '2026-01-01T00:00:00.000000Z', NULL, '{}',"
            " 1, 0)",
            (run_id, name, pipeline),
        ).lastrowid
        step_seq = connection.execute(
            "INSERT INTO run_step (id, run_seq, name, status, details)"
            " VALUES (?, ?, ?, 'completed', '{}')",
            (str(uuid.uuid4()), run_seq, step),
        ).lastrowid
        for artifact, version, direction in uses:
            (seq,) = connection.execute(
                "SELECT v.seq FROM artifact_version v JOIN artifact a ON a.seq = v.artifact_seq"
                " WHERE a.name = ? AND v.version = ?",
                (artifact, version),
            ).fetchone()
            connection.execute(
                "INSERT INTO step_version (step_seq, direction, name, version_seq)"
                " VALUES (?, ?, ?, ?)",
                (step_seq, direction, artifact, seq),
            )
    connection.close()
    return run_id


def made_by(home, run_id, step, artifact, version):
    """Note in a version's row which run made it, as the version's facts would have it."""

    with sqlite3.connect(home / "catalog.db") as connection:
        connection.row_factory = sqlite3.Row
        row = dict(
            connection.execute(
                "SELECT v.*, a.id AS artifact_id FROM artifact_version v"
                " JOIN artifact a ON a.seq = v.artifact_seq WHERE a.name = ? AND v.version = ?",
                (artifact, version),
            ).fetchone()
        )
        row |= {"producer_run": run_id, "producer_step": step}
        connection.execute(
            "UPDATE artifact_version SET producer_run = ?, producer_step = ?, facts = ?"
            " WHERE seq = ?",
            (run_id, step, facts_of(row), row["seq"]),
        )
    connection.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """m:1 to m:3 with loss, m:raw without; data_100%:1 of 2000 bytes; a link called linked."""
    work = tmp_path_factory.mktemp("template")
    client = Client(work / "home")
    (work / "f").write_text("x")
    (work / "big").write_text("x" * 2000)
    (work / "place").mkdir()
    (work / "place" / "a").write_text("a")
    for number, loss in enumerate((0, 0.5, 2), 1):
        client.register(
            "m",
            str(work / "f"),
            tags=[f"t{number}", "all"],
            metadata={
                "loss": loss,
                "name": f"run_{number}",
                "ok": number == 1,
                "none": None,
                "cfg": {"lr": number / 10, "net": {"depth": number}},
                "shape": [number, 2],
                "text": str(number),
            },
        )
    client.register("m", str(work / "f"), version="raw_2023", type="model")
    client.register("data_100%", str(work / "big"))
    client.register("linked", str(work / "place"), link=True)
    client.tag_artifact("m", ["team"])
    client.close()
    return work / "home"


@pytest.fixture
def listed(client, home, template):
    """A client of a copy of the template."""
    shutil.copytree(template, home)
    return client


@pytest.fixture
def refs(capsys, home, listed):
    """The versions that a listing with some flags has, as a set."""

    def list_refs(*words):
        done = in_process(capsys, home, *LIST, "-q", "--size", "0", *words)
        assert (done.code, done.err) == (0, "")
        return set(done.out.split())

    return list_refs


ALL = {"m:1", "m:2", "m:3", "m:raw_2023", "data_100%:1", "linked:1"}
COUNTED = {"m:1", "m:2", "m:3"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("loss=0", {"m:1"}),
        ("loss=0.0", {"m:1"}),
        ("loss=equals:0.5", {"m:2"}),
        ("loss=gte:0", COUNTED),  # zero is a number like any other
        ("loss=lt:1", {"m:1", "m:2"}),
        ("loss=gt:0", {"m:2", "m:3"}),
        ("loss=notequals:0", {"m:2", "m:3"}),
        ("loss=oneof:0,2", {"m:1", "m:3"}),
        ("loss=notoneof:0,2", {"m:2"}),
        ("loss=isnotnull:", COUNTED),
        ("loss=isnull:", ALL - COUNTED),
        ("none=isnull:", ALL),
        ("ok=true", {"m:1"}),
        ("ok=false", {"m:2", "m:3"}),
        ('ok="true"', set()),
        ("name=run_2", {"m:2"}),
        ("name=contains:_2", {"m:2"}),
        ("name=contains:%", set()),
        ("name=startswith:run_", COUNTED),
        ("name=endswith:3", {"m:3"}),
        ("text=1", set()),  # the text "1" is not the number
        ('text="1"', {"m:1"}),
        ("cfg.lr=gt:0.15", {"m:2", "m:3"}),
        ("cfg.net.depth=3", {"m:3"}),
        ("shape=[1, 2]", {"m:1"}),
        ("gone=1", set()),
        ("loss=stage:prod", set()),
    ],
)
def test_metadata_is_compared_by_its_latest_value_and_type(refs, text, found):
    assert refs("--metadata", text) == found


def test_metadata_that_was_logged_again_is_found_by_its_latest_value_alone(refs, listed):
    listed.log_metadata("m:1", {"loss": 9, "cfg": {"lr": 5}})
    listed.close()
    assert refs("--metadata", "loss=0") == set()
    assert refs("--metadata", "loss=9") == {"m:1"}
    assert refs("--metadata", "cfg.lr=5") == {"m:1"}
    assert refs("--metadata", "cfg.net.depth=1") == {"m:1"}


@pytest.mark.parametrize("flag", ["--metadata", "--run-metadata", "--run_metadata"])
@pytest.mark.parametrize("text", ["loss:gt:0.4", "loss=gt:0.4"])
def test_metadata_is_taken_as_zenml_writes_it(refs, flag, text):
    assert refs(flag, text) == {"m:2", "m:3"}


def test_a_key_is_looked_for_as_it_is_written(refs, listed):
    for ref, key in (("m:1", "learning-rate"), ("m:2", "learning_rate"), ("m:3", "a:b c/é")):
        listed.log_metadata(ref, {key: 1})
    listed.close()
    assert refs("--metadata", "learning-rate=1") == {"m:1"}
    assert refs("--run_metadata", "learning-rate:gte:1") == {"m:1"}
    assert refs("--metadata", "learning_rate=1") == {"m:2"}
    assert refs("--metadata", "a:b c/é=1") == {"m:3"}
    assert refs("--metadata", "learning-rate=isnotnull:") == {"m:1"}


@pytest.mark.parametrize("text", ["caf\u00e9", "cafe\u0301"])
def test_text_in_metadata_is_found_as_it_was_logged(refs, listed, text):
    listed.log_metadata("m:1", {"place": text})
    listed.close()
    assert refs("--metadata", f"place={text}") == {"m:1"}
    assert refs("--metadata", f"place=contains:{text[2:]}") == {"m:1"}


def test_metadata_filters_may_be_repeated(refs):
    assert refs("--metadata", "loss=gte:0", "--metadata", "loss=lt:1", "--metadata", "ok=true") == {
        "m:1"
    }
    either = ("--metadata", "loss=2", "--metadata", "ok=true", "--logical_operator", "or")
    assert refs(*either) == {"m:1", "m:3"}


def test_sizes_are_numbers_with_or_without_a_unit(refs):
    assert refs("--size-bytes", "2000") == {"data_100%:1"}
    assert refs("--size_bytes", "gt:1kB") == {"data_100%:1"}
    assert refs("--size_bytes", "gte:2KiB") == set()
    assert refs("--size-bytes", "in:2,2000") == {"data_100%:1"}
    assert refs("--size-bytes", "lt:0.01MB", "--size-bytes", "notequals:1") == {"data_100%:1"}


def test_version_numbers_are_compared_as_numbers_and_custom_versions_have_none(refs):
    assert refs("--version-number", "gt:1", "--artifact", "m") == {"m:2", "m:3"}
    assert refs("--version_number", "isnull:") == {"m:raw_2023"}
    assert refs("--version_number", "oneof:2,3") == {"m:2", "m:3"}
    assert refs("--version_number", "in:2,3") == {"m:2", "m:3"}


def test_times_are_dates_moments_and_ages(refs):
    assert refs("--created", "gte:1d") == ALL
    assert refs("--created", "lt:1d") == set()
    assert refs("--created", "gt:2020-01-01") == ALL
    assert refs("--updated", "lt:2020-01-01 12:30:00") == set()
    assert refs("--created", "in:2020-01-01,2999-12-31") == ALL
    assert refs("--updated", "lte:2999-01-01T00:00:00+02:00") == ALL
    assert refs("--created", "2020-01-01") == set()


def test_a_moment_is_as_precise_as_it_is_typed(refs, listed):
    created = listed.get_artifact_version("m:1").kept("created")
    listed.close()
    assert "m:1" in refs("--created", created)
    assert "m:1" in refs("--created", created[:10])
    assert "m:1" in refs("--created", f"{created[:10]} {created[11:19]}")
    assert "m:1" not in refs("--created", f"gt:{created}")
    assert "m:1" in refs("--created", f"gte:{created}")


def test_ids_are_found_whole_by_their_start_and_without_dashes(refs, listed):
    version_id = listed.get_artifact_version("m:2").id_text
    listed.close()
    for text in (version_id, version_id.replace("-", ""), version_id.upper()):
        assert refs("--id", text) == {"m:2"}
    assert refs("--id", f"startswith:{version_id[:13]}") == {"m:2"}
    assert refs("--id", f"notequals:{version_id}") == ALL - {"m:2"}
    assert refs("--id", "no-id") == set()


def test_the_artifact_of_a_version_is_found_by_its_id_too(refs, listed):
    artifact_id = listed.get_artifact("m").id_text
    listed.close()
    assert refs("--artifact", artifact_id) == {"m:1", "m:2", "m:3", "m:raw_2023"}


def test_places_are_found_by_text_that_means_itself(refs):
    assert refs("--uri", "endswith:/place") == {"linked:1"}
    assert refs("--uri", "contains:/store/manifests/") == ALL - {"linked:1"}
    assert refs("--uri", "contains:%") == set()


def test_the_uri_that_is_shown_finds_its_version(refs, listed):
    for name in ("data_100%", "linked"):
        uri = listed.get_artifact_version(name).uri
        assert refs("--uri", uri) == {f"{name}:1"}
    listed.close()


def test_types_of_data_and_materializers_are_absent_from_what_was_registered_by_hand(refs):
    for flag in ("--data-type", "--data_type", "--materializer"):
        assert refs(flag, "isnull:") == ALL
        assert refs(flag, "contains:pandas") == set()


def test_the_run_the_pipeline_and_the_step_that_made_a_version_find_it(refs, home):
    run_id = add_run(home, "nightly", ("m", "2", "output"), ("m", "1", "input"))
    made_by(home, run_id, "train", "m", "2")
    for words in (
        *(("--pipeline-run", "nightly"), ("--pipeline_run", run_id), ("--pipeline", "training")),
        *(("--step", "train"), ("--step", "startswith:tr"), ("--pipeline_run", "contains:night")),
    ):
        assert refs(*words) == {"m:2"}, words
    assert refs("--pipeline-run", "isnull:") == ALL - {"m:2"}
    assert refs("--step", "notequals:train") == ALL - {"m:2"}


def test_only_unused_leaves_out_what_a_run_made_or_used(refs, home):
    add_run(home, "nightly", ("m", "2", "output"), ("data_100%", "1", "input"))
    assert refs("--only-unused") == ALL - {"m:2", "data_100%:1"}
    assert refs("--only_unused", "--artifact", "data_100%") == set()


def test_custom_names_are_told_from_those_of_pipelines(refs, capsys, home):
    for yes in ("true", "True", "1", "yes"):
        assert refs("--has-custom-name", yes) == ALL
    assert refs("--has_custom_name", "false") == set()
    listed = in_process(capsys, home, "artifact", "list", "-q", "--has_custom_name", "false").ok()
    assert listed.out == ""


def test_with_or_one_of_the_filters_is_enough(refs):
    both = ("--tag", "t1", "--version", "3")
    assert refs(*both) == set()
    assert refs(*both, "--logical-operator", "and") == set()
    assert refs(*both, "--logical-operator", "or") == {"m:1", "m:3"}
    assert refs(*both, "--logical_operator", "OR") == {"m:1", "m:3"}


def test_artifacts_are_filtered_by_all_their_fields(capsys, home, listed):
    artifact = listed.get_artifact("m")
    listed.close()

    def names(*words):
        return set(in_process(capsys, home, "artifact", "list", "-q", *words).ok().out.split())

    everything = {"m", "data_100%", "linked"}
    assert names("--id", artifact.id_text) == {"m"}
    assert names("--id", f"startswith:{artifact.id_text[:8]}") == {"m"}
    assert names("--created", "gte:1h", "--updated", "gte:2020-01-01") == everything
    assert names("--created", "lt:2020-01-01") == set()
    assert names("--created", artifact.kept("created")) == {"m"}
    assert names("--has-custom-name", "true", "--name", "contains:_") == {"data_100%"}
    assert names("--name", "m", "--tag", "team", "--logical_operator", "or") == {"m"}
    assert names("--name", "linked", "--tag", "team", "--logical_operator", "or") == {"linked", "m"}


@pytest.mark.parametrize("output", ["json", "yaml", "csv", "tsv", "table"])
def test_nothing_found_is_still_valid_output_and_exit_0(run, listed, output):
    done = run(*LIST, "--metadata", "loss=77", "-o", output).ok()
    if output == "json":
        assert json.loads(done.out) == {
            "items": [],
            "pagination": {"index": 1, "max_size": 20, "total_pages": 1, "total": 0},
        }
    if output in ("csv", "tsv"):
        assert len(done.out.splitlines()) == 1
    assert ("found" in done.err) == (output == "table")


MISTAKES = [
    (("--metadata", "loss"), "KEY=VALUE"),
    (("--metadata", "=1"), "KEY=VALUE"),
    (("--metadata", "loss=in:1,b"), "FROM,TO"),
    (("--metadata", "ok=gt:true"), "a number or a text"),
    (("--metadata", "loss=isnull:x"), "takes no value"),
    (("--metadata", "loss=oneof:[1"), "JSON list"),
    (("--created", "yesterday"), "7d"),
    (("--created", "2026-02-30"), "7d"),
    (("--created", "gt:"), "7d"),
    (("--created", "in:2026-01-01"), "in:FROM,TO"),
    (("--created", "contains:2026"), "gte"),
    (("--size-bytes", "many"), "10MB"),
    (("--size-bytes", "1.5"), "10MB"),
    (("--size-bytes", "9" * 30), "too large"),
    (("--version-number", "raw"), "whole number"),
    (("--version-number", "startswith:1"), "gte"),
    (("--has-custom-name", "maybe"), "true or false"),
    (("--has-custom-name", "gt:true"), "equals"),
    (("--logical-operator", "xor"), "and, or or"),
    (("--only-unused=x",), "--only-unused"),
    (("--pipeline-run",), "--pipeline-run"),
    (("--artifact", "in:a,b"), "oneof"),
    (("--type", "modle"), "model"),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=[" ".join(m[0]) for m in MISTAKES])
def test_wrong_filters_are_one_line_that_says_what_is_right_and_exit_2(
    capsys, home, listed, words, said
):
    refused = in_process(capsys, home, *LIST, *words)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    refused = in_process(capsys, home, *LIST, *words, "-o", "json")
    assert json.loads(refused.err)["error"]["code"] == 2


@pytest.mark.parametrize("text", ["\udcff=1", "loss=\udcff"])
def test_filters_that_are_no_unicode_are_invalid(capsys, home, listed, text):
    refused = in_process(capsys, home, *LIST, "--metadata", text)
    assert (refused.code, refused.out) == (5, "")
    assert "Unicode" in refused.err
    assert len(refused.err.splitlines()) == 1


def test_filters_of_versions_are_no_filters_of_artifacts(capsys, home, listed):
    for flag in ("--size-bytes", "--metadata", "--pipeline", "--only-unused", "--version-number"):
        refused = in_process(capsys, home, "artifact", "list", flag, "1")
        assert (refused.code, refused.out) == (2, "")
        assert flag in refused.err


def test_the_help_of_both_lists_names_every_filter(run):
    both = ["--id", "--name", "--tag", "--created", "--updated", "--has-custom-name"]
    both += ["--logical-operator", "--sort-by", "--page", "--size", "--columns", "--output"]
    versions = ["--artifact", "--version", "--version-number", "--type", "--data-type"]
    versions += ["--materializer", "--uri", "--size-bytes", "--pipeline-run", "--pipeline"]
    versions += ["--step", "--only-unused", "--metadata"]
    shown = run("artifact", "list", "--help", COLUMNS="200").ok().out.split()
    assert not {flag for flag in both if flag not in {word.strip(",") for word in shown}}
    shown = run(*LIST, "--help", COLUMNS="200").ok().out.split()
    found = {word.strip(",") for word in shown}
    assert not {flag for flag in both + versions if flag not in found}


def test_a_filtered_listing_leaves_the_catalog_as_it_is(run, home, listed):
    before = (home / "catalog.db").read_bytes()
    run(*LIST, "--metadata", "loss=gt:0", "--only-unused", "--created", "gte:1d").ok()
    assert (home / "catalog.db").read_bytes() == before
