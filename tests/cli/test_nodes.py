"""Values of options and arguments, which Typer converts only when they need it."""

from enum import Enum
from typing import Any

import pytest
import typer

from artifactctl.cli.summaries import SUMMARIES
from tests.command_tree import leaves

TEXTS = ["", "x", "a b", "-1", "1", "0", "007", "1.0", "1e3", " 7 ", "+7", "true"]
NUMBERS = ["70000", "1" * 12, "1" * 5000, "\u0663", "\uff19", "1_000"]
VALUES: dict[Any, list[Any]] = {
    str: TEXTS,
    list[str]: [[], (), ["x"], ("x", "-y", ""), ["1", "true"]],
    bool: [True, False],
    int: [*TEXTS, *NUMBERS, 0, 1, 20, -1],
}


def values_of(item: Any) -> list[Any]:
    kind = item.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        words = [member.value for member in kind]
        return [None, *kind, *words, *(word.upper() for word in words), *TEXTS]
    return [None, *VALUES.get(kind, [])]


def result_of(process: Any, *given: Any) -> tuple[type, Any]:
    try:
        made = process(*given)
    except typer.TyperException as error:
        return type(error), str(error)
    return type(made), made


COMMANDS = {" ".join(words): node for words, node in leaves()}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_plain_value_becomes_what_typer_would_make_of_it(name):
    node = COMMANDS[name]
    context = typer.Context(node, info_name=name)
    checked = 0
    for item in node.get_params(context):
        if item.name != "help":
            for value in values_of(item):
                ours = result_of(item.process_value, context, value)
                assert ours == result_of(type(item).process_value, item, context, value), value
                checked += 1
    assert checked


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_group_says_of_a_command_is_the_beginning_of_its_docstring(name):
    callback, text = COMMANDS[name].callback, COMMANDS[name].help
    place = f"{callback.__module__.rpartition('.')[2]}:{callback.__name__}"
    written = "run 'cog -r artifactctl/cli/summaries.py'"
    assert SUMMARIES.get(place) == " ".join(text.split("\n\n")[0].split()), written


def test_nothing_is_said_of_commands_that_are_not_there():
    places = {
        f"{node.callback.__module__.rpartition('.')[2]}:{node.callback.__name__}"
        for node in COMMANDS.values()
    }
    assert set(SUMMARIES) == places
