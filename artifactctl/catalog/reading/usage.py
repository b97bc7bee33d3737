"""Which runs refer to versions: what a run made or used is not thrown away unasked."""

from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.catalog.cells import as_shown
from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.batching import batches, numbered

USES = """
    SELECT u.version_seq, r.id, r.name, s.name, u.direction FROM step_version u
    JOIN run_step s ON s.seq = u.step_seq JOIN run r ON r.seq = s.run_seq
"""


@dataclass(frozen=True, slots=True)
class Use:
    """A step of a run that used a version (`input`) or made it (`output`)."""

    version_seq: int
    run_id: str
    run: str
    step: str
    direction: str


def uses_of(db: Database, seqs: Sequence[int]) -> list[Use]:
    """The steps that refer to any of these versions, oldest run first."""
    found: list[Use] = []
    for batch in batches(seqs):
        places, params = numbered(batch)
        rows = db.rows(f"{USES} WHERE u.version_seq IN ({places}) ORDER BY r.seq, s.seq", params)
        found += [Use(*as_shown("itttt", row)) for row in rows]
    return found
