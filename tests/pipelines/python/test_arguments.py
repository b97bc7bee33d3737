"""What steps and pipelines are called with is of the annotated types, or refused by name."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, Field

from artifactctl import ExternalArtifact, pipeline, step
from artifactctl.client import Client
from artifactctl.errors import InvalidInputError, StepInterfaceError
from artifactctl.pipelines.python.coercion import coerced, read_as


class Config(BaseModel):
    rate: float


@dataclass
class Point:
    x: int


class Row(TypedDict):
    a: int


Half = Annotated[float, BeforeValidator(lambda value: value / 2)]


@step(enable_cache=False)
def give(value: object) -> Any:
    return value


def taken(annotation: Any, value: Any, how: str) -> Any:
    """What a step is called with that takes a value in one of three ways."""
    seen: list[Any] = []

    def take(x: Any) -> None:
        seen.append(x)

    take.__annotations__["x"] = annotation
    whole = step(enable_cache=False)(take)

    @pipeline(name="taking")
    def run() -> None:
        whole({"plain": lambda: value, "version": lambda: give(value)}[how]())

    run()
    return seen[0]


@pytest.mark.parametrize("how", ["plain", "version"])
def test_a_value_is_read_as_the_annotated_type(here: Client, how: str) -> None:
    assert taken(int, "3", how) == 3
    assert taken(Half, 8.0, how) == 4.0  # once


@pytest.mark.parametrize("how", ["plain", "version"])
def test_what_cannot_be_read_so_names_the_argument_and_the_step(here: Client, how: str) -> None:
    with pytest.raises(InvalidInputError, match=r"'x' of step 'take': .*it must be int"):
        taken(int, "many", how)


def test_a_value_from_outside_is_read_too(here: Client) -> None:
    @step
    def take(x: int) -> Annotated[int, "double"]:
        return x * 2

    @pipeline
    def run() -> None:
        take(ExternalArtifact("3"))

    assert run().steps["take"].output.load() == 6


READ: list[tuple[Any, Any, Any]] = [
    (int, "3", 3),
    (int | None, "3", 3),
    (int | None, None, None),
    (int | str, "3", "3"),
    (float, 1, 1.0),
    (bool, "yes", True),
    (list[int], ["1"], [1]),
    (tuple[int, int], ["1", 2], (1, 2)),
    (set[int], [1, 1], {1}),
    (dict[str, int], {"a": "1"}, {"a": 1}),
    (Path, "a/b", Path("a/b")),
    (date, "2024-01-02", date(2024, 1, 2)),
    (Config, {"rate": "0.5"}, Config(rate=0.5)),
    (Point, {"x": "1"}, Point(1)),
    (Row, {"a": 1}, {"a": 1}),
    (Any, "3", "3"),
]


@pytest.mark.parametrize(("annotation", "value", "expected"), READ)
def test_reading_is_pydantics(annotation: Any, value: Any, expected: Any) -> None:
    found = read_as(annotation, value)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, "many"),
        (int, 2.5),
        (str, 3),
        (Annotated[int, Field(gt=3)], 2),
        (Literal["a"], "b"),
        (Config, {}),
        (Row, [1]),
        (list[int], ["x"]),
        (Callable[[], int], 3),
    ],
)
def test_other_values_are_refused(annotation: Any, value: Any) -> None:
    with pytest.raises(InvalidInputError, match="it must be"):
        read_as(annotation, value)


def test_all_that_is_wrong_within_a_value_is_said() -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_as(dict[str, int], {"a": "x", "b": 1, "c": "y"})
    assert all(place in str(caught.value) for place in ("['a']: ", "; ['c']: "))
    with pytest.raises(InvalidInputError, match="; and 15 more; it must be"):
        read_as(list[int], ["x"] * 25)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (dict, OrderedDict(a=1)),
        (dict[str, Any], OrderedDict(a=1)),
        (int, True),
        (Config, Config(rate=1)),
        (Config | None, Config(rate=1)),
        (Point, Point(1)),
        ("Nowhere", object()),
        (object, object()),
    ],
)
def test_a_value_that_is_right_already_is_passed_as_it_is(annotation: Any, value: Any) -> None:
    assert read_as(annotation, value) is value


def test_what_can_be_walked_through_twice_still_can() -> None:
    found = read_as(Iterable[int], [1, 2])
    assert list(found) == list(found) == [1, 2]


def test_arrays_and_tables_are_no_lists() -> None:
    array = np.array([1.0, 2.0])
    assert read_as(dict[str, np.ndarray], {"a": array})["a"] is array
    assert type(read_as(int, np.int64(4))) is int
    for annotation in (np.ndarray, pd.DataFrame):
        with pytest.raises(InvalidInputError, match="it must be"):
            read_as(annotation, [1.0])


@given(st.dictionaries(st.sampled_from("abcd"), st.integers() | st.text()))
def test_all_wrong_arguments_are_said_and_right_ones_are_read(values: dict[str, Any]) -> None:
    def is_whole(value: object) -> bool:
        try:
            return int(str(value)) == int(str(value)) and "_" not in str(value)
        except ValueError:
            return False

    types = dict.fromkeys("abcd", int)
    wrong = [name for name, value in values.items() if not is_whole(value)]
    if not wrong:
        found = coerced("step 's'", types, values)
        assert found == {name: int(str(value)) for name, value in values.items()}
        return
    with pytest.raises(InvalidInputError) as caught:
        coerced("step 's'", types, values)
    assert all(f"parameter {name!r} of step 's': " in str(caught.value) for name in wrong)


def test_a_step_is_not_called_with_a_wrong_argument_and_none_of_the_others_runs(
    here: Client,
) -> None:
    @step
    def train(rate: float, depth: int, name: str = "x") -> None: ...

    @pipeline
    def run() -> None:
        give(1)
        train("fast", "deep", 3)

    with pytest.raises(InvalidInputError) as caught:
        run()
    text = str(caught.value)
    assert all(f"parameter {name!r} of step 'train'" in text for name in ("rate", "depth", "name"))
    assert here.list_pipeline_runs().total == 0


def test_a_pipelines_arguments_are_read_as_a_steps(here: Client) -> None:
    seen: list[Any] = []

    @pipeline
    def run(n: int, rate: float = 1) -> None:
        seen.append((n, rate))

    run("3")
    run("3", rate=2)
    assert seen == [(3, 1), (3, 2.0)]
    with pytest.raises(InvalidInputError, match="parameter 'n' of pipeline 'run'"):
        run("x")
    with pytest.raises(TypeError):
        run()  # type: ignore[call-arg]


def test_a_step_called_in_a_step_reads_its_arguments(here: Client) -> None:
    @step
    def double(n: int) -> int:
        return n * 2

    @step
    def outer() -> int:
        found: int = double("4")
        return found

    assert outer() == 8


def test_a_parameter_that_a_step_has_not_is_refused(here: Client) -> None:
    @step
    def one(a: int = 1) -> None: ...

    @pipeline
    def run() -> None:
        one.with_options(parameters={"b": 1})()

    with pytest.raises(StepInterfaceError, match="step 'one' has no parameter 'b'"):
        run()


def test_a_step_alone_takes_any_object_and_its_run_records_it_as_an_input(here: Client):
    @step
    def rows(table: pd.DataFrame, factor: int) -> int:
        return len(table) * factor

    assert rows(pd.DataFrame({"a": [1, 2]}), "3") == 6
    ran = here.get_pipeline("rows").last_run.steps["rows"]
    assert ran.inputs["table"][0].load().shape == (2, 1)
    assert list(ran.inputs) == ["table"]
