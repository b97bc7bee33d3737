"""Queries for runs with their steps, and the tags, metadata and versions of both.

They take a fixed number of statements, however many steps there are: the rows that belong to
steps are selected by run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from artifactctl.catalog.engine.protocol import Database, Params, Row
from artifactctl.catalog.reading.statements import columns, read_row, rows_among
from artifactctl.catalog.reading.versions import (
    Source,
    by_first,
    by_key,
    metadata_of,
    tags_of,
    tags_on,
    with_related,
)
from artifactctl.catalog.run_rows import FormerStep, Run, Step
from artifactctl.catalog.shown_cells import as_shown, shown_object, shown_text

_METADATA = "SELECT run_seq, key, value FROM run_metadata WHERE run_seq"
_STEPS = f"SELECT s.run_seq, {columns(Step, 's')} FROM run_step s WHERE s.run_seq"
_STEP_METADATA = """
    SELECT s.run_seq, s.seq, m.key, m.value FROM run_step s
    JOIN step_metadata m ON m.step_seq = s.seq WHERE s.run_seq
"""
_STEP_VERSIONS = """
    SELECT s.run_seq, s.seq, u.direction, u.name, v.id, v.seq FROM run_step s
    JOIN step_version u ON u.step_seq = s.seq
    JOIN artifact_version v ON v.seq = u.version_seq WHERE s.run_seq
"""
_RUNS = Source(
    f"SELECT {columns(Run, 'r')} FROM run r",
    "SELECT r.seq FROM run r",
    (tags_on("run"), _METADATA, _STEPS, _STEP_METADATA, _STEP_VERSIONS),
)

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
    """The runs that match `rest`, the end of a SELECT over `run r`, with tags, metadata, steps."""
    rows, related = with_related(db, Run, _RUNS, rest, params)
    tags, pairs, steps, step_pairs, uses = related
    return [
        read_row(
            Run,
            row,
            tags=tags_of(tags.get(seq, ())),
            metadata=metadata_of(pairs.get(seq, ())),
            steps=_steps(*(found.get(seq, ()) for found in (steps, step_pairs, uses))),
        )
        for seq, row in rows.items()
    ]


@dataclass(frozen=True, slots=True)
class StepOfRun:
    """A step with its run."""

    run: Run
    step: Step

    @property
    def seq(self) -> int:
        """The seq of the step."""
        return self.step.seq


def select_steps(db: Database, rest: str, params: Params) -> list[StepOfRun]:
    """The steps that match `rest`, the end of a SELECT over `run_step s`, with their runs."""
    with db.snapshot():
        seqs = [seq for (seq,) in db.rows(f"SELECT s.seq FROM run_step s {rest}", params)]
        wanted = f"WHERE r.seq IN (SELECT s.run_seq FROM run_step s {rest})"
        runs = select_runs(db, wanted, params)
    found = {step.seq: StepOfRun(run, step) for run in runs for step in run.steps}
    return [found[seq] for seq in seqs if seq in found]


def versions_of_run(db: Database, run_id: str) -> Mapping[tuple[str, str], list[NamedUse]]:
    """The inputs and outputs of a run's steps, by step ID and direction (`input` or `output`).

    Each is the name of the input or output, `NAME:VERSION`, and whether the version is deleted.
    """
    uses: dict[tuple[str, str], list[NamedUse]] = {}
    for row in db.rows(_NAMED_VERSIONS, {"id": run_id}):
        step_id, direction, name, ref, is_deleted = as_shown("ttttb", row)
        uses.setdefault((step_id, direction), []).append((name, ref, bool(is_deleted)))
    return uses


def find_cached(db: Database, cache_key: str) -> FormerStep | None:
    """The newest completed step with this cache key whose outputs all exist with their bytes."""
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


def users_of_runs(db: Database, run_ids: Iterable[str]) -> dict[str, str]:
    """The users who executed some runs, by the IDs of these, as far as that is known."""
    users = {}
    for run_id, details in rows_among(db, "SELECT id, details FROM run WHERE id IN ({})", run_ids):
        environment = shown_object(details).get("environment")
        user = environment.get("user") if isinstance(environment, dict) else None
        if isinstance(user, str):
            users[shown_text(run_id)] = user
    return users


def list_running(db: Database) -> list[tuple[str, Mapping[str, Any]]]:
    """The IDs and details of all running runs, oldest first."""
    rows = db.rows("SELECT id, details FROM run WHERE status = 'running' ORDER BY seq")
    return [(shown_text(run_id), shown_object(details)) for run_id, details in rows]


def _steps(rows: Sequence[Row], pairs: Sequence[Row], uses: Sequence[Row]) -> tuple[Step, ...]:
    metadata = by_first(pairs)
    # Versions are sorted by the name of the input or output, then by seq.
    shown = (as_shown("ittti", use) for use in uses)
    versions = by_first(sorted(shown, key=lambda use: (use[2], use[4])))
    return tuple(
        read_row(
            Step,
            row,
            metadata=metadata_of(metadata.get(seq, ())),
            inputs=_linked(versions.get(seq, ()), "input"),
            outputs=_linked(versions.get(seq, ()), "output"),
        )
        for seq, row in sorted(by_key(Step, rows).items())
    )


def _linked(uses: Sequence[Row], direction: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, version_id) for found, name, version_id, _ in uses if found == direction)
