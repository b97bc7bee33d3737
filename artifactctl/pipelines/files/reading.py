"""Makes the model of a run file, or of a mapping given in Python: parses, fills in, checks."""

import os
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import cast

from artifactctl.errors import InvalidInputError, PathNotFoundError
from artifactctl.pipelines.files.checking import check
from artifactctl.pipelines.files.keys import RUN
from artifactctl.pipelines.files.model import RunConfig
from artifactctl.pipelines.files.relations import check_relations
from artifactctl.pipelines.files.report import Report
from artifactctl.pipelines.files.tree import Node, Pairs, Scalar, parse_tree, tree_of
from artifactctl.pipelines.files.variables import fill_in
from artifactctl.pipelines.files.words import is_function
from artifactctl.yaml_text import MAX_BYTES

_NONE: Mapping[str, str] = MappingProxyType({})


def read_run_file(
    path: Path,
    *,
    overrides: Mapping[str, str] = _NONE,
    environ: Mapping[str, str] = os.environ,
    for_python: bool = False,
) -> RunConfig:
    """Read a run file, fill in its variables and check everything in it.

    `overrides` win over the file's `vars`. ZenML's keys that have no effect cause warnings. With
    `for_python`, `${NAME}` may be a variable of the environment, as in ZenML.

    Raises `PathNotFoundError` when there is no such file, and `InvalidInputError` with a line in
    `details` for every mistake: `run.yaml:12:5: steps.train.outputs.x: unknown key 'vesion'; …`.
    """
    return _sound(
        survey_run_file(path, overrides=overrides, environ=environ, for_python=for_python)
    )


def survey_run_file(
    path: Path,
    *,
    overrides: Mapping[str, str] = _NONE,
    environ: Mapping[str, str] = os.environ,
    for_python: bool = False,
) -> RunConfig:
    """Read a run file for callers that add to the mistakes, which are in its `report`.

    The model lacks the wrong parts. Raises `PathNotFoundError` when there is no such file, and
    `InvalidInputError` when none of it can be read.
    """
    report = Report(str(path))
    tree = parse_tree(_read(path, report), report)
    if tree is None:
        report.raise_mistakes()
        tree = tree_of({})
    as_zenml = for_python or _names_function(tree)
    filled = fill_in(tree, overrides, environ, report, as_zenml=as_zenml)
    config = _config_of(filled, report)
    return replace(config, path=path, secrets=frozenset(report.secrets))


def _names_function(tree: Node) -> bool:
    """Whether the text of the pipeline, if it has no variables, names a Python function."""
    pairs = tree.pairs if isinstance(tree, Pairs) else ()
    named = next(
        (value for key, value in pairs if isinstance(key, Scalar) and key.text == "pipeline"), None
    )
    return isinstance(named, Scalar) and "${" not in named.text and is_function(named.text)


def run_config_of(mapping: Mapping[str, object], where: str) -> RunConfig:
    """The model of a mapping given in Python; `where` is its name in errors.

    `${name}` in texts is not filled in. Materializers may be classes, an output's `artifact_config`
    an object; parameters stay the same objects.
    """
    return _sound(_config_of(tree_of(mapping), Report(where)))


def _sound(config: RunConfig) -> RunConfig:
    config.report.raise_mistakes()
    for note in config.notes:
        warnings.warn(note, stacklevel=5)
    return config


def _read(path: Path, report: Report) -> str:
    try:
        with path.open("rb") as file:
            # Not by asking for the size: a device such as /dev/zero has none.
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise PathNotFoundError(f"file {str(path)!r} does not exist") from None
    except (IsADirectoryError, ValueError):
        raise InvalidInputError(f"{str(path)!r} is not a file", hint="name a YAML file") from None
    if len(content) > MAX_BYTES:
        report.add(None, (), "larger than 1 MiB")
        report.raise_mistakes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        report.add(None, (), "is not UTF-8 text")
        report.raise_mistakes()
        raise


def _config_of(tree: Node, report: Report) -> RunConfig:
    config = cast("RunConfig | None", check(tree, RUN, (), report)) or RunConfig()
    check_relations(config, report)
    places = {keys: report.position(place) for keys, place in report.places.items() if place}
    return replace(config, places=places, notes=report.notes(), report=report)
