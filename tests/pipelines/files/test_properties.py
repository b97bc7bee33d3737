"""What holds for every file of a run."""

import contextlib
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from artifactctl.client import Client
from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.pipelines.commands.checks import check_plan
from artifactctl.pipelines.commands.keys import FileDigests
from artifactctl.pipelines.commands.plan import make_command_plan
from artifactctl.pipelines.files import (
    RunConfig,
    json_schema,
    read_run_file,
    run_config_of,
    survey_run_file,
)
from artifactctl.pipelines.files.keys import OUTPUT, RUN, STEP
from artifactctl.pipelines.files.shapes import ListOf, MapOf, OneOf, Shape, Value, Word
from artifactctl.pipelines.files.words import is_function
from tests.pipelines.files.configs import CONFIGS, JSON, dumped, escaped, mapping_of

SCHEMA = Draft202012Validator(json_schema())
KEYS = sorted(
    {
        word
        for record in (RUN, STEP, OUTPUT)
        for key in record.keys
        for word in (key.name, *key.also)
    }
)
WORDS = ("1", "1.10", "no", "a:1", "m:f", "10m", "{x}", "data", "model", "~", "")
USES = ("${a}", "${env:A}", "${", "$${x}", "${b} ${a}", "<<", "2024-01-01", ".nan", "0123", "\0")
SYNTAX = (": ", "- ", "\n", "  ", "\n  ", "[", "]", "{", "}", ",", "? ", "'", '"', "|", "#", "&x ")

OBJECTS = st.sampled_from([object(), int, Path("x"), {1}, b"x", 1.5, True, None, float("nan"), "a"])


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)


def details_of(function: Callable[..., RunConfig], *words: Any, **options: Any) -> tuple[str, ...]:
    """The mistakes that are found, if any; any other end is a failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            function(*words, **options)
        except InvalidInputError as error:
            return error.details
    return ()


def read(text: str, **options: Any) -> RunConfig:
    with TemporaryDirectory() as folder:
        path = Path(folder, "run.yaml")
        path.write_text(text, encoding="utf-8")
        return read_run_file(path, **options)


def documents(shape: Shape) -> st.SearchStrategy[Any]:
    """Documents as the description has them, with words that are right and words that are not."""
    match shape:
        case Word(type="string"):
            return st.sampled_from(["a", "b1", "x_{date}", "${b}", "${env:A}", 1, False, *WORDS])
        case Word(type="boolean"):
            return st.sampled_from([True, "no", "${b}"])
        case Word():
            return st.sampled_from([0, 1, 7, "10", "${b}"])
        case Value():
            return JSON | st.just("${b} $${c}")
        case ListOf():
            return st.lists(documents(shape.item), max_size=2)
        case MapOf():
            keys = st.sampled_from(["a", "b", "c::d"])
            return st.dictionaries(keys, documents(shape.item), max_size=2)
        case OneOf():
            ways = [way for way in (shape.word, shape.list, shape.mapping) if way]
            return st.one_of([documents(way) for way in ways])
    known = {word: documents(key.shape) for key in shape.keys for word in (key.name, *key.also)}
    chosen = st.lists(st.sampled_from(sorted(known)), max_size=3, unique=True)
    return chosen.flatmap(
        lambda words: st.fixed_dictionaries({word: known[word] for word in words})
    )


@given(CONFIGS)
def test_what_is_written_out_is_read_back(config: RunConfig):
    said = mapping_of(config)
    assert run_config_of(said, "here") == config
    assert replace(read(dumped(escaped(said))), path=None) == config
    if config.steps or is_function(config.pipeline):
        SCHEMA.validate(escaped(said))


@given(documents(RUN) | JSON)
def test_any_document_is_a_configuration_or_a_list_of_mistakes(value: object):
    text = dumped(value)
    refused = details_of(read, text, environ={"A": "hush"}, overrides={"b": "2"})
    assert not any("\n" in line or "hush" in line for line in refused)


def planned(text: str) -> RunConfig:
    """What `artifactctl run` does before anything runs, in an empty home."""
    with TemporaryDirectory() as folder, contextlib.closing(Client(Path(folder, "home"))) as client:
        path = Path(folder, "run.yaml")
        path.write_text(text, encoding="utf-8")
        config = survey_run_file(path, environ={"A": "hush"}, overrides={"b": "2"})
        plan = make_command_plan(config, Path(folder), datetime.now(UTC))
        check_plan(client, plan, FileDigests())
        return config


@given(documents(RUN))
def test_whatever_a_file_of_commands_says_is_planned_or_refused(value: object):
    try:
        assert not planned(dumped(value)).report.mistakes
    except (InvalidInputError, NotFoundError) as error:
        refused = error.details
    else:
        return
    assert refused
    assert not any("\n" in line or "hush" in line for line in refused)


@given(st.lists(st.sampled_from([*SYNTAX, *USES, *WORDS, *KEYS]), max_size=30).map("".join))
def test_any_text_is_a_configuration_or_a_list_of_mistakes(text: str):
    details_of(read, text)


@given(nested(st.recursive(OBJECTS, nested)))
def test_any_mapping_given_in_python_is_a_configuration_or_a_list_of_mistakes(value: Any):
    step = {"outputs": value, "parameters": {"a": value}, 1: 2}
    for mapping in (value, {"steps": {"a": value}}, {"steps": {"a": step}}):
        details_of(run_config_of, mapping, "here")


@given(st.lists(st.integers(1, 3), min_size=1, max_size=9), st.data())
def test_each_mistake_is_shown_where_it_stands(shape: list[int], data: st.DataObject):
    lines = ["pipeline: p", "steps:"]
    for number, outputs in enumerate(shape):
        lines += [f"  é{number}:", "    # ü", "    enable_cache: no", "    outputs:"]
        lines += [f"      o{key}: {{tags: [a, ö], zz{number}: 1}}" for key in range(outputs)]
    if data.draw(st.booleans()):
        lines = [line.replace("zz", "version: x, zz") for line in lines]
    details = details_of(read, "\n".join(lines))
    places = [(at + 1, line.index("zz") + 1) for at, line in enumerate(lines) if "zz" in line]
    shown = [tuple(map(int, line.split(":")[1:3])) for line in details]
    assert shown == places
