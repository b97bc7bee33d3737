"""Finding the rows of many references, with one query for each hundred of them."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from artifactctl.catalog.engine.protocol import Database, Params
from artifactctl.catalog.reading.conditions import Bound
from artifactctl.catalog.reading.finding import find_version, id_range, usable
from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.reading.runs import select_runs
from artifactctl.catalog.reading.statements import batches, numbered
from artifactctl.catalog.reading.versions import select_versions
from artifactctl.catalog.rows import Version
from artifactctl.catalog.run_rows import Run
from artifactctl.refs import Ref

R = TypeVar("R", Version, Run)
A = TypeVar("A", Ref, str)

_MOST = 100  # references per statement, each with up to 4 parameters
_BY_ID = """
    (SELECT CASE COUNT(*) WHEN 1 THEN MIN(found.seq) END FROM
     (SELECT seq FROM {table} WHERE id >= {first} AND id < {behind} LIMIT 2) found)
"""


def find_versions(db: Database, refs: Sequence[Ref]) -> list[Version]:
    """The versions of the references, in the same order; raises what `find_version` does."""
    found = _find(db, refs, _version, (select_versions, "v.seq"), find_version)
    return [usable(version) for version in found]


def find_runs(db: Database, texts: Sequence[str]) -> list[Run]:
    """The runs with these names or IDs, in the same order; raises what `find_run` does."""
    return _find(db, texts, _run, (select_runs, "r.seq"), find_run)


def _find(
    db: Database,
    asked: Sequence[A],
    sql_of: Callable[[A, Bound], str],
    select: tuple[Callable[[Database, str, Params], list[R]], str],
    find_one: Callable[[Database, A], R],
) -> list[R]:
    found: list[R] = []
    with db.snapshot():
        for batch in batches(asked, _MOST):
            bound = Bound(db.dialect)
            columns = ", ".join(sql_of(item, bound) for item in batch)
            seqs = next(iter(db.rows(f"SELECT {columns}", bound.params)), [None] * len(batch))
            places, params = numbered([seq for seq in seqs if seq is not None])
            rows = {
                row.seq: row for row in select[0](db, f"WHERE {select[1]} IN ({places})", params)
            }
            # A reference without a match is looked up again alone, which raises its error.
            found += [
                find_one(db, item) if seq is None else rows[seq]
                for item, seq in zip(batch, seqs, strict=True)
            ]
    return found


def _version(ref: Ref, bound: Bound) -> str:
    if ref.within is not None:  # it is looked up alone
        return "NULL"
    condition = f"v.artifact_seq = (SELECT a.seq FROM artifact a WHERE a.name = {bound(ref.name)})"
    if ref.version is not None:
        condition += f" AND v.version = {bound(ref.version)}"
    elif ref.tag is not None:
        condition += (
            " AND EXISTS (SELECT 1 FROM version_tag t"
            f" WHERE t.version_seq = v.seq AND t.tag = {bound(ref.tag)})"
        )
    named = f"SELECT v.seq FROM artifact_version v WHERE {condition} ORDER BY v.seq DESC LIMIT 1"
    return _first(named, "artifact_version", ref, bound)


def _run(text: str, bound: Bound) -> str:
    named = f"SELECT r.seq FROM run r WHERE r.name = {bound(text)} ORDER BY r.seq DESC LIMIT 1"
    return _first(named, "run", Ref(text), bound)


def _first(named: str, table: str, ref: Ref, bound: Bound) -> str:
    """SQL for the seq of the named row, else of the only row whose ID has this prefix."""
    if ref.id_prefix is None:
        return f"({named})"
    ends = {key: bound(value) for key, value in id_range(ref.id_prefix).items()}
    return f"COALESCE(({named}), {_BY_ID.format(table=table, **ends)})"
