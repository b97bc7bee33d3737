"""Runs read from the catalog with all that hangs on them, as plain SELECTs.

A fixed number of statements, however many steps there are: what hangs on steps is found by the
run that they belong to.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from artifactctl.catalog.cells import as_shown, shown_object, shown_text
from artifactctl.catalog.engine.protocol import Database, Params, Row
from artifactctl.catalog.reading.versions import grouped, metadata_of, tags_of
from artifactctl.catalog.rows import FormerStep, Run, Step

_SELECT_RUNS = """
    SELECT r.seq, r.id, r.name, r.pipeline, r.status, r.started, r.ended, r.details, r.revision
    FROM run r
"""
_RUN_FIELDS = tuple(Run.__slots__)[:9]
_RUN_CELLS = "ittttt?ti"
_TAGS = "SELECT run_seq, tag FROM run_tag WHERE run_seq"
_METADATA = "SELECT run_seq, key, value FROM run_metadata WHERE run_seq"
_STEPS = """
    SELECT run_seq, seq, id, name, status, started, ended, cache_key, log, log_bytes, details
    FROM run_step WHERE run_seq
"""
_STEP_FIELDS = tuple(Step.__slots__)[:10]
_STEP_CELLS = "ittt????nt"
_STEP_METADATA = """
    SELECT s.run_seq, s.seq, m.key, m.value FROM run_step s
    JOIN step_metadata m ON m.step_seq = s.seq WHERE s.run_seq
"""
_STEP_VERSIONS = """
    SELECT s.run_seq, s.seq, u.direction, u.name, v.id, v.seq FROM run_step s
    JOIN step_version u ON u.step_seq = s.seq
    JOIN artifact_version v ON v.seq = u.version_seq WHERE s.run_seq
"""

_NAMED_VERSIONS = """
    SELECT s.id, u.direction, u.name, a.name || ':' || COALESCE(v.version, d.version), v.seq IS NULL
    FROM run r JOIN run_step s ON s.run_seq = r.seq JOIN step_version u ON u.step_seq = s.seq
    LEFT JOIN artifact_version v ON v.seq = u.version_seq
    LEFT JOIN deleted_version d ON d.seq = u.version_seq
    JOIN artifact a ON a.seq = COALESCE(v.artifact_seq, d.artifact_seq)
    WHERE r.id = :id ORDER BY u.name, u.version_seq
"""

CACHED = """
    SELECT s.seq, s.id, s.ended, s.details FROM run_step s
    WHERE s.cache_key = :key AND s.status = 'completed' AND NOT EXISTS (
        SELECT 1 FROM step_version u LEFT JOIN artifact_version v ON v.seq = u.version_seq
        WHERE u.step_seq = s.seq AND u.direction = 'output'
        AND (v.seq IS NULL OR v.data_deleted IS NOT NULL)
    )
    ORDER BY s.seq DESC LIMIT 1
"""

NamedUse = tuple[str, str, bool]


def select_runs(db: Database, rest: str, params: Params) -> list[Run]:
    """Runs by the end of a SELECT over `run r`, with tags, metadata and steps."""
    with db.snapshot():
        rows = db.rows(_SELECT_RUNS + rest, params)
        seqs = [row[0] for row in rows]
        tags, pairs, steps, step_pairs, uses = (
            grouped(db, sql, seqs)
            for sql in (_TAGS, _METADATA, _STEPS, _STEP_METADATA, _STEP_VERSIONS)
        )
    return [
        Run(
            **_fields(_RUN_FIELDS, as_shown(_RUN_CELLS, row)),
            tags=tags_of(tags.get(row[0], ())),
            metadata=metadata_of(pairs.get(row[0], ())),
            steps=_steps(*(found.get(row[0], ()) for found in (steps, step_pairs, uses))),
        )
        for row in rows
    ]


def versions_of_run(db: Database, run_id: str) -> Mapping[tuple[str, str], list[NamedUse]]:
    """What the steps of a run took and gave, by a step's ID and `input` or `output`.

    The name it had there, `NAME:VERSION`, and whether it was deleted since.
    """
    uses: dict[tuple[str, str], list[NamedUse]] = {}
    for row in db.rows(_NAMED_VERSIONS, {"id": run_id}):
        step_id, direction, name, ref, is_deleted = as_shown("tttti", row)
        uses.setdefault((step_id, direction), []).append((name, ref, bool(is_deleted)))
    return uses


def find_cached(db: Database, cache_key: str) -> FormerStep | None:
    """The newest completed step with that key whose outputs are all there with their bytes."""
    with db.snapshot():
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


def _fields(names: Sequence[str], row: Row) -> dict[str, Any]:
    values = dict(zip(names, row, strict=True))
    return {**values, "details": shown_object(values["details"])}


def _steps(rows: Sequence[Row], pairs: Sequence[Row], uses: Sequence[Row]) -> tuple[Step, ...]:
    metadata = _by_first(pairs)
    # By name, and of one name in the order in which they were made.
    shown = (as_shown("ittti", use) for use in uses)
    versions = _by_first(sorted(shown, key=lambda use: (use[2], use[4])))
    return tuple(
        Step(
            **_fields(_STEP_FIELDS, as_shown(_STEP_CELLS, row)),
            metadata=metadata_of(metadata.get(row[0], ())),
            inputs=_linked(versions.get(row[0], ()), "input"),
            outputs=_linked(versions.get(row[0], ()), "output"),
        )
        for row in sorted(rows)
    )


def _by_first(rows: Sequence[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = {}
    for seq, *rest in rows:
        groups.setdefault(seq, []).append(tuple(rest))
    return groups


def _linked(uses: Sequence[Row], direction: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, version_id) for found, name, version_id, _ in uses if found == direction)
