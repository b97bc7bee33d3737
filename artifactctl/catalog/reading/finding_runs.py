"""Finding the one run that a name or an ID refers to, or an error with a hint."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from artifactctl.catalog.cells import shown_text
from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.finding import NoSuchVersionError, id_range, only_one
from artifactctl.catalog.reading.runs import select_runs
from artifactctl.catalog.rows import Run
from artifactctl.errors import NotFoundError
from artifactctl.refs import RUN, Ref
from artifactctl.suggestions import did_you_mean, nearest


def find_run(db: Database, text: str) -> Run:
    """The newest run with this name, else the run with this ID or ID prefix.

    Raises `NotFoundError`, or `AmbiguousError` for a prefix that several IDs share.
    """
    found = _select_one(db, "WHERE r.name = :name", {"name": text})
    prefix = Ref(text).id_prefix
    if not found and prefix is not None:
        found = select_runs(
            db, "WHERE r.id >= :first AND r.id < :behind LIMIT 10", id_range(prefix)
        )
    run = only_one(text, found, lambda item: item.name)
    if run is None:
        names = db.rows("SELECT name FROM run ORDER BY seq DESC LIMIT 5000")
        known = [shown_text(name) for (name,) in names]
        hint = did_you_mean(nearest(text, known)) or "see 'artifactctl runs list'"
        raise NotFoundError(f"there is no run {text!r}", hint=hint)
    return run


@contextmanager
def hinting_at_runs(db: Database) -> Iterator[None]:
    """If the block finds no version of a bare name that a run has, add a hint to the error."""
    try:
        yield
    except NoSuchVersionError as error:
        name = error.ref.name if error.ref is not None else ""
        is_bare = str(error.ref) == name
        if is_bare and db.rows("SELECT 1 FROM run WHERE name = :name LIMIT 1", {"name": name}):
            hint = f"for the run of that name write {RUN}{name}"
            raise NotFoundError(error.message, hint=hint) from None
        raise


def find_run_of_step(db: Database, step_id: str) -> Run:
    """The run that contains the step with this ID; raises `NotFoundError`."""
    where = "WHERE r.seq = (SELECT s.run_seq FROM run_step s WHERE s.id = :id)"
    found = select_runs(db, where, {"id": step_id})
    if not found:
        raise NotFoundError(f"there is no step {step_id!r} of a run", hint="see its run's steps")
    return found[0]


def _select_one(db: Database, where: str, params: Mapping[str, object]) -> list[Run]:
    return select_runs(db, f"{where} ORDER BY r.seq DESC LIMIT 1", params)
