"""Finding the one row whose name or ID starts with a text, as programs may ask for it."""

from collections.abc import Callable
from typing import TypeVar

from artifactctl.catalog.engine.protocol import Database, Params
from artifactctl.catalog.reading.finding import id_range, name_range, only_one, usable
from artifactctl.catalog.reading.runs import select_runs
from artifactctl.catalog.reading.versions import select_artifacts, select_versions
from artifactctl.catalog.rows import Artifact, Version
from artifactctl.catalog.run_rows import Run
from artifactctl.refs import start_of_id

R = TypeVar("R", Artifact, Run)

_MOST = "LIMIT 10"  # candidates that an error names


def artifact_starting(db: Database, text: str) -> Artifact | None:
    """The only artifact whose name or ID starts with `text`, or None.

    Raises `AmbiguousError` when there are several.
    """
    where = "WHERE ({starts}) AND a.deleted IS NULL"
    return _only(db, select_artifacts, "a", where, text)


def run_starting(db: Database, text: str) -> Run | None:
    """The only run whose name or ID starts with `text`, or None; likewise."""
    return _only(db, select_runs, "r", "WHERE ({starts})", text)


def version_starting(db: Database, text: str) -> Version | None:
    """The only version whose ID starts with `text`, or None; likewise."""
    digits = start_of_id(text)
    if digits is None:
        return None
    where = f"WHERE v.id >= :first AND v.id < :behind ORDER BY v.seq DESC {_MOST}"
    found = select_versions(db, where, id_range(digits))
    version = only_one(text, found, lambda item: f"{item.artifact}:{item.version}")
    return None if version is None else usable(version)


def _only(
    db: Database,
    select: Callable[[Database, str, Params], list[R]],
    table: str,
    where: str,
    text: str,
) -> R | None:
    starts = f"({table}.name >= :start AND {table}.name < :end)"
    params: dict[str, object] = {**name_range(text)}
    digits = start_of_id(text)
    if digits is not None:
        starts += f" OR ({table}.id >= :first AND {table}.id < :behind)"
        params |= id_range(digits)
    rest = f"{where.format(starts=starts)} ORDER BY {table}.seq DESC {_MOST}"
    return only_one(text, select(db, rest, params), lambda item: item.name, "the start")
