"""Plain values, which are neither objects nor versions, as JSON for records and cache keys."""

import dataclasses
import enum
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from artifactctl.errors import StepInterfaceError
from artifactctl.results.versions import ArtifactVersion

_AS_TEXT = (Path, UUID, datetime, date, time, timedelta)


def as_json(owner: str, value: object, of: Callable[[ArtifactVersion], object]) -> object:
    """A value as JSON; `of` gives the JSON of a version, `owner` names the value in errors.

    Raises `StepInterfaceError` for a value that can only be an input as a version.
    """

    def plain(value: object) -> object:
        if isinstance(value, ArtifactVersion):
            return of(value)
        if isinstance(value, enum.Enum):
            return plain(value.value)
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, str | int | bool | None):
            return value
        if isinstance(value, _AS_TEXT):
            return str(value)
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        if isinstance(value, set | frozenset):
            return sorted((plain(item) for item in value), key=repr)
        if isinstance(value, Mapping):
            return {str(key): plain(item) for key, item in value.items()}
        return plain(_fields_of(owner, value))

    return plain(value)


def _fields_of(owner: str, value: object) -> object:
    """The fields of a dataclass or of a pydantic model."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise StepInterfaceError(
        f"{owner} is a {type(value).__qualname__}, which is not a plain value",
        hint="give it as ExternalArtifact(value=…), or have a step make it",
    )
