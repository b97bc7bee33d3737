"""Runs and versions chosen, filtered and put side by side by the client."""

import sqlite3
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.catalog.reading import filters as operators
from artifactctl.catalog.reading.matching import matching
from artifactctl.client import Client
from artifactctl.compare import Comparison
from artifactctl.errors import (
    ArtifactctlError,
    InvalidInputError,
    NotFoundError,
    WrongUsageError,
)
from artifactctl.verbs import comparing
from tests.catalog.reading.test_listing import selects
from tests.recorded import Did, make, record


def names(compared: Comparison) -> list[str]:
    return [column.name for column in compared.columns]


def values(compared: Comparison, key: str) -> tuple[Any, ...]:
    return next(row.values for row in compared.rows if row.key == key)


@pytest.fixture
def trained(client: Client) -> Client:
    """Runs t1 to t5, of which t3 has failed, each with a version of `model`."""
    for i in range(1, 6):
        fit = Did(
            "fit",
            outputs=["model"],
            metadata={"loss": 1 / i, "m": {"acc": i / 10}},
            parameters={"lr": 10**-i, "data": {"seed": i}},
        )
        status = "failed" if i == 3 else "completed"
        record(client, f"t{i}", fit, Did("test", metadata={"loss": i}), status=status)
    return client


def test_runs_show_what_they_and_their_steps_logged_and_their_parameters(trained: Client):
    compared = trained.compare("run:t1", "run:t2")
    assert compared.kind == "run"
    assert names(compared) == ["t1", "t2"]
    assert [(row.key, row.group) for row in compared.rows] == [
        ("fit::loss", "metadata"),
        ("m.acc", "metadata"),
        ("test::loss", "metadata"),
        ("model.storage_size", "outputs"),
        ("fit.data.seed", "parameters"),
        ("fit.lr", "parameters"),
    ]
    assert values(compared, "fit::loss") == (1.0, 0.5)
    assert values(compared, "fit.lr") == (0.1, 0.01)
    column = compared.columns[0]
    run = trained.get_pipeline_run("t1")
    assert (column.id, column.created, column.duration_s) == (
        run.id_text,
        run.kept("started"),
        run.duration_s,
    )
    assert (column.status, column.pipeline, column.size_bytes) == ("completed", "training", None)


def test_values_are_plain_as_they_are_stored(trained: Client):
    compared = trained.compare("run:t1", "run:t2")
    kinds = {type(value) for row in compared.rows for value in row.values}
    assert kinds <= {int, float}


def test_versions_show_their_metadata_and_size(client: Client):
    make(client, "iris", metadata={"rows": 1}, tags=["raw"])
    made = make(client, "iris", metadata={"rows": 2})
    compared = client.compare("iris:1", made.id_text[:8], "iris@raw")
    assert compared.kind == "artifact_version"
    assert names(compared) == ["iris:1", "iris:2"]
    assert values(compared, "rows") == (1, 2)
    first = compared.columns[0]
    assert (first.artifact, first.version, first.type) == ("iris", "1", "DataArtifact")
    assert (first.file_count, first.tags, first.status) == (1, ("raw",), None)
    assert first.size_bytes == client.get_artifact_version("iris:1").size_bytes


def test_variables_of_a_run_file_are_parameters(client: Client):
    for i in (1, 2):
        record(client, f"r{i}", details={"vars": {"seed": i}})
    assert values(client.compare("run:r1", "run:r2"), "vars.seed") == (1, 2)


def test_numbers_of_what_runs_made_or_reused_are_compared_as_those_of_the_artifact(client: Client):
    said = {"acc": 0.5, "by": {"class": {"f1": 0.25, "name": "a"}}, "ok": True, "of": [1], "t": "x"}
    record(client, "r1", Did("fit", outputs=["model", "data"]))
    for name, metadata in (("model", said), ("data", {"rows": 7})):
        client.log_metadata(f"{name}:1", metadata)
    record(client, "r2", Did("fit", outputs=["model"]), Did("get", reused={"data": "data:1"}))
    client.log_metadata("model:2", {"acc": 0.75})
    compared = client.compare("run:r1", "run:r2")
    rows = {row.key: row.values for row in compared.rows if row.group == "outputs"}
    assert {key: values for key, values in rows.items() if "size" not in key} == {
        "data.rows": (7, 7),
        "model.acc": (0.5, 0.75),
        "model.by.class.f1": (0.25, None),
    }
    assert names(client.compare(pipeline="training", filters=["model.acc=gt:0.6"])) == ["r2"]
    assert names(client.compare(pipeline="training", sort_by=["desc:model.acc"])) == ["r2", "r1"]
    client.delete_artifact_version("model", "2", force=True)
    assert values(client.compare("run:r1", "run:r2"), "model.acc") == (0.5, None)


def test_of_several_versions_that_a_run_made_of_one_artifact_the_newest_counts(client: Client):
    for name in ("r1", "r2"):
        record(client, name, Did("a", outputs=["model"]), Did("b", outputs=["model"]))
    for number in (1, 2, 3):
        client.log_metadata(f"model:{number}", {"acc": number, f"only_{number}": number})
    rows = {row.key: row.values for row in client.compare("run:r1", "run:r2").rows}
    assert (rows["model.acc"], rows["model.only_2"]) == ((2, None), (2, None))
    assert "model.only_1" not in rows


def test_of_a_series_the_last_values_are_compared(client: Client):
    for i in (1, 2):
        points = {"loss": 1 / i, "series": {"loss": [1, 1 / i]}}
        record(client, f"r{i}", Did("a", metadata=points), Did("b", metadata=points))
    record(client, "r3", Did("a", metadata={"series": 3, "b": {"series": {"loss": [1]}}}))
    compared = client.compare("run:r1", "run:r2", "run:r3")
    assert [row.key for row in compared.rows] == ["a::loss", "b.series.loss", "b::loss", "series"]


def test_runs_of_one_name_are_told_apart_by_their_ids(client: Client):
    made = [record(client, "same", Did()) for _ in range(2)]
    compared = client.compare(pipeline="training")
    assert names(compared) == [f"same ({run.id_text[:8]})" for run in made]
    other = record(client, f"same ({made[0].id_text[:8]})")
    compared = client.compare(pipeline="training")
    assert names(compared) == [
        f"same ({made[0].id_text[:8]}) ({made[0].id_text})",
        f"same ({made[1].id_text[:8]})",
        f"same ({made[0].id_text[:8]}) ({other.id_text})",
    ]


def test_the_last_ones_come_oldest_first(trained: Client):
    assert names(trained.compare(pipeline="training", last=3)) == ["t3", "t4", "t5"]
    assert names(trained.compare(pipeline="training")) == ["t1", "t2", "t3", "t4", "t5"]
    assert names(trained.compare(artifact="model", last=2)) == ["model:4", "model:5"]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (["m.acc=gt:0.3"], ["t4", "t5"]),
        ({"m.acc": "gte:0.3", "status": "completed"}, ["t4", "t5"]),
        (["fit.lr=lt:0.001"], ["t4", "t5"]),
        (["fit.data.seed=oneof:1,5"], ["t1", "t5"]),
        (["duration=gte:0", "name=startswith:t", "m.acc=0.2"], ["t2"]),
        (["created=gte:1h", "m.acc=in:0.2,0.3"], ["t2", "t3"]),
        (["nothing=isnull:", "m.acc=isnotnull:"], ["t1", "t2", "t3", "t4", "t5"]),
    ],
)
def test_filters_choose_columns_by_keys_parameters_and_facts(trained: Client, filters, left):
    assert names(trained.compare(pipeline="training", filters=filters)) == left
    given = [f"run:t{i}" for i in range(1, 6)]
    assert names(trained.compare(*given, filters=filters)) == left


def test_the_last_that_hold_a_filter_are_the_last_of_those(trained: Client):
    found = trained.compare(pipeline="training", last=2, filters=["m.acc=lt:0.4"])
    assert names(found) == ["t2", "t3"]
    sizes = trained.compare(artifact="model", filters=["size=lt:10MB", "version=gt:3"])
    assert names(sizes) == ["model:4", "model:5"]


def test_a_baseline_is_one_of_them_or_comes_first(trained: Client):
    compared = trained.compare("run:t1", "run:t2", baseline="run:t2")
    assert (names(compared), compared.baseline) == (["t1", "t2"], 1)
    compared = trained.compare(pipeline="training", last=1, baseline="t1")
    assert (names(compared), compared.baseline) == (["t1", "t5"], 0)
    kept = trained.compare(pipeline="training", baseline="t1", filters=["m.acc=0.5"])
    assert names(kept) == ["t1", "t5"]


@pytest.mark.parametrize(
    ("references", "arguments", "error", "says"),
    [
        ((), {}, WrongUsageError, "nothing to compare"),
        (("run:t1",), {}, WrongUsageError, "alone"),
        (("run:t1", "run:t1"), {}, WrongUsageError, "alone"),
        (("run:t1", "model"), {}, WrongUsageError, "runs and versions"),
        (("model:1", "model:2"), {"baseline": "run:t1"}, WrongUsageError, "runs and versions"),
        (("run:t1", "run:t2"), {"last": 2}, WrongUsageError, "last"),
        (("run:t1", "run:t2"), {"pipeline": "training"}, WrongUsageError, "exclude each other"),
        ((), {"pipeline": "training", "artifact": "model"}, WrongUsageError, "exclude each other"),
        ((), {"pipeline": "training", "last": 1}, WrongUsageError, "only one of 5"),
        ((), {"pipeline": "training", "last": 0}, WrongUsageError, "selects nothing"),
        (("run:t1", "run:none"), {}, NotFoundError, "no run 'none'"),
        (("model:1", "model:9"), {}, NotFoundError, "no version '9'"),
        ((), {"pipeline": "none"}, NotFoundError, "none"),
        ((), {"artifact": "none"}, NotFoundError, "none"),
        (("run:t1", "run:t2"), {"filters": ["loss"]}, WrongUsageError, "no key and value"),
        (("run:t1", "run:t2"), {"filters": ["a=gt:[1]"]}, WrongUsageError, "numbers or texts"),
        (tuple(f"run:{i}" for i in range(101)), {}, InvalidInputError, "101 are too many"),
    ],
)
def test_what_cannot_be_compared_is_refused(trained: Client, references, arguments, error, says):
    with pytest.raises(error, match=says) as caught:
        trained.compare(*references, **arguments)
    assert caught.value.hint


def test_unknown_arguments_are_refused(client: Client):
    with pytest.raises(TypeError, match="unexpected keyword argument 'filter'"):
        client.compare("a", "b", filter=["x=1"])  # type: ignore[call-arg]


def test_a_bare_name_of_a_run_gets_a_hint(trained: Client):
    with pytest.raises(NotFoundError) as caught:
        trained.lineage("t1")
    assert caught.value.hint == "for the run of that name write run:t1"


def test_what_names_a_run_and_no_version_is_a_run(trained: Client):
    plain = trained.compare("run:t1", "run:t2").as_json()
    ids = [trained.get_pipeline_run(name).id_text for name in ("t1", "t2")]
    for references in (("t1", "t2"), ids, ("run:t1", "t2"), (ids[0][:12], "t2")):
        assert trained.compare(*references).as_json() == plain
    with pytest.raises(NotFoundError, match="'t9'"):
        trained.compare("t1", "t9")


def test_too_many_are_refused_unless_filters_leave_fewer(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    assert comparing.MOST == 100
    monkeypatch.setattr(comparing, "MOST", 20)
    for i in range(23):
        record(client, f"r{i}", metadata={"i": i})
    many = [f"run:r{i}" for i in range(23)]
    for arguments in ({}, {"filters": ["i=gt:1"]}):
        for references in (many, ()):
            chosen = {} if references else {"pipeline": "training"}
            with pytest.raises(InvalidInputError, match="at the most") as caught:
                client.compare(*references, **chosen, **arguments)
            assert "--filter" in caught.value.hint
    assert len(names(client.compare(*many, filters=["i=gt:2"]))) == 20
    assert len(names(client.compare(pipeline="training", last=20))) == 20
    with pytest.raises(InvalidInputError, match="21 are too many"):
        client.compare(pipeline="training", last=20, baseline="r0")
    with pytest.raises(InvalidInputError, match="22 are too many"):
        client.compare(pipeline="training", last=22)
    with pytest.raises(InvalidInputError, match="23 are too many"):
        client.compare(pipeline="training")


def test_the_last_value_of_a_series_is_compared_or_its_best_where_that_is_asked_for(client: Client):
    for name, losses in (("r1", [3, 1, 2]), ("r2", [5, 4, 0])):
        record(client, name)
        client.log_run_metadata(name, {"loss": losses}, step=[1, 2, 3])
    assert values(client.compare("run:r1", "run:r2"), "loss") == (2, 0)
    assert values(client.compare("run:r1", "run:r2", minimize=["lo*"]), "loss") == (1, 0)
    assert values(client.compare("run:r1", "run:r2", maximize=["loss"]), "loss") == (3, 5)
    curves = client.curves_of(client.compare("run:r1", "run:r2"))
    assert [points.values for points in curves["loss"]] == [(3, 1, 2), (5, 4, 0)]


def test_a_filter_by_a_key_that_nobody_has_is_a_mistake(trained: Client):
    with pytest.raises(WrongUsageError, match="cannot filter by") as caught:
        trained.compare(pipeline="training", filters=["m.ac=gt:0"])
    assert caught.value.hint == "did you mean 'm.acc'?"


def test_a_home_that_does_not_exist_has_nothing_to_compare(client: Client):
    for references in (("run:a", "run:b"), ("a", "b")):
        with pytest.raises(NotFoundError):
            client.compare(*references)
    assert not client.settings.home_path.exists()


def fill(client: Client, count: int) -> None:
    for i in range(count):
        metadata = {f"k{number}": i for number in range(i + 1)}
        record(client, f"r{i}", Did("fit", metadata=metadata, parameters={"p": i}))
        make(client, "iris", metadata=metadata)


@pytest.mark.parametrize("filters", [(), ["k0=gte:0"]])
def test_the_statements_are_a_few_however_many_columns_and_keys(client, monkeypatch, filters):
    seen: list[str] = []
    connect = sqlite3.connect

    def connected(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)
        connection.set_trace_callback(seen.append)
        return connection

    fill(client, 20)
    client.close()
    monkeypatch.setattr(sqlite3, "connect", connected)
    took = set()
    for count in (2, 20):
        runs = [f"run:r{i}" for i in range(count)]
        versions = [f"iris:{i + 1}" for i in range(count)]
        seen.clear()
        assert len(client.compare(*runs, filters=filters).columns) == count
        of_runs = selects(seen)
        assert len(client.compare(*versions, filters=filters).columns) == count
        took.add((of_runs, selects(seen)))
    assert took == {(8 + bool(filters), 4)}


NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, 1e300, 2**70, -(2**70)])
VALUES = (
    st.none() | st.booleans() | NUMBERS | st.sampled_from(["", "a", "A_%", "1", "null", [1], []])
)
OPERATORS = st.sampled_from(["", *(f"{operator}:" for operator in operators.OPERATORS)])
WORDS = st.sampled_from(["", "a", "A", "1", "1.0", '"1"', "true", "null", "-1,2", '["a",1]', "[1]"])


@pytest.fixture
def shelf(client: Client) -> tuple[Client, list[Any]]:
    """Versions of every kind of value under the key `x`, and these values."""
    kept = [None, True, False, 0, 1, -2, 0.5, 1e300, 2**70, "", "a", "A_%", "1", "null", [1], []]
    for value in kept:
        make(client, "iris", metadata={"x": value})
    make(client, "iris", metadata={"y": 1})
    return client, kept


def answer(ask: Any) -> Any:
    try:
        return ask()
    except ArtifactctlError as error:
        return type(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(operator=OPERATORS, word=WORDS)
def test_a_filter_holds_for_what_listings_find_with_it(shelf, operator, word):
    client, kept = shelf
    given_values = [*((True, value) for value in kept), (False, None)]
    found = answer(lambda: matching("x", operator + word, given_values, is_fact=False))

    def listed() -> list[bool]:
        page = client.list_artifact_versions(metadata={"x": operator + word}, size=0)
        numbers = {int(version.version) for version in page}
        return [i + 1 in numbers for i in range(len(given_values))]

    assert found == answer(listed)
