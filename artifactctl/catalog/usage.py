"""Which runs refer to versions: what a run made or used is not thrown away unasked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from artifactctl.catalog.sqlite import Database

T = TypeVar("T")

BATCH = 500  # SQLite takes at least 999 parameters

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
        found += [Use(*row) for row in rows]
    return found


def batches(items: Sequence[T]) -> Iterable[Sequence[T]]:
    """`items` in parts that one statement takes."""
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def numbered(seqs: Sequence[int]) -> tuple[str, dict[str, int]]:
    """Placeholders for some numbers, and the numbers by name."""
    return ", ".join(f":s{i}" for i in range(len(seqs))), {f"s{i}": s for i, s in enumerate(seqs)}
