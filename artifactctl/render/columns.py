"""The columns of listings, and how a value looks in a table and in CSV."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar
from uuid import UUID

from artifactctl import plain_text
from artifactctl.errors import WrongUsageError
from artifactctl.json_text import JsonObject
from artifactctl.results.artifacts import Artifact
from artifactctl.results.pages import Listed
from artifactctl.results.recorded import ArtifactVersion, PipelineRun

T = TypeVar("T", bound=Listed)

ALIASES = {"size": "size_bytes", "duration": "duration_s", "run_name": "name"}
# ZenML's columns that are empty here.
NOBODYS = ("user", "user_id", "project_id")
ARTIFACT_COLUMNS = ("id", "name", "latest_version_name", "version_count", "tags")
VERSION_COLUMNS = ("id", "artifact", "version", "type", "tags", "size_bytes", "created")
RUN_COLUMNS = ("id", "name", "pipeline", "status", "tags", "started", "duration_s")
# Columns that are useless when they are cut: names, numbers, and the reasons in a plan.
NEVER_CUT = {
    *("id", "name", "artifact", "version", "latest_version_name", "path", "key"),
    *("size_bytes", "frees_bytes", "action", "reason"),
    *("step", "status", "duration_s", "inputs", "outputs", "from", "to"),
}

_HEADERS = {"size_bytes": "SIZE", "frees_bytes": "FREES", "duration_s": "DURATION"}
_SHOWN: Mapping[str, Callable[[Any], str]] = {
    "size_bytes": plain_text.size,
    "frees_bytes": plain_text.size,
    "duration_s": plain_text.duration,
    "created": plain_text.moment,
    "started": plain_text.moment,
    "ended": plain_text.moment,
    "updated": plain_text.moment,
    "mtime": plain_text.moment,
    "data_deleted": plain_text.moment,
    "producer": lambda producer: f"{producer['run']}/{producer['step'] or ''}",
}


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A kind of listing: the noun, all its columns, and those shown by default.

    `on_request` are columns that are shown when they are named: those of ZenML that say again what
    others say, have no meaning here, or take a question for each item.
    """

    noun: str
    all: tuple[str, ...]
    default: tuple[str, ...]
    identify: Callable[[T], str]
    read: Callable[[T, Sequence[str]], JsonObject]
    on_request: tuple[str, ...] = ()

    def row(self, item: T, columns: Sequence[str]) -> JsonObject:
        """The values of an item in `columns`."""
        looked_up = [name for name in columns if name in self.on_request]
        if not looked_up:
            return self.read(item, columns)
        kept = self.read(item, [name for name in columns if name not in looked_up])
        found = {name: getattr(item, name, None) for name in looked_up}
        texts = {k: str(v) if isinstance(v, UUID) else v for k, v in found.items()}
        return {name: {**kept, **texts}[name] for name in columns}


ARTIFACTS: Listing[Artifact] = Listing(
    "artifact",
    tuple(field.name for field in fields(Artifact)),
    ARTIFACT_COLUMNS,
    lambda artifact: str(artifact.name),
    Artifact.shown,
    ("latest_version_id", *NOBODYS),
)
VERSIONS: Listing[ArtifactVersion] = Listing(
    "artifact version",
    tuple(field.name for field in fields(ArtifactVersion)),
    VERSION_COLUMNS,
    lambda version: str(version.ref),
    ArtifactVersion.shown,
    (
        *("run_metadata", "content_hash", "save_type", "item_count", "artifact_store_id"),
        *("producer_step_run_id", "producer_pipeline_run_id", *NOBODYS),
    ),
)


def _shown_of_run(run: PipelineRun, columns: Sequence[str]) -> JsonObject:
    """A run with the metadata of its steps, and with the steps' names and status."""
    shown = run.shown(columns)
    if "metadata" in shown:
        shown["metadata"] = run.all_metadata
    if "steps" in shown:
        steps = run.steps.values()
        shown["steps"] = [{"name": step.name, "status": step.status} for step in steps]
    return shown


RUNS: Listing[PipelineRun] = Listing(
    "run",
    (
        *("id", "name", "pipeline", "status", "tags", "metadata", "started", "ended", "duration_s"),
        *("git", "environment", "error", "steps"),
    ),
    RUN_COLUMNS,
    lambda run: str(run.id),
    _shown_of_run,
    NOBODYS,
)


def choose(
    listing: Listing[T],
    wanted: str | None,
    *,
    everything: bool,
    say: Callable[[str], None] = lambda _note: None,
) -> Sequence[str]:
    """The columns in `a,b,c` or `all`; without a choice, all of them or the default ones.

    An unknown column is left out, and `say` gets a note of it. Raises `WrongUsageError`, which
    lists the valid ones, when no other is left.
    """
    if wanted is None:
        return listing.all if everything else listing.default
    if wanted.strip().lower() == "all":
        return listing.all
    names = [name.strip().lower().replace(" ", "_").replace("-", "_") for name in wanted.split(",")]
    columns = [ALIASES.get(name, name) for name in names]
    known = [name for name in columns if name in (*listing.all, *listing.on_request)]
    hint = "use 'all' or " + ", ".join(listing.all)
    for name in columns:
        if name not in known:
            problem = f"there is no column {name!r}"
            if not known:
                raise WrongUsageError(problem, hint=hint)
            say(f"{problem}, which is left out; {hint}")
    return list(dict.fromkeys(known))


def header(column: str) -> str:
    """A column's heading in a table."""
    return _HEADERS.get(column, column.replace("_", " ").upper())


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
