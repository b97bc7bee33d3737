"""Points of series on the command line: logged, listed, filtered, refused."""

import json

import pytest

from artifactctl.catalog.reading import series as reading
from artifactctl.client import Client
from artifactctl.render.choosing import read_all
from artifactctl.render.columns import VERSIONS
from tests.cli.test_terminal import on_terminal
from tests.conftest import Run
from tests.recorded import Did, record

__all__ = ["on_terminal"]


@pytest.fixture
def logged(client: Client) -> Client:
    run = record(client, "nightly", Did("fit", metadata={"host": "x"}))
    client.log_run_metadata(run.id, {"loss": [4, 3, 2, 1]}, step=[10, 20, 30, 40])
    client.close()
    return client


def test_a_point_is_logged_and_the_last_step_counts(run: Run, logged: Client):
    done = run("metadata", "log", "run:nightly", "loss=0.5", "--step", "50").ok()
    assert done.out == "Logged loss to run:nightly\n"
    run("metadata", "log", "run:nightly", "loss=9", "--step", "45").ok()
    listed = run("metadata", "list", "run:nightly", "-o", "csv").ok().out
    assert listed.splitlines() == [
        *("key,value,points,min,max", "loss,0.5,6,0.5,9", "host,x,,,"),
    ]
    assert json.loads(run("metadata", "list", "run:nightly", "-o", "json").ok().out) == {
        "loss": 0.5,
        "host": "x",
    }
    points = run("metadata", "list", "run:nightly", "--series", "loss", "-o", "tsv").ok().out
    assert [line.split("\t")[::2] for line in points.splitlines()][-2:] == [
        ["45", "9"],
        ["50", "0.5"],
    ]
    assert run("metadata", "list", "run:nightly", "--series", "loss", "-q").ok().out.split() == [
        *("10", "20", "30", "40", "45", "50"),
    ]
    whole = json.loads(
        run("metadata", "list", "run:nightly", "--series", "loss", "-o", "json").ok().out
    )
    assert (whole["count"], whole["min"], whole["points"][0]["value"]) == (6, 0.5, 4)
    assert run("runs", "list", "--metadata", "loss.min=0.5", "-q").ok().out.strip()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("loss=high", "--step", "1"), 5, "metadata 'loss': \"high\" is not a number"),
        (("loss=true", "--step", "1"), 5, "true is not a number"),
        (("loss=NaN", "--step", "1"), 5, "is not a number"),
        (('a={"b":[1]}', "--step", "1"), 5, "metadata 'b': [1] is not a number"),
        (("loss=1", "--step", "-1"), 2, "must be at least 0"),
        (("loss=1", "--step", "1.5"), 2, "--step"),
        (("loss=1", "--step", str(1 << 53)), 5, "is not a whole number from 0"),
    ],
)
def test_what_is_no_point_is_refused(run: Run, logged: Client, words, code: int, said: str):
    failed = run("metadata", "log", "run:nightly", *words)
    assert (failed.code, said in failed.err) == (code, True), failed.err
    unknown = run("metadata", "list", "run:nightly", "--series", "los")
    assert (unknown.code, "did you mean 'loss'?" in unknown.err) == (3, True)


def test_a_terminal_shows_curves_and_a_pipe_none(run: Run, on_terminal, logged: Client):
    _, shown = on_terminal("metadata", "list", "run:nightly")
    assert "█▆▃▁" in shown
    _, described = on_terminal("runs", "describe", "nightly")
    assert "█▆▃▁  4 points from 1 to 4" in described
    piped = run("runs", "describe", "nightly").ok().out
    assert '{"loss": "4 points from 1 to 4"}' in piped
    whole = json.loads(run("runs", "describe", "nightly", "-o", "json").ok().out)
    assert whole["series"]["loss"] == {
        "count": 4,
        "first_step": 10,
        "last_step": 40,
        "last": 1,
        "min": 1,
        "max": 4,
    }
    assert json.dumps(whole["metadata"]) == '{"loss": 1, "host": "x"}'


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_the_extremes_of_series_are_columns_and_an_order(
    run: Run, work, request: pytest.FixtureRequest, engine: str
):
    at = {"ARTIFACTCTL_HOME": str(work / "team")}
    if engine == "postgres":
        at["ARTIFACTCTL_CATALOG"] = request.getfixturevalue("postgres_url")
    (work / "f").write_text("four")
    for values in ([0.5, 0.125], [0.25, 4], []):
        ref = run("register", "m", "f", "--metadata", 'o={"min": 7}', "-q", **at).ok().out.strip()
        for step, value in enumerate(values):
            words = ("metadata", "log", ref, f"loss={value}", "--step", str(step))
            run(*words, **at).ok()
    columns = "version,metadata.loss.min,loss.max,metadata.loss,metadata.o.min,metadata.nope.max"
    words = ("artifact", "version", "list", "--columns", columns, "--sort-by")
    shown = run(*words, "metadata.loss.min", "-o", "csv", **at).ok().out.splitlines()
    assert shown == [
        "version,metadata.loss.min,metadata.loss.max,metadata.loss,metadata.o.min,metadata.nope.max",
        *("3,,,,7,", "1,0.125,0.5,0.125,7,", "2,0.25,4,4,7,"),
    ]
    found = json.loads(run(*words, "desc:metadata.loss.max", "-o", "json", **at).ok().out)["items"]
    assert [(item["version"], item["metadata.loss.max"]) for item in found] == [
        *(("2", 4), ("1", 0.5), ("3", None)),
    ]
    table = run("artifact", "version", "list", "--sort-by", "metadata.loss.max", **at).ok().out
    assert "loss.max" in table.splitlines()[0]
    assert "0.5" in table


def test_the_extremes_of_a_series_of_a_step_are_columns_of_its_run(run: Run, client: Client):
    made = record(client, "nightly", Did("fit"))
    client.log_step_metadata(made.steps["fit"].id, {"loss": [4, 1, 2]}, step=[1, 2, 3])
    client.close()
    words = ("runs", "list", "--columns", "name,metadata.loss,loss.min,loss.max", "-o", "csv")
    assert run(*words).ok().out.splitlines()[1] == "nightly,2,1,4"


def test_series_are_asked_for_once_for_a_page_and_only_where_they_are_shown(
    client: Client, work, monkeypatch: pytest.MonkeyPatch
):
    (work / "f").write_text("four")
    for _ in range(5):
        client.register("m", work / "f")
    asked: list[int] = []
    extents_of = reading.extents_of

    def counted(db, owners):
        asked.append(len(owners))
        return extents_of(db, owners)

    monkeypatch.setattr(reading, "extents_of", counted)
    page = client.list_artifact_versions()
    list(read_all(VERSIONS, page.items, ["version", "metadata.loss"]))
    assert asked == []
    list(read_all(VERSIONS, page.items, ["version", "metadata.loss.min", "metadata.loss.max"]))
    assert asked == [5]
