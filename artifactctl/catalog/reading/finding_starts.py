"""Finding the one row whose name or ID starts with a text, as programs may ask for it."""

from functools import partial

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.finding import id_range, only_one, only_starting, usable
from artifactctl.catalog.reading.runs import select_runs
from artifactctl.catalog.reading.versions import select_artifacts, select_versions
from artifactctl.catalog.rows import Artifact, Version
from artifactctl.catalog.run_rows import Run
from artifactctl.refs import start_of_id


def artifact_starting(db: Database, text: str) -> Artifact | None:
    """The only artifact whose name or ID starts with `text`, or None.

    Raises `AmbiguousError` when there are several.
    """
    select = partial(select_artifacts, db)
    return only_starting(select, "a", text, lambda item: item.name, " AND a.deleted IS NULL")


def run_starting(db: Database, text: str) -> Run | None:
    """The only run whose name or ID starts with `text`, or None; likewise."""
    return only_starting(partial(select_runs, db), "r", text, lambda item: item.name)


def version_starting(db: Database, text: str) -> Version | None:
    """The only version whose ID starts with `text`, or None; likewise."""
    digits = start_of_id(text)
    if digits is None:
        return None
    where = "WHERE v.id >= :first AND v.id < :behind ORDER BY v.seq DESC LIMIT 10"
    found = select_versions(db, where, id_range(digits))
    version = only_one(text, found, lambda item: f"{item.artifact}:{item.version}")
    return None if version is None else usable(version)
