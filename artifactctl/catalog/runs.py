"""From a name, an ID or a cache key to runs and steps."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from artifactctl.catalog.cells import as_shown, shown_object, shown_text
from artifactctl.catalog.finding import id_range
from artifactctl.catalog.listing import list_runs
from artifactctl.catalog.rows import FormerStep, Run
from artifactctl.catalog.run_queries import select_runs
from artifactctl.catalog.sqlite import Database
from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.refs import RUN, Ref
from artifactctl.suggestions import did_you_mean, nearest

__all__ = [
    "find_cached",
    "find_run",
    "find_run_of_step",
    "hinting_at_runs",
    "latest_run",
    "list_running",
    "list_runs",
]

CACHED = """
    SELECT s.seq, s.id, s.ended, s.details FROM run_step s
    WHERE s.cache_key = :key AND s.status = 'completed' AND NOT EXISTS (
        SELECT 1 FROM step_version u LEFT JOIN artifact_version v ON v.seq = u.version_seq
        WHERE u.step_seq = s.seq AND u.direction = 'output'
        AND (v.seq IS NULL OR v.data_deleted IS NOT NULL)
    )
    ORDER BY s.seq DESC LIMIT 1
"""


def find_run(db: Database, text: str) -> Run:
    """The newest run of that name, or the run of that ID or start of an ID.

    Raises `NotFoundError`, or `InvalidInputError` for a start that several IDs share.
    """
    found = _select_one(db, "WHERE r.name = :name", {"name": text})
    prefix = Ref(text).id_prefix
    if not found and prefix is not None:
        found = select_runs(
            db, "WHERE r.id >= :first AND r.id < :behind LIMIT 10", id_range(prefix)
        )
    if len(found) > 1:
        candidates = ", ".join(f"{item.id} ({item.name})" for item in found)
        raise InvalidInputError(
            f"ID {text!r} is ambiguous: it may be {candidates}", hint="give more of it"
        )
    if not found:
        names = db.rows("SELECT name FROM run ORDER BY seq DESC LIMIT 5000")
        known = [shown_text(name) for (name,) in names]
        hint = did_you_mean(nearest(text, known)) or "see 'artifactctl runs list'"
        raise NotFoundError(f"there is no run {text!r}", hint=hint)
    return found[0]


@contextmanager
def hinting_at_runs(db: Database, refs: Sequence[Ref]) -> Iterator[None]:
    """Have the error for a version that there is not say when a run is called so."""
    try:
        yield
    except NotFoundError as error:
        for name in [ref.name for ref in refs if str(ref) == ref.name]:
            sql = "SELECT 1 FROM run WHERE name = :name LIMIT 1"
            if repr(name) in error.message and db.rows(sql, {"name": name}):
                hint = f"for the run of that name write {RUN}{name}"
                raise NotFoundError(error.message, hint=hint) from None
        raise


def find_run_of_step(db: Database, step_id: str) -> Run:
    """The run that has the step of that ID; raises `NotFoundError`."""
    where = "WHERE r.seq = (SELECT s.run_seq FROM run_step s WHERE s.id = :id)"
    found = select_runs(db, where, {"id": step_id})
    if not found:
        raise NotFoundError(f"there is no step {step_id!r} of a run", hint="see its run's steps")
    return found[0]


def latest_run(db: Database, pipeline: str) -> Run | None:
    """The run of the pipeline that began last, if there is any."""
    found = _select_one(db, "WHERE r.pipeline = :name", {"name": pipeline})
    return found[0] if found else None


def find_cached(db: Database, cache_key: str) -> FormerStep | None:
    """The newest completed step with that key whose outputs are all there with their bytes."""
    with db.moment():
        steps = db.rows(CACHED, {"key": cache_key})
        if not steps:
            return None
        seq, *facts = steps[0]
        outputs = db.rows(
            "SELECT u.name, v.id FROM step_version u JOIN artifact_version v"
            " ON v.seq = u.version_seq WHERE u.step_seq = :seq AND u.direction = 'output'"
            " ORDER BY u.name, v.seq",
            {"seq": seq},
        )
    step_id, ended, details = as_shown("t?t", tuple(facts))
    made = [(name, row_id) for name, row_id in (as_shown("tt", row) for row in outputs)]
    return FormerStep(step_id, ended, shown_object(details), made)


def list_running(db: Database) -> list[tuple[str, Mapping[str, Any]]]:
    """The IDs and details of all runs that have not ended, oldest first."""
    rows = db.rows("SELECT id, details FROM run WHERE status = 'running' ORDER BY seq")
    return [(shown_text(run_id), shown_object(details)) for run_id, details in rows]


def _select_one(db: Database, where: str, params: Mapping[str, Any]) -> list[Run]:
    return select_runs(db, f"{where} ORDER BY r.seq DESC LIMIT 1", params)
