"""What a step is called with: versions that are loaded when it runs, and plain values."""

import dataclasses
import enum
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from artifactctl.client.lazy import Lazy, LazyData
from artifactctl.client.linked import StepVersions
from artifactctl.client.results import ArtifactVersion
from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.pipelines.composing import Invocation, StepArtifact
from artifactctl.pipelines.external import ExternalArtifact

if TYPE_CHECKING:
    from artifactctl.client import Client

_AS_TEXT = (Path, UUID, datetime, date, time, timedelta)


@dataclass(frozen=True)
class Given:
    """A value that came from outside, and the version that keeps it."""

    value: Any
    version: ArtifactVersion


@dataclass(frozen=True)
class Vouched:
    """A version that somebody vouches for: loading it may run code that it brings."""

    version: ArtifactVersion


Published = Mapping[str, Mapping[str, ArtifactVersion]]
"""The versions that steps made so far: by step, then by output."""


def arguments_of(invocation: Invocation, configured: Mapping[str, Any]) -> dict[str, Any]:
    """What a call gives its step: its arguments before what is configured, defaults last.

    Raises `WrongUsageError` for an input that nothing gives, `InvalidInputError` for a value that
    can only be an input as a version.
    """
    signature = invocation.step.signature
    name_of_step = f"step {invocation.id!r}"
    found = {**coerced(name_of_step, signature.types, configured), **invocation.arguments}
    for name, parameter in signature.parameters.items():
        if name in found or parameter.kind is parameter.VAR_KEYWORD:
            continue
        if parameter.default is parameter.empty:
            raise WrongUsageError(
                f"step {invocation.id!r} gets no {name!r}",
                hint="pass it in the pipeline, or set it under 'parameters'",
            )
        found[name] = parameter.default
    _check_plain(invocation.id, found)
    return found


def resolve(
    arguments: Mapping[str, Any],
    published: Published,
    client: "Client",
    keep: Callable[[str, ExternalArtifact], ArtifactVersion],
) -> dict[str, Any]:
    """The same arguments with versions in place of handles, lazy look-ups and external values."""

    def known(name: str, leaf: Any) -> Any:
        if isinstance(leaf, StepArtifact):
            return published[leaf.invocation_id][leaf.output_name]
        if isinstance(leaf, LazyData) and leaf.allow_pickle:
            return Vouched(leaf.resolve(client))
        if isinstance(leaf, Lazy):
            return leaf.resolve(client)
        if isinstance(leaf, StepVersions):  # of an earlier run
            return leaf[-1]
        if isinstance(leaf, ExternalArtifact):
            return Given(leaf.value, keep(name, leaf))
        return leaf

    return {name: _map(value, partial(known, name)) for name, value in arguments.items()}


def versions_in(arguments: Mapping[str, Any]) -> list[tuple[str, ArtifactVersion]]:
    """The versions that the arguments are made from, with the names of the inputs."""
    return [(name, version) for name, value in arguments.items() for version in _versions(value)]


def load_all(
    arguments: Mapping[str, Any], load: Callable[[str, ArtifactVersion, bool], Any]
) -> dict[str, Any]:
    """The values to call a step's function with; `load` is told whether code may run."""

    def value_of(name: str, leaf: Any) -> Any:
        if isinstance(leaf, Given):
            return leaf.value
        if isinstance(leaf, Vouched):
            return load(name, leaf.version, True)
        return load(name, leaf, False) if isinstance(leaf, ArtifactVersion) else leaf

    return {name: _map(value, partial(value_of, name)) for name, value in arguments.items()}


def described(step: str, arguments: Mapping[str, Any], of: Callable[[ArtifactVersion], Any]) -> Any:
    """The arguments as JSON; `of` says what stands for a version.

    Raises `InvalidInputError` for a value that can only be an input as a version.
    """
    return {name: _plain(step, name, value, of) for name, value in arguments.items()}


def _check_plain(step: str, arguments: Mapping[str, Any]) -> None:
    later = StepArtifact | Lazy | ExternalArtifact | StepVersions
    known = {
        name: _map(value, lambda leaf: None if isinstance(leaf, later) else leaf)
        for name, value in arguments.items()
    }
    described(step, known, lambda version: version.id)


def _map(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same lists, tuples and dicts with their leaves changed."""
    if type(value) is list:
        return [_map(item, change) for item in value]
    if type(value) is tuple:
        return tuple(_map(item, change) for item in value)
    if type(value) is dict:
        return {key: _map(item, change) for key, item in value.items()}
    return change(value)


def _versions(value: Any) -> Iterator[ArtifactVersion]:
    if isinstance(value, Given | Vouched):
        yield value.version
    elif isinstance(value, ArtifactVersion):
        yield value
    elif type(value) in (list, tuple, dict):
        for item in value.values() if type(value) is dict else value:
            yield from _versions(item)


def _plain(step: str, name: str, value: Any, of: Callable[[ArtifactVersion], Any]) -> Any:
    if isinstance(value, Given | Vouched | ArtifactVersion):
        return of(value if isinstance(value, ArtifactVersion) else value.version)
    if isinstance(value, enum.Enum):
        return _plain(step, name, value.value, of)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str | int | bool | None):
        return value
    if isinstance(value, _AS_TEXT):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(step, name, item, of) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(step, name, item, of) for item in value), key=repr)
    if isinstance(value, Mapping):
        return {str(key): _plain(step, name, item, of) for key, item in value.items()}
    return _model(step, name, value, of)


def _model(step: str, name: str, value: Any, of: Callable[[ArtifactVersion], Any]) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return _plain(step, name, fields, of)
    if hasattr(value, "model_dump"):
        return _plain(step, name, value.model_dump(mode="json"), of)
    raise InvalidInputError(
        f"input {name!r} of step {step!r} is a {type(value).__qualname__}, which is no plain value",
        hint="give it as ExternalArtifact(value=…), or have a step make it",
    )


def coerced(owner: str, types: Mapping[str, Any], configured: Mapping[str, Any]) -> dict[str, Any]:
    """Configured parameters as the types that a step or pipeline says they have."""
    found = {}
    for name, value in configured.items():
        try:
            found[name] = read_as(types.get(name, Any), value)
        except InvalidInputError as error:
            problem = f"parameter {name!r} of {owner}: {error.message}"
            raise InvalidInputError(problem, hint=error.hint) from None
    return found


def read_as(annotation: Any, value: Any) -> Any:
    """A configured value as the type that an annotation names, or `InvalidInputError`."""
    # pydantic is wanted only where something is configured.
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError  # noqa: PLC0415

    try:
        config = ConfigDict(arbitrary_types_allowed=True)
        adapter: TypeAdapter[Any] = _adapter(TypeAdapter, annotation, config, PydanticUserError)
        return adapter.validate_python(value)
    except ValidationError as error:
        raise InvalidInputError(
            error.errors()[0]["msg"], hint=f"it is to be {inspect.formatannotation(annotation)}"
        ) from None


def _adapter(adapter: Any, annotation: Any, config: Any, refused: type[Exception]) -> Any:
    try:
        return adapter(annotation, config=config)
    except refused:  # a model says itself how it is read
        return adapter(annotation)


def class_of(annotation: Any) -> type | None:
    """The class that an input is said to be of; protocols and the like are none to be made."""
    is_class = isinstance(annotation, type) and annotation is not Any
    return annotation if is_class and not getattr(annotation, "_is_protocol", False) else None
