"""The columns of listings, and how a value looks in a table and in CSV.

The listings of runs, pipelines and tags are in `listings`, since most commands are about none.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from artifactctl import plain_text
from artifactctl.catalog.reading import fields as reading
from artifactctl.catalog.reading.fields import METADATA
from artifactctl.enums import ArtifactType
from artifactctl.json_text import JsonObject
from artifactctl.results.artifacts import Artifact
from artifactctl.results.pages import Listed
from artifactctl.results.versions import ArtifactVersion, series_of_versions

if TYPE_CHECKING:
    from artifactctl.results.series import Series

T = TypeVar("T", bound=Listed)

ALIASES = {"size": "size_bytes", "duration": "duration_s", "run_name": "name"}
# ZenML's columns that are empty here.
NOBODYS = ("user", "user_id", "project_id")
ARTIFACT_COLUMNS = ("id", "name", "latest_version_name", "version_count", "tags")
VERSION_COLUMNS = ("id", "artifact", "version", "type", "tags", "size_bytes", "created")
# The columns that show the fields by which a listing is sorted, where they have other names.
COLUMN_OF_FIELD = {"tag": "tags", "version_number": "version"}

_HEADERS = {
    "size_bytes": "SIZE",
    "frees_bytes": "FREES",
    "own_bytes": "OWN",
    "shared_bytes": "SHARED",
    "linked_bytes": "LINKED",
    "duration_s": "DURATION",
}
TIMES = ("created", "started", "ended", "updated", "mtime", "data_deleted")
_SHOWN: Mapping[str, Callable[[Any], str]] = {
    "size_bytes": plain_text.size,
    "frees_bytes": plain_text.size,
    **dict.fromkeys(("own_bytes", "shared_bytes", "linked_bytes"), plain_text.size),
    "duration_s": plain_text.duration,
    **dict.fromkeys(TIMES, plain_text.moment),
    "producer": lambda producer: f"{producer['run']}/{producer['step'] or ''}",
}


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A kind of listing: the noun, all its columns, and those shown by default.

    `on_request` are columns that are shown when they are named: those of ZenML that say again what
    others say, have no meaning here, or take a question for each item.
    `metadata` gives the metadata of an item, and is None where items have none; `instead` then says
    where it is. `series` gives the series of some items by key.
    """

    noun: str
    fields: reading.Listed
    all: tuple[str, ...]
    default: tuple[str, ...]
    identify: Callable[[T], str]
    read: Callable[[T, Sequence[str]], JsonObject]
    metadata: Callable[[T], Mapping[str, Any]] | None = None
    instead: str = ""
    series: Callable[[Sequence[T]], Sequence[Mapping[str, "Series"]]] | None = None
    on_request: tuple[str, ...] = ()


ARTIFACTS: Listing[Artifact] = Listing(
    "artifact",
    reading.ARTIFACTS,
    tuple(field.name for field in fields(Artifact)),
    ARTIFACT_COLUMNS,
    lambda artifact: str(artifact.name),
    Artifact.shown,
    instead="; 'artifact version list' has metadata",
    on_request=("latest_version_id", *NOBODYS),
)
VERSIONS: Listing[ArtifactVersion] = Listing(
    "artifact version",
    reading.VERSIONS,
    tuple(field.name for field in fields(ArtifactVersion)),
    VERSION_COLUMNS,
    lambda version: str(version.ref),
    ArtifactVersion.shown,
    lambda version: version.metadata,
    series=series_of_versions,
    on_request=(
        *("run_metadata", "content_hash", "save_type", "item_count", "artifact_store_id"),
        *("producer_step_run_id", "producer_pipeline_run_id", *NOBODYS),
    ),
)


def header(column: str) -> str:
    """A column's heading in a table; a metadata key is written as it is."""
    if column.startswith(METADATA):
        return plain_text.escape(column.removeprefix(METADATA))
    return _HEADERS.get(column, column.replace("_", " ").upper())


def brief_header(column: str) -> str:
    """A column's heading on a terminal."""
    return _BRIEF_HEADERS.get(column) or header(column)


def brief(column: str, value: object, now: datetime) -> str:
    """A value on a terminal: IDs as 8 digits, types short, times as ages, lists with blanks."""
    if isinstance(value, str) and column in _BRIEF:
        return plain_text.escape(_BRIEF[column](value, now))
    if column.endswith("_id") and isinstance(value, str):
        return plain_text.escape(value[:_DIGITS])
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return plain_text.escape(", ".join(value))
    return show(column, value)


def age(time: str, now: datetime) -> str:
    """How long ago a time was; its date when that is more than a week."""
    try:
        seconds = (now - datetime.fromisoformat(time)).total_seconds()
    except (ValueError, TypeError):  # a damaged row is shown, too
        return plain_text.moment(time)
    return plain_text.age(seconds) if 0 <= seconds < _WEEK_S else time[:10]


def _short_type(value: str, _now: datetime) -> str:
    return _SHORT_TYPES.get(value, value)


def _short_id(value: str, _now: datetime) -> str:
    return value[:_DIGITS]


def _short_digest(value: str, _now: datetime) -> str:
    return value.partition(":")[2][:_DIGITS] or value


_DIGITS = 8
_WEEK_S = 7 * 86_400
_SHORT_TYPES = {member.value: member.short for member in ArtifactType}
_BRIEF_HEADERS = {"latest_version_name": "LATEST", "version_count": "VERSIONS"}
_BRIEF: Mapping[str, Callable[[str, datetime], str]] = {
    "id": _short_id,
    "type": _short_type,
    "digest": _short_digest,
    **dict.fromkeys(TIMES, age),
}


def show(column: str, value: object) -> str:
    """A value as a table shows it: sizes and times are made readable."""
    if value is None or value == () or value == {}:
        return ""
    if column in _SHOWN:
        return plain_text.escape(_SHOWN[column](value))
    return cell(value)


def cell(value: object) -> str:
    """A value in one cell of CSV or TSV: nothing for None, lists joined by commas."""
    if value is None:
        return ""
    if isinstance(value, str):
        return plain_text.escape(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return plain_text.escape(",".join(value))
    if isinstance(value, int | float):
        return str(value)
    return plain_text.escape(json.dumps(value, ensure_ascii=False, default=list))
