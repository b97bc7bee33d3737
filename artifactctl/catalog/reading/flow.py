"""Which artifacts are made from which, by the steps of pipelines: a catalog's flow of data."""

from typing import NamedTuple

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.fields import VERSION_COUNT
from artifactctl.catalog.reading.statements import rows_among
from artifactctl.catalog.shown_cells import as_shown

NEWEST = 5000
"""The steps, and the versions registered with inputs, that are looked at: the newest ones."""

_ARTIFACT = """
    LEFT JOIN artifact_version v{0} ON v{0}.seq = {1}
    LEFT JOIN deleted_version d{0} ON d{0}.seq = {1}
    JOIN artifact a{0} ON a{0}.seq = COALESCE(v{0}.artifact_seq, d{0}.artifact_seq)
"""
_STEPS = f"""
    SELECT DISTINCT r.pipeline, s.name, u.direction, a1.seq, a1.name
    FROM step_version u JOIN run_step s ON s.seq = u.step_seq JOIN run r ON r.seq = s.run_seq
    {_ARTIFACT.format(1, "u.version_seq")}
    WHERE s.status <> 'cached' AND s.seq >= :least
"""
_INPUTS = f"""
    SELECT DISTINCT a1.seq, a1.name, a2.seq, a2.name FROM version_input i
    {_ARTIFACT.format(1, "i.input_seq")} {_ARTIFACT.format(2, "i.version_seq")}
    WHERE i.version_seq >= :least
"""
# The seq before those of the newest rows; no row where there are no older ones.
_LEAST = "SELECT {0} FROM {1} ORDER BY {0} DESC LIMIT 1 OFFSET :newest"


class Pass(NamedTuple):
    """An artifact that a step of a pipeline takes (`input`) or makes (`output`)."""

    pipeline: str
    step: str
    direction: str
    artifact: str


class Flow(NamedTuple):
    """What steps take and make, which artifacts were registered with which as inputs, and counts.

    `inputs` are pairs of names, input first; `versions` counts each artifact's versions. `is_part`
    tells whether there are older steps or versions that were not looked at.
    """

    passes: list[Pass]
    inputs: list[tuple[str, str]]
    versions: dict[str, int]
    is_part: bool


def flow(db: Database) -> Flow:
    """Return the flow through the newest steps and versions."""
    step = db.row(_LEAST.format("seq", "run_step"), {"newest": NEWEST})
    given = db.row(_LEAST.format("version_seq", "version_input"), {"newest": NEWEST})
    names: dict[int, str] = {}
    passes = []
    for row in db.rows(_STEPS, {"least": 0 if step is None else step[0] + 1}):
        pipeline, name, direction, seq, artifact = as_shown("tttit", row)
        names[seq] = artifact
        passes.append(Pass(pipeline, name, direction, artifact))
    inputs = []
    for row in db.rows(_INPUTS, {"least": 0 if given is None else given[0] + 1}):
        one, taken, other, made = as_shown("itit", row)
        names |= {one: taken, other: made}
        inputs.append((taken, made))
    is_part = step is not None or given is not None
    return Flow(sorted(passes), sorted(inputs), _counts(db, list(names)), is_part)


def _counts(db: Database, artifacts: list[int]) -> dict[str, int]:
    sql = f"SELECT a.name, {VERSION_COUNT} FROM artifact a WHERE a.seq IN ({{}})"
    return dict(as_shown("ti", row) for row in rows_among(db, sql, artifacts))
