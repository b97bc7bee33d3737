"""Finding the one run that a name or an ID refers to, or an error with a hint."""

from collections.abc import Iterator
from contextlib import contextmanager

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.finding import (
    NoSuchVersionError,
    id_range,
    only_one,
    similar_name,
)
from artifactctl.catalog.reading.finding_starts import run_starting
from artifactctl.catalog.reading.runs import select_runs
from artifactctl.catalog.run_rows import Run
from artifactctl.errors import NotFoundError
from artifactctl.refs import RUN, Ref


def find_run(db: Database, text: str) -> Run:
    """The newest run with this name, else the run with this ID or ID prefix.

    Raises `NotFoundError`, or `AmbiguousError` for a prefix that several IDs share.
    """
    run = _named_whole(db, text)
    if run is None:
        raise NotFoundError(f"there is no run {text!r}", hint=_right_run(db, text))
    return run


def find_run_to_read(db: Database, text: str) -> Run:
    """The run that `find_run` finds; else one that is meant well enough for reading, not changing.

    `latest` is the newest run, `PIPELINE@latest` that of a pipeline, and a text with which the name
    or ID of only one run starts is that run. Raises as `find_run` does, and `AmbiguousError` for
    the start of several.
    """
    run = _named_whole(db, text) or _newest(db, text)
    if run is None and text and _latest_of(db, text) is None:
        run = run_starting(db, text)
    return find_run(db, text) if run is None else run


def _named_whole(db: Database, text: str) -> Run | None:
    named = _newest_where(db, "r.name = :name", text)
    prefix = Ref(text).id_prefix
    if named is not None or prefix is None:
        return named
    found = select_runs(db, "WHERE r.id >= :first AND r.id < :behind LIMIT 10", id_range(prefix))
    return only_one(text, found, lambda item: item.name)


def _newest(db: Database, text: str) -> Run | None:
    """The run that `latest` or `PIPELINE@latest` means."""
    pipeline, at, word = text.rpartition("@")
    if word != "latest":
        return None
    # Every seq is above 0; the newest run is asked for by the same statement as others.
    return _latest_of(db, pipeline) if at else _newest_where(db, "r.seq > 0", "")


def _right_run(db: Database, text: str) -> str:
    """Return a hint at the run that was meant: the newest of a pipeline, or a similar name."""
    newest = _latest_of(db, text)
    if newest is not None:
        return f"it is a pipeline; its newest run is {newest.name}, or {text}@latest"
    return similar_name(db, "run", text) or "see 'artifactctl runs list'"


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
        if is_bare and _latest_of(db, name) is not None:
            hint = f"for the newest run of that pipeline write {RUN}{name}@latest"
            raise NotFoundError(error.message, hint=hint) from None
        raise


def find_run_of_step(db: Database, step_id: str) -> Run:
    """The run that contains the step with this ID; raises `NotFoundError`."""
    where = "WHERE r.seq = (SELECT s.run_seq FROM run_step s WHERE s.id = :id)"
    found = select_runs(db, where, {"id": step_id})
    if not found:
        raise NotFoundError(f"there is no step {step_id!r} of a run", hint="see its run's steps")
    return found[0]


def _latest_of(db: Database, pipeline: str) -> Run | None:
    """The newest run of a pipeline, or None."""
    return _newest_where(db, "r.pipeline = :name", pipeline)


def _newest_where(db: Database, condition: str, name: str) -> Run | None:
    """The newest run for which a condition holds, in which `:name` may stand, or None."""
    rest = f"WHERE {condition} ORDER BY r.seq DESC LIMIT 1"
    return next(iter(select_runs(db, rest, {"name": name})), None)
