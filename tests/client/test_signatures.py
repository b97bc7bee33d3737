"""What `help(Client.register)` shows: parameters by name, with types that can be imported."""

import inspect
import typing
from collections.abc import Callable
from typing import Any

import pytest
import sqlmodel

import artifactctl.client as package
from artifactctl.client import Client

METHODS = {
    name: getattr(Client, name)
    for name in dir(Client)
    if not name.startswith("_") and callable(getattr(Client, name))
}
FILTERED = {
    *("list_artifacts", "list_artifact_versions", "list_pipeline_runs"),
    *("list_pipelines", "list_run_steps", "list_tags"),
}


def test_every_name_of_the_package_can_be_imported() -> None:
    for name in package.__all__:
        assert getattr(package, name) is not None


@pytest.mark.parametrize("name", METHODS)
def test_a_method_names_its_parameters(name: str) -> None:
    """Only listings take any keyword: which filters there are, a table says."""
    kinds = {parameter.kind for parameter in inspect.signature(METHODS[name]).parameters.values()}
    assert (inspect.Parameter.VAR_KEYWORD in kinds) == (name in FILTERED)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_what_it_does(name: str) -> None:
    said = inspect.getdoc(METHODS[name]) or ""
    assert said.split("\n")[0].endswith((".", ":"))
    parameters = [p for p in inspect.signature(METHODS[name]).parameters if p != "self"]
    if "Args:" in said:
        told = [line.split(":")[0].strip() for line in said.split("Args:\n")[1].splitlines()]
        assert [word for word in told if word.isidentifier()] == parameters


@pytest.mark.parametrize("name", METHODS)
def test_every_class_that_a_signature_names_is_exported(name: str) -> None:
    method: Callable[..., Any] = METHODS[name]
    exported = {word: getattr(package, word) for word in package.__all__}
    exported["Session"] = sqlmodel.Session  # which its users import from there
    hints = typing.get_type_hints(method, vars(inspect.getmodule(method)), exported)
    classes = {found for hint in hints.values() for found in _classes(hint)}
    ours = {found.__name__ for found in classes if found.__module__.startswith("artifactctl.")}
    assert ours <= set(package.__all__)


def _classes(hint: Any) -> list[type]:
    arguments = [found for item in typing.get_args(hint) for found in _classes(item)]
    origin = typing.get_origin(hint) or hint
    return [*arguments, origin] if isinstance(origin, type) else arguments
