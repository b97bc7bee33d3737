"""Queries for what the steps of runs have made or reused."""

from collections.abc import Mapping, Sequence
from typing import Any

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.statements import rows_among
from artifactctl.catalog.shown_cells import as_shown, shown_json

_OUTPUTS = """
    FROM run r JOIN run_step s ON s.run_seq = r.seq
    JOIN step_version u ON u.step_seq = s.seq AND u.direction = 'output'
    JOIN artifact_version v ON v.seq = u.version_seq
    JOIN artifact a ON a.seq = v.artifact_seq
"""
# DISTINCT in both: a cached step has the outputs of an earlier one again.
# Texts, lists and the like have no number; an object may have some inside.
_METADATA_OF_OUTPUTS = f"""
    SELECT DISTINCT r.id, a.name, v.seq, m.key, m.value
    {_OUTPUTS} JOIN version_metadata m ON m.version_seq = v.seq
    WHERE r.id IN ({{}}) AND (m.number IS NOT NULL OR m.value LIKE '{{{{%')
    ORDER BY v.seq, m.key
"""

_REFS_OF_OUTPUTS = f"""
    SELECT DISTINCT r.id, a.name, v.version, v.seq
    {_OUTPUTS}
    WHERE r.id IN ({{}})
    ORDER BY v.seq
"""

Numbers = Mapping[str, Any]
"""Numbers by key, nested where the metadata is."""


def numbers_of_outputs(db: Database, run_ids: Sequence[str]) -> Mapping[str, Mapping[str, Numbers]]:
    """The numbers in the metadata of the outputs of runs, by run's ID and artifact.

    Of several versions of an artifact the newest counts.
    """
    found: dict[str, dict[str, tuple[int, dict[str, Any]]]] = {}
    for row in rows_among(db, _METADATA_OF_OUTPUTS, run_ids):
        run_id, artifact, seq, key, value = as_shown("ttitt", row)
        numbers = _numbers(shown_json(value))
        if numbers is None:
            continue
        outputs = found.setdefault(run_id, {})
        if artifact not in outputs or outputs[artifact][0] != seq:
            outputs[artifact] = (seq, {})
        outputs[artifact][1][key] = numbers
    return {
        run_id: {artifact: numbers for artifact, (_, numbers) in outputs.items()}
        for run_id, outputs in found.items()
    }


def refs_of_outputs(db: Database, run_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """References to the versions that the steps of runs have made or reused, by run's ID."""
    found: dict[str, list[str]] = {}
    for row in rows_among(db, _REFS_OF_OUTPUTS, run_ids):
        run_id, artifact, version, _ = as_shown("ttti", row)
        found.setdefault(run_id, []).append(f"{artifact}:{version}")
    return found


def _numbers(value: Any) -> Any:
    """A number itself, an object with only its numbers; None when there is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if not isinstance(value, Mapping):
        return None
    inner = {key: _numbers(item) for key, item in value.items()}
    return {key: item for key, item in inner.items() if item is not None} or None
