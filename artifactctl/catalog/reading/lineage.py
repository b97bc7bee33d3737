"""Lineage queries: the versions that others were made from, and the steps that use them.

A version was made from the inputs of its step, or from the inputs that it was registered with.
Each query answers for one level of the graph. Nodes are keyed by the seq of a version, or by the
ID of a step or run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Database, Row
from artifactctl.catalog.reading.statements import rows_among
from artifactctl.catalog.shown_cells import as_shown

Key = int | str

# Steps that ran come before cached ones, which only link the outputs of an earlier step.
_STEPS = """
    SELECT here.version_seq, there.version_seq, s.status = 'cached', s.id, s.name, r.id, r.name
    FROM step_version here
    JOIN run_step s ON s.seq = here.step_seq JOIN run r ON r.seq = s.run_seq
    LEFT JOIN step_version there ON there.step_seq = s.seq AND there.direction = :there
    WHERE here.direction = :here AND here.version_seq IN ({0})
    ORDER BY s.status = 'cached', s.seq, there.version_seq
"""
_OF_RUN = """
    SELECT u.version_seq, u.direction, s.id, s.name, r.id, r.name FROM step_version u
    JOIN run_step s ON s.seq = u.step_seq JOIN run r ON r.seq = s.run_seq
    WHERE r.id = :id ORDER BY s.seq, u.version_seq
"""
_VERSIONS = """
    SELECT v.seq, v.id, a.name || ':' || v.version, v.type FROM artifact_version v
    JOIN artifact a ON a.seq = v.artifact_seq WHERE v.seq IN ({0})
    UNION ALL
    SELECT d.seq, d.id, a.name || ':' || d.version, NULL FROM deleted_version d
    JOIN artifact a ON a.seq = d.artifact_seq WHERE d.seq IN ({0})
"""
USES = """
    SELECT u.version_seq, r.id AS run_id, r.name AS run, s.name AS step, u.direction
    FROM step_version u
    JOIN run_step s ON s.seq = u.step_seq JOIN run r ON r.seq = s.run_seq
"""


@dataclass(frozen=True, slots=True)
class Link:
    """An edge of the lineage graph, from an input to what was made from it.

    Without a step, the edge comes from a registration. For a step without inputs or outputs, the
    step itself is the missing end.
    """

    source: Key
    target: Key
    step_id: str | None = None
    step: str | None = None
    run_id: str | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class VersionName:
    """The name of a version, `NAME:VERSION`, and its type, which is None for a deleted version."""

    seq: int
    id: str
    ref: str
    type: str | None

    @property
    def is_deleted(self) -> bool:
        """Whether the version was deleted."""
        return self.type is None


@dataclass(frozen=True, slots=True)
class Use:
    """A step of a run that used a version (`input`) or made it (`output`)."""

    version_seq: int
    run_id: str
    run: str
    step: str
    direction: str


def made_from(db: Database, seqs: Sequence[int]) -> list[Link]:
    """The links that lead to these versions, from their inputs."""
    found: dict[tuple[Key, Key], Link] = {}
    have_makers = set()
    for seq, other, is_cached, *step in _steps(db, seqs, here="output", there="input"):
        # Cached steps come last, and stand in only for a step that ran and was deleted.
        if is_cached and seq in have_makers:
            continue
        have_makers.add(seq)
        _note(found, Link(step[0] if other is None else other, seq, *step))
    for seq, other in _registered(db, seqs, here="version_seq", there="input_seq"):
        _note(found, Link(other, seq))
    return list(found.values())


def used_for(db: Database, seqs: Sequence[int]) -> list[Link]:
    """The links that lead from these versions to what was made from them."""
    found: dict[tuple[Key, Key], Link] = {}
    for seq, other, is_cached, *step in _steps(db, seqs, here="input", there="output"):
        if other is not None or not is_cached:
            _note(found, Link(seq, step[0] if other is None else other, *step))
    for seq, other in _registered(db, seqs, here="input_seq", there="version_seq"):
        _note(found, Link(seq, other))
    return list(found.values())


def links_of_run(db: Database, run_id: str) -> tuple[list[Link], list[Link]]:
    """The links from versions that a run used but did not make, and the links to its outputs."""
    uses = db.rows(_OF_RUN, {"id": run_id})
    made = {seq for seq, direction, *_ in uses if direction == "output"}
    taken: dict[tuple[Key, Key], Link] = {}
    given: dict[tuple[Key, Key], Link] = {}
    for seq, direction, *step in uses:
        if direction == "output":
            _note(given, Link(run_id, seq, *step))
        elif seq not in made:
            _note(taken, Link(seq, run_id, *step))
    return list(taken.values()), list(given.values())


def names_of(db: Database, seqs: Sequence[int]) -> dict[int, VersionName]:
    """The names of these versions by seq, including deleted versions."""
    return {row[0]: VersionName(*as_shown("itt?", row)) for row in rows_among(db, _VERSIONS, seqs)}


def uses_of(db: Database, seqs: Sequence[int]) -> list[Use]:
    """The steps that used or made any of these versions, oldest run first."""
    sql = f"{USES} WHERE u.version_seq IN ({{0}}) ORDER BY r.seq, s.seq"
    return [Use(*as_shown("itttt", row)) for row in rows_among(db, sql, seqs)]


def _note(found: dict[tuple[Key, Key], Link], link: Link) -> None:
    """Add a link unless its two ends are linked already, or are the same."""
    if link.source != link.target:
        found.setdefault((link.source, link.target), link)


def _steps(db: Database, seqs: Sequence[int], **directions: str) -> Iterator[Row]:
    return rows_among(db, _STEPS, seqs, directions)


def _registered(db: Database, seqs: Sequence[int], *, here: str, there: str) -> Iterator[Row]:
    sql = f"SELECT {here}, {there} FROM version_input WHERE {here} IN ({{0}}) ORDER BY {there}"
    return rows_among(db, sql, seqs)
