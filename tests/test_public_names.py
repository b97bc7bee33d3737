"""What `import artifactctl` offers, and that it costs next to nothing."""

import inspect
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import pytest

import artifactctl
from artifactctl import client as clients
from artifactctl import errors


def test_all_names_are_importable_and_nothing_else_is_listed():
    assert sorted(artifactctl.__all__) == dir(artifactctl)
    for name in artifactctl.__all__:
        assert getattr(artifactctl, name) is not None


def test_a_star_import_gives_exactly_all_names():
    names: dict[str, object] = {}
    exec("from artifactctl import *", names)
    assert set(names) - {"__builtins__"} == set(artifactctl.__all__)


def test_the_lazy_names_are_those_of_their_modules():
    from artifactctl.client import Client
    from artifactctl.enums import ArtifactType
    from artifactctl.tags import Tag

    assert artifactctl.Client is Client
    assert artifactctl.ArtifactType is ArtifactType
    assert artifactctl.Tag is Tag
    assert artifactctl.ArtifactctlError is errors.ArtifactctlError


def test_an_unknown_name_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="no attribute 'Clinet'"):
        artifactctl.Clinet  # noqa: B018


def test_importing_the_package_loads_nothing_of_it():
    script = (
        "import artifactctl, sys;"
        "heavy = {'sqlmodel', 'sqlalchemy', 'pydantic', 'rich', 'typer', 'yaml', 'fsspec'};"
        "own = {name for name in sys.modules if name.startswith('artifactctl.')};"
        "print(sorted(heavy & set(sys.modules)), sorted(own))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[0] == "[] ['artifactctl._version']"


def test_every_error_is_one_of_ours_with_its_own_kind_and_code():
    leaves = errors.ArtifactctlError.__subclasses__()
    codes = {leaf.exit_code: leaf.kind for leaf in leaves}
    assert len(codes) == len(leaves) == len(set(codes.values()))
    assert codes == {
        2: "usage",
        3: "not_found",
        4: "conflict",
        5: "invalid",
        6: "catalog",
        7: "io",
        8: "integrity",
        9: "busy",
        10: "remote_unavailable",
        11: "not_authorised",
        12: "unsafe",
        13: "step_failed",
    }
    assert errors.ArtifactctlError.exit_code == 70
    for leaf in leaves:
        for special in leaf.__subclasses__():
            assert (special.kind, special.exit_code) == (leaf.kind, leaf.exit_code)


def types_in(hint: Any) -> Iterator[type]:
    """The classes of this package that a type hint names."""
    for part in get_args(hint):
        yield from types_in(part)
    kind = get_origin(hint) or hint
    if isinstance(kind, type) and kind.__module__.startswith("artifactctl."):
        yield kind


def test_every_class_that_a_signature_names_is_exported():
    exported = {name: getattr(clients, name) for name in clients.__all__}
    known = {*exported.values(), *(getattr(artifactctl, name) for name in artifactctl.__all__)}
    # `of` is for use inside; enums have a public module of their own.
    private = {"of", "catalog", "store", "session", "to_pandas"}
    ours = [kind for kind in exported.values() if isinstance(kind, type)]
    for kind in ours:
        if not kind.__module__.startswith(("artifactctl.client", "artifactctl.results")):
            continue
        for name in {name for name in dir(kind) if not name.startswith("_")} - private:
            member = inspect.getattr_static(kind, name)
            function = getattr(member, "fget", None) or getattr(member, "__func__", member)
            if not inspect.isfunction(function):
                continue
            hints = get_type_hints(function, {**exported, **function.__globals__})
            named = {part for hint in hints.values() for part in types_in(hint)}
            named -= {part for part in named if part.__module__ == "artifactctl.enums"}
            assert named <= known, f"{kind.__name__}.{name}"
