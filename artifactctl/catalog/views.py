"""The views that free questions are asked of: their columns, what they mean, and their SQL.

They are documented and stay; the tables behind them may change. Nothing is made in the catalog: a
question begins with the views as a WITH clause, so that it works where nothing can be written, and
no foreign catalog can have its own views instead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from artifactctl.catalog.engine.dialect import Dialect
from artifactctl.errors import InvalidInputError, WrongUsageError

LONGEST_CHARS = 1_000_000
"""The length of the longest question."""


class ColumnType(StrEnum):
    """The type of a view's column."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a view; one with the type JSON holds a whole JSON value."""

    name: str
    type: ColumnType
    meaning: str


@dataclass(frozen=True, slots=True)
class View:
    """A view: its name, what a row of it is, and its columns in the order of its SELECT list.

    In `sql`, `{schema}` stands for the start of a table's name. The names of the columns are those
    of `columns`, not of the SELECT list.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    sql: str


_TYPES = {"": ColumnType.TEXT, "#": ColumnType.INTEGER, "~": ColumnType.NUMBER}
_TYPES["{}"] = ColumnType.JSON
_COLUMN = re.compile(r"(\w+?)(#|~|\{\}|) +(.+)")


def _columns(text: str) -> tuple[Column, ...]:
    """Columns from lines of a name and a meaning; `#` integer, `~` number, `{}` JSON, else text."""
    found = (_COLUMN.fullmatch(line.strip()) for line in text.strip().splitlines())
    return tuple(Column(line[1], _TYPES[line[2]], line[3]) for line in found if line)


_ARTIFACTS = View(
    "artifacts",
    "an artifact",
    _columns("""
        id              its ID
        name            its name
        latest_version  the version that was made last
        version_count#  how many versions there are
        size_bytes#     the size of all versions
        created         when it was made
        updated         when it was changed last
        description     what it is, as Markdown
    """),
    """
    SELECT a.id, a.name,
        (SELECT v.version FROM {schema}artifact_version v
            WHERE v.artifact_seq = a.seq ORDER BY v.seq DESC LIMIT 1),
        (SELECT COUNT(*) FROM {schema}artifact_version v WHERE v.artifact_seq = a.seq),
        (SELECT CAST(COALESCE(SUM(v.size_bytes), 0) AS BIGINT) FROM {schema}artifact_version v
            WHERE v.artifact_seq = a.seq),
        a.created, a.updated, a.description
    FROM {schema}artifact a WHERE a.deleted IS NULL
    """,
)
_VERSIONS = View(
    "versions",
    "a version of an artifact",
    _columns("""
        id            its ID
        artifact      the artifact's name
        version       the version, such as 3
        ref           NAME:VERSION
        is_latest#    1 for the artifact's latest version, else 0
        type          DataArtifact, ModelArtifact …
        kind          file or folder
        size_bytes#   the size of its files
        file_count#   the number of its files
        digest        of all its files
        link          where linked data is; null for what the store has
        created       when it was made
        updated       when its tags or metadata were changed last
        data_deleted  when its bytes were deleted; null for what has them
        data_type     the Python type of a saved object
        materializer  what wrote its files
        run_id        the ID of the run that made it
        run           the name of that run
        step          the step that made it
        description   what it is, as Markdown
    """),
    """
    SELECT v.id, a.name, v.version, a.name || ':' || v.version,
        CASE WHEN v.seq = (SELECT MAX(o.seq) FROM {schema}artifact_version o
            WHERE o.artifact_seq = v.artifact_seq) THEN 1 ELSE 0 END,
        v.type, v.kind, v.size_bytes, v.file_count, v.digest, v.link, v.created, v.updated,
        v.data_deleted, v.data_type, v.materializer, v.producer_run, r.name, v.producer_step,
        v.description
    FROM {schema}artifact_version v JOIN {schema}artifact a ON a.seq = v.artifact_seq
    LEFT JOIN {schema}run r ON r.id = v.producer_run
    """,
)
_TAGS = View(
    "tags",
    "a tag on something",
    _columns("""
        tag         the tag
        kind        what has it: artifact, version, run or pipeline
        id          the ID of what has it
        ref         the name of what has it; NAME:VERSION of a version
        color       the tag's colour
        exclusive#  1 when one version of an artifact has it at a time, else 0
        protected#  1 when it is protected, else 0
    """),
    """
    SELECT x.tag, x.kind, x.id, x.ref, t.color,
        CASE WHEN t.exclusive THEN 1 ELSE 0 END, CASE WHEN t.protected THEN 1 ELSE 0 END
    FROM (
        SELECT c.tag, 'artifact' AS kind, a.id, a.name AS ref
        FROM {schema}artifact_tag c JOIN {schema}artifact a ON a.seq = c.artifact_seq
        UNION ALL SELECT c.tag, 'version', v.id, a.name || ':' || v.version
        FROM {schema}version_tag c JOIN {schema}artifact_version v ON v.seq = c.version_seq
        JOIN {schema}artifact a ON a.seq = v.artifact_seq
        UNION ALL SELECT c.tag, 'run', r.id, r.name
        FROM {schema}run_tag c JOIN {schema}run r ON r.seq = c.run_seq
        UNION ALL SELECT c.tag, 'pipeline', p.id, p.name
        FROM {schema}pipeline_tag c JOIN {schema}pipeline p ON p.seq = c.pipeline_seq
    ) x LEFT JOIN {schema}tag t ON t.name = x.tag AND t.deleted IS NULL
    """,
)


def _entries() -> str:
    """The SQL of `metadata`: whole values, and those inside of objects."""
    return " UNION ALL ".join(
        f"SELECT CAST('{kind}' AS TEXT), {owner}.id, CAST({ref} AS TEXT), m.key, {value}, m.number,"
        " CAST(CASE WHEN m.text LIKE 's%' THEN substr(m.text, 2) END AS TEXT)"
        f" FROM {{schema}}{kind}_metadata{suffix} m {joined}"
        for kind, owner, ref, joined in _OWNERS
        for suffix, value in (("", "{json}"), ("_leaf", "{no_json}"))
    )


# LEFT JOIN: an engine leaves it out where a question wants keys and values alone.
_OWNERS = (
    (
        "version",
        "v",
        "a.name || ':' || v.version",
        "LEFT JOIN {schema}artifact_version v ON v.seq = m.version_seq"
        " LEFT JOIN {schema}artifact a ON a.seq = v.artifact_seq",
    ),
    ("run", "r", "r.name", "LEFT JOIN {schema}run r ON r.seq = m.run_seq"),
    (
        "step",
        "s",
        "r.name || '/' || s.name",
        "LEFT JOIN {schema}run_step s ON s.seq = m.step_seq"
        " LEFT JOIN {schema}run r ON r.seq = s.run_seq",
    ),
)
_METADATA = View(
    "metadata",
    "a metadata value of a version, run or step, or a value inside of one",
    _columns("""
        kind     what has it: version, run or step
        id       the ID of what has it
        ref      NAME:VERSION, the run's name, or RUN/STEP
        key      the key; keys inside of an object are joined with a dot
        value{}  the whole value; null for what is inside of an object
        number~  the value when it is a number, to compare and to sort by
        text     the value when it is a text
    """),
    _entries(),
)
_RUNS = View(
    "runs",
    "an execution of a pipeline",
    _columns("""
        id           its ID
        name         its name
        pipeline     the pipeline's name
        status       running, completed, failed …
        started      when it began
        ended        when it ended; null while it runs
        duration_s~  how many seconds it took
        description  what it was for, as Markdown
    """),
    """
    SELECT r.id, r.name, r.pipeline, r.status, r.started, r.ended, {seconds:r}, r.description
    FROM {schema}run r
    """,
)
_STEPS = View(
    "steps",
    "a step of a run",
    _columns("""
        id           its ID
        run_id       the run's ID
        run          the run's name
        name         its name
        status       completed, cached, failed …
        started      when it began
        ended        when it ended; null while it runs
        duration_s~  how many seconds it took
        log_bytes#   the size of its log
    """),
    """
    SELECT s.id, r.id, r.name, s.name, s.status, s.started, s.ended, {seconds:s}, s.log_bytes
    FROM {schema}run_step s JOIN {schema}run r ON r.seq = s.run_seq
    """,
)
_USED = """
        run_id      the run's ID
        run         the run's name
        step_id     the step's ID
        step        the step's name
        name        the name of the {0} in the step
        version_id  the ID of the version
        ref         the version as NAME:VERSION
        is_deleted# 1 when the version is deleted, else 0
"""
_USES = """
    SELECT r.id, r.name, s.id, s.name, u.name, COALESCE(v.id, d.id),
        a.name || ':' || COALESCE(v.version, d.version),
        CASE WHEN v.seq IS NULL THEN 1 ELSE 0 END{0}
    FROM {{schema}}step_version u JOIN {{schema}}run_step s ON s.seq = u.step_seq
    JOIN {{schema}}run r ON r.seq = s.run_seq
    LEFT JOIN {{schema}}artifact_version v ON v.seq = u.version_seq
    LEFT JOIN {{schema}}deleted_version d ON d.seq = u.version_seq
    LEFT JOIN {{schema}}artifact a ON a.seq = COALESCE(v.artifact_seq, d.artifact_seq)
    WHERE u.direction = '{1}'
"""
_INPUTS = View(
    "inputs",
    "a version that a step used, or that another version was registered with",
    _columns(
        _USED.format("input")
        + "        made_id     the ID of the version that was registered with it; null for steps\n"
    ),
    _USES.format(", CAST(NULL AS TEXT)", "input")
    + """
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, COALESCE(v.id, d.id),
        a.name || ':' || COALESCE(v.version, d.version),
        CASE WHEN v.seq IS NULL THEN 1 ELSE 0 END, m.id
    FROM {schema}version_input i JOIN {schema}artifact_version m ON m.seq = i.version_seq
    LEFT JOIN {schema}artifact_version v ON v.seq = i.input_seq
    LEFT JOIN {schema}deleted_version d ON d.seq = i.input_seq
    LEFT JOIN {schema}artifact a ON a.seq = COALESCE(v.artifact_seq, d.artifact_seq)
    """,
)
_OUTPUTS = View(
    "outputs",
    "a version that a step made, or had again from the cache",
    _columns(_USED.format("output")),
    _USES.format("", "output"),
)

VIEWS = (_ARTIFACTS, _VERSIONS, _TAGS, _METADATA, _RUNS, _STEPS, _INPUTS, _OUTPUTS)
"""All views, in the order in which they are shown."""

NAMES = frozenset(view.name for view in VIEWS)

_SKIPPED = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)
_WITH = re.compile(r"WITH\b(?:\s+RECURSIVE\b)?", re.IGNORECASE)
_ASKS = re.compile(r"(?:SELECT|VALUES)\b", re.IGNORECASE)


def clause(question: str, dialect: Dialect) -> tuple[str, str]:
    """The start of the statement that answers a question, with the views, and the question's rest.

    In the first, `{schema}` stands for the start of a table's name. Raises `WrongUsageError` for
    what is no question, `InvalidInputError` for one that is too long.
    """
    if len(question) > LONGEST_CHARS or "\0" in question:
        raise InvalidInputError(
            f"the query is longer than {LONGEST_CHARS:,} characters, or has a NUL character"
        )
    begin = _SKIPPED.match(question)
    asked = question[begin.end() if begin else 0 :].rstrip().rstrip(";")
    found = _WITH.match(asked)
    if found is None and not _ASKS.match(asked):
        raise WrongUsageError(
            "the query does not begin with SELECT, VALUES or WITH: a query can only read",
            hint="'artifactctl sql' lists the views to query",
        )
    views = ",".join(_as_clause(view, dialect) for view in VIEWS)
    rest = asked if found is None else f", {asked[found.end() :]}"
    # RECURSIVE is for what the question defines itself, whose own WITH is cut off.
    return f"WITH RECURSIVE {views}\n", rest


def _as_clause(view: View, dialect: Dialect) -> str:
    names = ", ".join(column.name for column in view.columns)
    body = view.sql.replace("{json}", dialect.json_of.format("m.value"))
    body = body.replace("{no_json}", dialect.json_of.format("NULL"))
    for table in "rs":
        seconds = dialect.seconds_between.format(f"{table}.started", f"{table}.ended")
        body = body.replace(f"{{seconds:{table}}}", seconds)
    if dialect.json_table is not None and any(map(_is_json, view.columns)):
        body += f" UNION ALL SELECT {', '.join(_typed(view))} FROM {dialect.json_table} WHERE 0"
    # A view that a question names twice would otherwise be computed whole, without its conditions.
    return f"{view.name} ({names}) AS NOT MATERIALIZED ({body})"


def _is_json(column: Column) -> bool:
    return column.type is ColumnType.JSON


def _typed(view: View) -> Iterator[str]:
    """The SELECT list of a part without rows, which gives the JSON columns a type of their own."""
    kinds = {ColumnType.TEXT: "TEXT", ColumnType.INTEGER: "BIGINT", ColumnType.NUMBER: "NUMERIC"}
    for column in view.columns:
        yield "json" if _is_json(column) else f"CAST(NULL AS {kinds[column.type]})"
