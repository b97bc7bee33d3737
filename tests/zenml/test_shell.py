"""ZenML's words on the command line: what its pages and `--help` show works here too."""

import json

import pytest

from artifactctl.client import Client
from tests.conftest import Run
from tests.recorded import Did, record

VERSION_FILTERS = {
    "--id": "isnotnull:",
    "--created": "gte:2020-01-01",
    "--updated": "gte:2020-01-01",
    "--run_metadata": "rows:gt:1",
    "--tags": "raw",
    "--artifact": "contains:iri",
    "--version": 'oneof:["1"]',
    "--version_number": "gte:1",
    "--uri": "isnotnull:",
    "--materializer": "isnull:",
    "--type": "DataArtifact",
    "--data_type": "isnull:",
    "--only_unused": "True",
    "--has_custom_name": "True",
}
NOTHING_HERE = ["--user", "--project", "--model", "--model_version_id", "--artifact_store_id"]
ARTIFACT_COLUMNS = (
    "created,has_custom_name,id,latest_version_id,latest_version_name,name,project_id,tags,updated,"
    "user,user_id"
)
VERSION_COLUMNS = (
    "artifact,artifact_store_id,content_hash,created,data_type,id,item_count,materializer,"
    "producer_pipeline_run_id,producer_step_run_id,project_id,run_metadata,save_type,tags,type,"
    "updated,uri,user,user_id,version"
)


LISTED = {
    "--sort_by": "desc:created",
    "--page": "1",
    "--size": "20",
    "--logical_operator": "and",
    "--columns": "all",
    "--output": "csv",
}
ARTIFACT_FILTERS = {
    "--id": "isnotnull:",
    "--created": "gte:2020-01-01",
    "--updated": "gte:2020-01-01 00:00:00",
    "--tags": "isnull:",
    "--user": "x",
    "--project": "x",
    "--name": "startswith:ir",
    "--has_custom_name": "True",
}


def flat(flags: dict[str, str]) -> list[str]:
    """The flags with their values as words of a command."""
    return [word for pair in flags.items() for word in pair]


@pytest.fixture
def iris(client: Client, work) -> str:
    (work / "f.csv").write_text("a,b\n1,2\n")
    client.register("iris", work / "f.csv", tags=["raw"], metadata={"rows": 2})
    return str(client.get_artifact("iris").id)


def test_all_filters_of_zenml_find_versions_also_together(run: Run, iris: str) -> None:
    found = run("artifact", "version", "list", *flat(VERSION_FILTERS), "-q").ok()
    assert (found.out, found.err) == ("iris:1\n", "")
    words = flat(ARTIFACT_FILTERS | LISTED)
    assert len(run("artifact", "list", *words).ok().out.splitlines()) == 2


def test_filters_on_what_does_not_exist_here_are_noted_and_filter_nothing(
    run: Run, iris: str
) -> None:
    words = [word for flag in NOTHING_HERE for word in (flag, "x")]
    found = run("artifact", "version", "list", *words, "-q").ok()
    assert found.out == "iris:1\n"
    assert found.err.count("filters nothing") == len(NOTHING_HERE)
    assert run("artifact", "list", "--user", "x", "--project", "y", "-q").ok().out == "iris\n"


def test_zenmls_columns_are_shown_under_its_names(run: Run, iris: str) -> None:
    for words, columns in (
        (("artifact", "list"), ARTIFACT_COLUMNS),
        (("artifact", "version", "list"), VERSION_COLUMNS),
    ):
        found = run(*words, "--columns", columns, "-o", "csv").ok()
        assert found.out.splitlines()[0] == columns
        assert found.err == ""


def test_an_unknown_column_is_noted_and_left_out(run: Run, iris: str) -> None:
    found = run("artifact", "list", "--columns", "name,bogus", "-o", "json").ok()
    assert json.loads(found.out)["items"] == [{"name": "iris"}]
    assert "there is no column 'bogus', which is left out" in found.err
    assert run("artifact", "list", "--columns", "bogus").code == 2


def test_only_unused_takes_a_truth_value_or_none(run: Run, iris: str) -> None:
    for words in (["--only_unused", "True"], ["--only-unused"], ["--only_unused=false"]):
        assert run("artifact", "version", "list", *words, "-q").ok().out == "iris:1\n"
    assert run("artifact", "version", "list", "--only_unused=maybe").code == 2


def test_the_start_of_an_artifacts_id_is_a_filter_on_it(run: Run, iris: str) -> None:
    listing = ("artifact", "version", "list", "-q", "--artifact")
    assert run(*listing, f"startswith:{iris[:8]}").ok().out == "iris:1\n"
    assert run(*listing, "startswith:00000000").ok().out == ""


def test_other_groups_of_zenml_lead_to_the_same_commands(run: Run, iris: str) -> None:
    assert run("pipeline", "runs", "list", "-o", "json").ok().out
    pruned = run("prune", "artifacts", "-y", "--server-side").ok()
    assert "there is no server" in pruned.err
    deleted = run("artifact", "version", "delete", "iris:1", "-y", "--server-side").ok()
    assert "there is no server" in deleted.err


def test_a_listing_has_zenmls_forms_of_order_page_operator_and_output(run: Run, iris: str) -> None:
    for version in ("raw", "10"):
        run("register", "iris", "f.csv", "--version", version).ok()
    listing = ("artifact", "version", "list", "--artifact", "iris")
    found = run(*listing, "--size", "2", "--page", "2", "-o", "json", "-c", "id,version").ok()
    document = json.loads(found.out)
    assert [list(item) for item in document["items"]] == [["id", "version"]]
    assert document["pagination"] == {"index": 2, "max_size": 2, "total_pages": 2, "total": 3}
    assert run(*listing, "--size", "1").ok().err.startswith("Page (1/3), 3 items found")
    for words, expected in (
        (["--sort_by", "desc:created"], ["10", "raw", "1"]),
        (["--sort_by", "created"], ["1", "raw", "10"]),
        (["--sort_by", "asc:version_number"], ["raw", "1", "10"]),
        (["--version", 'oneof:["1", "raw"]'], ["raw", "1"]),
        (["--version", "notequals:1"], ["10", "raw"]),
        (["--version", "notcontains:a"], ["10", "1"]),
        (["--version", "endswith:0"], ["10"]),
        (["--version_number", "gt:1"], ["10"]),
        (["--version_number", "isnull:"], ["raw"]),
        (["--created", "in:2020-01-01 00:00:00,2999-01-01 00:00:00"], ["10", "raw", "1"]),
        (["--run_metadata", "rows:gte:2"], ["1"]),
    ):
        found = run(*listing, *words, "-c", "VERSION", "-o", "csv").ok()
        assert found.out.splitlines() == ["version", *expected], words
    either = ("--version", "1", "--version", "10", "--logical_operator", "or")
    assert run("artifact", "version", "list", *either, "-q").ok().out == "iris:10\niris:1\n"
    for form in ("table", "yaml", "tsv"):
        assert "raw" in run(*listing, "-o", form).ok().out


def test_an_empty_listing_is_no_error_and_an_empty_document(run: Run, iris: str) -> None:
    for group in (("artifact", "list", "--name"), ("artifact", "version", "list", "--artifact")):
        found = run(*group, "nothing").ok()
        assert (found.out, "found.\nThere is no artifact 'nothing'" in found.err) == ("", True)
        assert json.loads(run(*group, "nothing", "-o", "json").ok().out)["items"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["artifact", "list", "--page", "99"], 2),
        (["artifact", "list", "--page", "0"], 2),
        (["artifact", "list", "--size", "abc"], 2),
        (["artifact", "list", "--sort_by", "bogus"], 2),
        (["artifact", "version", "list", "--created", "yesterday"], 2),
        (["artifact", "version", "list", "--run_metadata", "acc"], 2),
        (["artifact", "update", "nosuch", "-n", "x"], 3),
        (["artifact", "update", "iris", "-n", "taken"], 4),
        (["artifact", "version", "describe", "iris", "-v", "999"], 3),
        (["artifact", "version", "update", "iris", "-v", "999", "-t", "x"], 3),
        (["artifact", "version", "delete", "nosuch", "-y"], 3),
        (["artifact", "version", "delete", "iris"], 2),
        (["artifact", "prune", "-a", "-m", "-y"], 2),
        (["pipeline", "runs", "delete", "nosuch", "-y"], 3),
    ],
)
def test_what_zenml_answers_with_an_error_or_a_traceback_is_an_error_of_one_line(
    run: Run, iris: str, words: list[str], code: int
) -> None:
    run("register", "taken", "f.csv").ok()
    done = run(*words)
    assert (done.code, done.out) == (code, "")
    assert len(done.err.splitlines()) == 1


def test_names_and_tags_are_changed_with_zenmls_flags(run: Run, iris: str) -> None:
    run("artifact", "update", "iris", "--name", "flowers", "--tag", "a", "-t", "b").ok()
    run("artifact", "update", "flowers", "-n", "iris", "--remove-tag", "a", "-r", "none").ok()
    run("artifact", "version", "update", "iris", "--version", "1", "-t", "x", "-r", "raw").ok()
    run("artifact", "version", "update", "iris", "-t", "of_latest").ok()
    (artifact,) = json.loads(run("artifact", "list", "-o", "json").ok().out)["items"]
    assert (artifact["name"], artifact["tags"]) == ("iris", ["b"])
    shown = json.loads(run("artifact", "version", "describe", "iris", "-v", "1", "-o", "json").out)
    assert sorted(shown["tags"]) == ["of_latest", "x"]


def test_a_version_is_described_by_name_and_version_by_id_and_by_the_start_of_one(
    run: Run, iris: str, client: Client
) -> None:
    version = str(client.get_artifact_version("iris").id)
    facts = (
        *("ID", "CREATED", "UPDATED", "ARTIFACT", "VERSION", "URI", "TYPE", "VISUALIZATIONS"),
        *("TAGS", "METADATA"),
    )
    for words in (("iris", "-v", "1"), ("iris:1",), ("iris",), (version,), (version[:8],)):
        found = run("artifact", "version", "describe", *words).ok()
        assert found.err == ""
        assert [fact for fact in facts if f"\n  {fact} " not in f"\n{found.out}"] == []


def test_versions_are_deleted_with_zenmls_flags_but_not_those_of_a_run(
    run: Run, iris: str, client: Client
) -> None:
    record(client, "training", Did("train", {"data": "iris"}, ["model"]))
    for words in (("model",), ("iris", "-v", "1")):
        refused = run("artifact", "version", "delete", *words, "-y")
        assert (refused.code, refused.out) == (4, "")
        assert "train" in refused.err
    run("register", "iris", "f.csv", "--version", "spare").ok()
    gone = run("artifact", "version", "delete", "iris", "-v", "spare", "--delete-data", "--yes")
    assert "iris:spare" in gone.ok().out
    assert run("pipeline", "runs", "list", "--name", "training", "-q").ok().out
    run("pipeline", "runs", "delete", "training", "--yes").ok()
    pruned = run("artifact", "prune", "--yes", "--ignore-errors").ok()
    assert pruned.out.splitlines()[-1].split()[:3] == ["model", "1", "delete"]
    assert run("artifact", "version", "list", "-q").ok().out == "iris:1\n"


def test_pruning_takes_zenmls_flags_and_leaves_what_was_saved_by_hand(run: Run, iris: str) -> None:
    for words in (
        *(["-y"], ["--yes", "-i"], ["-y", "-a"], ["-y", "--only-artifact"], ["-y", "-m"]),
        *(["-y", "--only-metadata"], ["-y", "--ignore-errors", "--server-side"]),
    ):
        for group in (("artifact", "prune"), ("prune", "artifacts")):
            done = run(*group, *words).ok()
            assert "No unused artifact versions found." in done.err
    assert run("artifact", "version", "list", "-q").ok().out == "iris:1\n"
