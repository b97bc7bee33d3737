"""ZenML's words on the command line: what its pages and `--help` show works here too."""

import json

import pytest

from artifactctl.client import Client
from tests.conftest import Run

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


@pytest.fixture
def iris(client: Client, work) -> str:
    (work / "f.csv").write_text("a,b\n1,2\n")
    client.register("iris", work / "f.csv", tags=["raw"], metadata={"rows": 2})
    return str(client.get_artifact("iris").id)


def test_all_filters_of_zenml_find_versions_also_together(run: Run, iris: str) -> None:
    words = [word for pair in VERSION_FILTERS.items() for word in pair]
    found = run("artifact", "version", "list", *words, "-q").ok()
    assert (found.out, found.err) == ("iris:1\n", "")


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
