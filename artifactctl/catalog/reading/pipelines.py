"""Queries for pipelines: names with runs, whose IDs are derived from the names.

A pipeline stands for its runs: it begins with the first one, and is gone with the last one.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from artifactctl.catalog.engine.protocol import Database, Params
from artifactctl.catalog.reading.fields import FIRST_RUN, RUN_COUNT, latest_run
from artifactctl.catalog.reading.filters import Filter
from artifactctl.catalog.reading.finding import only_one
from artifactctl.catalog.reading.statements import columns, read_row
from artifactctl.catalog.reading.versions import TAG_CELLS, by_key, grouped, tags_of
from artifactctl.catalog.rows import Listing
from artifactctl.catalog.run_rows import Pipeline
from artifactctl.catalog.shown_cells import shown_text
from artifactctl.errors import NotFoundError
from artifactctl.refs import is_like_id, pipeline_id, start_of_id
from artifactctl.suggestions import did_you_mean, nearest

_COLUMNS = columns(
    Pipeline,
    "r",
    name="r.pipeline",
    created="r.started",
    updated=latest_run("COALESCE(l.ended, l.started)"),
    latest_run_id=latest_run("l.id"),
    latest_run_status=latest_run("l.status"),
    run_count=RUN_COUNT,
)
_TAGS = f"""
    SELECT r.seq, {TAG_CELLS} FROM run r JOIN pipeline p ON p.name = r.pipeline
    JOIN pipeline_tag t ON t.pipeline_seq = p.seq
    LEFT JOIN tag g ON g.name = t.tag AND g.deleted IS NULL WHERE r.seq
"""
_BY_NAME = "WHERE r.seq = (SELECT MIN(f.seq) FROM run f WHERE f.pipeline = :name)"
_BY_START = f"""
    WHERE {FIRST_RUN} AND SUBSTR(r.pipeline, 1, :length) = :start ORDER BY r.pipeline LIMIT 10
"""


def select_pipelines(db: Database, rest: str, params: Params) -> list[Pipeline]:
    """The pipelines that match `rest`, the end of a SELECT over `run r`, their first runs."""
    with db.snapshot():
        rows = by_key(Pipeline, db.rows(f"SELECT {_COLUMNS} FROM run r {rest}", params))
        tags = grouped(db, _TAGS, rows)
    return [
        replace(found, id=pipeline_id(found.name), tags=tags_of(tags.get(seq, ())))
        for seq, row in rows.items()
        for found in [read_row(Pipeline, row)]
    ]


def find_pipeline(db: Database, text: str, *, by_start: bool) -> Pipeline:
    """The pipeline with this name or ID; `by_start`: or the only one whose name or ID starts so.

    Raises `NotFoundError` when none of them has runs, `AmbiguousError` when several start so.
    """
    found = select_pipelines(db, _BY_NAME, {"name": text})
    if not found and (is_like_id(text) or by_start):
        found = _with_ids(db, text)
    if not found and by_start:
        found = select_pipelines(db, _BY_START, {"start": text, "length": len(text)})
    pipeline = only_one(text, found, lambda item: item.name, "the start")
    if pipeline is None:
        hint = did_you_mean(nearest(text, _names(db))) or "see 'artifactctl pipeline list'"
        raise NotFoundError(f"no pipeline {text!r} has run", hint=hint)
    return pipeline


def by_names(db: Database, asked: Listing) -> Listing:
    """The same listing with filters on IDs as filters on names, which the database knows."""
    if all(name != "id" for name, _ in asked.filters):
        return asked
    known = {pipeline_id(name): name for name in _names(db)}
    filters = [_by_name(*item, known) if item[0] == "id" else item for item in asked.filters]
    return replace(asked, filters=filters)


def run_index(db: Database, run_id: str) -> int:
    """The place of a run among all runs of its pipeline, deleted ones included, from 1."""
    found = db.rows("SELECT pipeline, seq FROM run WHERE id = :id", {"id": run_id})
    if not found:
        raise NotFoundError(f"run {run_id} was deleted")
    params = dict(zip(("pipeline", "seq"), found[0], strict=True))
    counts = [
        db.rows(f"SELECT COUNT(*) FROM {table} WHERE pipeline = :pipeline AND seq <= :seq", params)
        for table in ("run", "deleted_run")
    ]
    return sum(int(rows[0][0]) for rows in counts)


def _by_name(field: str, text: str, known: dict[str, str]) -> tuple[str, str]:
    asked = Filter.parse(field, text, ("equals", "notequals", "startswith", "oneof", "notoneof"))
    words = asked.values if asked.operator == "oneof" else [asked.value]
    starts = [start_of_id(word) for word in words]
    if None in starts or (asked.operator != "startswith" and not all(map(is_like_id, words))):
        raise asked.wrong("not an ID", "write a whole ID, or startswith: and 4 digits or more")
    names = [name for key, name in known.items() if _starts_with_one(key, starts)]
    return "name", f"{'notoneof' if asked.is_negated else 'oneof'}:{json.dumps(names)}"


def _starts_with_one(key: str, starts: Sequence[str | None]) -> bool:
    return key.replace("-", "").startswith(tuple(start for start in starts if start is not None))


def _with_ids(db: Database, text: str) -> list[Pipeline]:
    """The pipelines whose ID is, or starts with, a text."""
    start = start_of_id(text)
    if start is None:
        return []
    names = [name for name in _names(db) if _starts_with_one(pipeline_id(name), [start])]
    return [row for name in names for row in select_pipelines(db, _BY_NAME, {"name": name})]


def _names(db: Database) -> list[str]:
    rows = db.rows("SELECT DISTINCT pipeline FROM run ORDER BY pipeline")
    return [shown_text(name) for (name,) in rows]
