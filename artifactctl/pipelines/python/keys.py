"""The cache key of a step that is a Python function."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from artifactctl.digests import digest_of
from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.json_text import canonical_json
from artifactctl.pipelines.code.digest import code_digest
from artifactctl.pipelines.code.project import is_project
from artifactctl.pipelines.engine.outputs import Expected
from artifactctl.pipelines.python.importing import imported_object
from artifactctl.pipelines.python.inputs import described, versions_in
from artifactctl.pipelines.python.plan import PlannedStep
from artifactctl.pipelines.step_options import CachePolicy
from artifactctl.results.versions import ArtifactVersion

FORMAT = 2
"""Part of every key; to be raised when the parts of a key change."""


def cache_key(step: PlannedStep, arguments: Mapping[str, object]) -> str:
    """The cache key of a step, from the parts that its cache policy includes.

    Inputs count by content, so that two versions with the same content are the same input. Names
    count with their placeholders, without the time that fills them. Raises `NotFoundError` and
    `InvalidInputError` for dependencies of the policy that do not exist or cannot be used.
    """
    policy, function = step.cache_policy, step.invocation.step.entrypoint
    parts = {
        "format": FORMAT,
        "code": code_digest(function) if policy.include_step_code else _name_of(function),
        "inputs": _inputs(step.name, arguments, policy),
        "outputs": [_output(output) for output in step.expected],
        **_dependencies(step, policy),
    }
    return digest_of(canonical_json(parts))


def _inputs(step: str, arguments: Mapping[str, object], policy: CachePolicy) -> object:
    ignored = set(policy.ignored_inputs or ())
    if not policy.include_step_parameters:
        ignored |= arguments.keys() - {name for name, _ in versions_in(arguments)}
    counted = {name: value for name, value in arguments.items() if name not in ignored}
    return described(step, counted, lambda version: _content(version, policy))


def _content(version: ArtifactVersion, policy: CachePolicy) -> object:
    if policy.include_artifact_values and (version.digest or version.source_checksum):
        content = version.digest or version.source_checksum
    elif policy.include_artifact_ids:
        content = version.id_text
    else:
        return None
    place = version.url if version.linked else None  # a linked version is loaded as its path
    return {"content": content, "as": [version.materializer, version.data_type], "place": place}


def _output(output: Expected) -> object:
    """The part of the key for an output, with the project code of its materializer."""
    return output.as_json(list(_materializers(output.materializer)) or None)


def _materializers(given: object) -> Iterator[str]:
    if isinstance(given, type):
        yield code_digest(given)
    elif isinstance(given, Mapping):
        for one in given.values():
            yield from _materializers(one)
    elif isinstance(given, list | tuple):
        for one in given:
            yield from _materializers(one)
    elif given is not None:
        yield str(given)


def _name_of(function: Any) -> str:
    """The file and qualified name of a function, the same for a script and an imported module."""
    file = os.path.basename(function.__code__.co_filename)
    return f"{file}:{function.__qualname__}"


def _dependencies(step: PlannedStep, policy: CachePolicy) -> dict[str, Any]:
    """The further dependencies that the policy names; unset ones have no part in the key."""
    owner, found = f"step {step.name!r}", dict[str, Any]()
    if policy.file_dependencies:
        function = step.invocation.step.entrypoint
        found["files"] = {
            str(path): _file_digest(owner, str(path), function) for path in policy.file_dependencies
        }
    if policy.source_dependencies:
        found["sources"] = [
            code_digest(imported_object(owner, "source_dependencies", one))
            for one in policy.source_dependencies
        ]
    if policy.cache_func is not None:
        function = imported_object(owner, "cache_func", policy.cache_func)
        found["function"] = _text_of(owner, function)
    return found


def _text_of(owner: str, function: Callable[[], object]) -> str:
    try:
        text = function()
    except Exception as error:
        reason = f"{type(error).__qualname__}: {error}"
        raise InvalidInputError(f"cache_func of {owner} failed: {reason}") from error
    if not isinstance(text, str):
        raise InvalidInputError(
            f"cache_func of {owner} gives a {type(text).__qualname__}", hint="return a text"
        )
    return text


def _file_digest(owner: str, path: str, function: object) -> str:
    """The digest of a file.

    It is searched for beside the script, in the working directory and beside the step's file.
    """
    folders = list(_folders(function))
    for folder in folders:
        place = os.path.join(folder, path)
        if os.path.isfile(place):
            with open(place, "rb") as file:
                return digest_of(file.read())
    raise NotFoundError(
        f"file {path!r}, on which {owner} depends, is not a file in {' or '.join(folders)}",
        hint="file_dependencies are paths of files, relative to the script or absolute",
    )


def _folders(function: Any) -> Iterator[str]:
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    own = function.__code__.co_filename
    found = [os.path.dirname(os.path.abspath(script))] if script and _is_script(script) else []
    found.append(os.getcwd())
    if os.path.isfile(own):
        found.append(os.path.dirname(os.path.abspath(own)))
    yield from dict.fromkeys(found)


def _is_script(path: str) -> bool:
    return path.endswith(".py") and is_project("__main__", path)
