"""The fields by which listings are filtered and sorted: for options, completion, help and the SDK.

They are plain data, since the command line loads them at every start, and named tuples, which take
a fifth of the time of frozen dataclasses to define; `filtering` makes SQL of them. In their SQL,
`v`, `a` and `r` are the listed version, artifact and run.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from artifactctl.enums import ArtifactType, ColorVariants, RunStatus, SearchKind

# The kinds of fields say how a typed value is compared with a column or an SQL expression.


class Text(NamedTuple):
    """Text, compared as typed, or as a member of `enum`.

    `number` is the column that holds the same value as a number, for `gt`, `lt` and the like.
    """

    column: str
    enum: type[ArtifactType] | type[RunStatus] | type[ColorVariants] | None = None
    number: str | None = None


class Place(NamedTuple):
    """A URL stored without percent-escapes; a filter may give it with or without, or as a path."""

    column: str


class Whole(NamedTuple):
    """A whole number; a filter may give it with a unit of bytes, such as `10MB`."""

    column: str


class Time(NamedTuple):
    """A time; a value in a filter is as precise as it is typed, so that a date is a whole day."""

    column: str


class Flag(NamedTuple):
    """A boolean."""

    column: str


class Identifier(NamedTuple):
    """A UUID, which a filter may give with or without dashes."""

    column: str


Column = Text | Place | Whole | Time | Flag | Identifier


class Among(NamedTuple):
    """A column of related rows: `column` of the listed row is among what `found` selects.

    `inner` is the compared column of the related rows; if the value is a UUID, `identifier` is
    compared instead. `is_unique`: equality finds at most one row. `has_keys`: `found` selects the
    seqs of the listed rows.
    """

    inner: Column
    column: str
    found: str
    is_unique: bool = False
    identifier: Identifier | None = None
    has_keys: bool = False


class Either(NamedTuple):
    """A field whose UUIDs are compared with `identifier`, and all other values with `other`."""

    identifier: Identifier
    other: Column | Among


Filterable = Column | Among | Either


class Order(NamedTuple):
    """Columns to sort by.

    `is_nullable`: some values may be NULL, which sorts below all others. `source` is the FROM
    clause, up to its WHERE, with which an index yields the rows in this order.
    """

    columns: Sequence[str]
    is_nullable: bool = False
    source: str = ""


class Field(NamedTuple):
    """A field of a listing: `filter` tells how to filter by it, `order` how to sort; None: neither.

    `also` are other names for it. A field with a `help` text is an option of the command line,
    named by `flags` or by the field itself; `values` is the kind of values that completion offers.
    An option that `is_switch` takes no value and means true.
    """

    name: str
    filter: Filterable | None = None
    order: Order | None = None
    help: str = ""
    also: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    values: str = ""
    metavar: str = "FILTER"
    is_switch: bool = False


class Listed(NamedTuple):
    """A kind of listing: the FROM clause of its rows, their seq column, fields and metadata.

    `kind` is what a search calls its rows; None for rows that cannot be searched.
    """

    source: str
    seq: str
    fields: tuple[Field, ...]
    metadata: Literal["version", "run"] | None = None
    kind: SearchKind | None = None

    def field(self, name: str) -> Field | None:
        """The field with this name, in which dashes count as underscores, or None."""
        plain = name.replace("-", "_")
        return next((item for item in self.fields if plain in (item.name, *item.also)), None)


NEWEST_FIRST, OLDEST_FIRST = "desc:seq", "asc:seq"
"""The orders of creation, which the clock has no part in. Users have no words for them."""

METADATA = "metadata."
"""The prefix of a metadata key where a field is named, as in `metadata.accuracy`."""


def latest(column: str) -> str:
    """SQL for a column of an artifact's latest version, in a statement over `artifact a`."""
    return (
        f"(SELECT {column} FROM artifact_version v"
        " WHERE v.artifact_seq = a.seq ORDER BY v.seq DESC LIMIT 1)"
    )


VERSION_COUNT = "(SELECT COUNT(*) FROM artifact_version v WHERE v.artifact_seq = a.seq)"
"""SQL for the number of an artifact's versions, in a statement over `artifact a`."""

_URI = (
    "COALESCE(v.link, :store || '/manifests/' || substr(v.manifest, 8, 2) || '/'"
    " || substr(v.manifest, 8) || '.json')"
)
_OF_ARTIFACT = Among(
    Text("a.name"),
    "v.artifact_seq",
    "a.seq FROM artifact a",
    is_unique=True,
    identifier=Identifier("a.id"),
)
# Numbered versions sort by number, before custom version strings. The first term separates the
# two, so that NULLs in `v.number` need no NULLS FIRST or LAST.
_BY_VERSION = ("(v.number IS NULL)", "v.number", "v.version")
_BY_ARTIFACT = Order(
    ("a.name",), source="artifact a CROSS JOIN artifact_version v WHERE v.artifact_seq = a.seq AND "
)
_BY_LATEST = Order(tuple(map(latest, _BY_VERSION)), is_nullable=True)
# An artifact without versions counts as it was when it was created.
_BY_LATEST_TIME = Order((f"COALESCE({latest('v.created')}, a.created)",))

_ANY = "VALUE or OPERATOR:VALUE, such as contains:iris."
_MOMENT = "2026-01-31, gte:7d, in:2026-01-01,2026-02-01."
_TAG = "A label, or isnull: for none."


def _by(column: str, *, is_nullable: bool = False) -> Order:
    return Order((column,), is_nullable)


def _text(
    name: str,
    column: str,
    help: str,  # noqa: A002 (as in `Field`)
    *,
    enum: type[ArtifactType] | type[RunStatus] | type[ColorVariants] | None = None,
    flags: tuple[str, ...] = (),
    values: str = "",
) -> Field:
    """The field of a column with text, by which rows are filtered and sorted."""
    return Field(name, Text(column, enum), _by(column), help, flags=flags, values=values)


def _flag(name: str, column: str) -> Field:
    return Field(name, Flag(column), _by(column), "true or false.")


def _of_run(column: str) -> Among:
    return Among(Text(column), "v.producer_run", "r.id FROM run r")


def _tag(owner: str, key: str) -> Field:
    """The field of the tags, which sorts by the first tag as text."""
    first = f"(SELECT MIN(t.tag) FROM {owner}_tag t WHERE t.{owner}_seq = {key})"
    found = f"t.{owner}_seq FROM {owner}_tag t"
    return Field(
        "tag",
        Among(Text("t.tag"), key, found, has_keys=owner == "version"),
        _by(first, is_nullable=True),
        _TAG,
        also=("tags",),
        flags=("--tag", "--tags"),
        values="TAG",
    )


def _time(name: str, column: str, *, is_nullable: bool = False, also: str = "") -> Field:
    names = (also,) if also else ()
    return Field(name, Time(column), _by(column, is_nullable=is_nullable), _MOMENT, also=names)


def _id(column: str) -> Field:
    return Field("id", Identifier(column), _by(column), "An ID, or startswith:1a2b3c4d.")


_SIZES = "gt:10MB, in:1000,2000."
_NUMBER = "3, gt:10, isnull: for custom versions."
_RUN = "The name or ID of the run that made it."
_STATUS = "running, completed, failed or cancelled."
_BY_KEY = Field(
    "metadata",
    help="accuracy=gt:0.9, lr=0.1.",
    flags=("--metadata", "--run-metadata"),
    metavar="KEY=FILTER",
)
_HAS_CUSTOM_NAME = Flag("a.has_custom_name")
_UNUSED = "(v.seq NOT IN (SELECT u.version_seq FROM step_version u))"
# The ID of a run is compared without a join, so that versions of a deleted run are found too.
_BY_RUN = Either(Identifier("v.producer_run"), _of_run("r.name"))

VERSIONS = Listed(
    "artifact_version v WHERE ",
    "v.seq",
    (
        Field("artifact", _OF_ARTIFACT, _BY_ARTIFACT, _ANY, values="NAME"),
        Field("name", _OF_ARTIFACT, _BY_ARTIFACT, "The same as --artifact.", values="NAME"),
        Field(
            "version",
            Text("v.version", number="v.number"),
            Order(_BY_VERSION),
            _ANY,
            values="VERSION",
        ),
        Field("version_number", Whole("v.number"), _by("v.number", is_nullable=True), _NUMBER),
        _text("type", "v.type", "data, model, …", enum=ArtifactType, values="TYPE"),
        _tag("version", "v.seq"),
        _BY_KEY,
        _time("created", "v.created"),
        _time("updated", "v.updated"),
        Field("size_bytes", Whole("v.size_bytes"), _by("v.size_bytes"), _SIZES, also=("size",)),
        Field("file_count", order=_by("v.file_count")),
        Field("data_type", Text("v.data_type"), help=_ANY),
        Field("materializer", Text("v.materializer"), help=_ANY),
        Field("uri", Place(_URI), help=_ANY),
        Field("pipeline_run", _BY_RUN, help=_RUN, values="RUN"),
        Field(
            "pipeline", _of_run("r.pipeline"), None, "The pipeline of that run.", values="PIPELINE"
        ),
        Field("step", Text("v.producer_step"), help="The step that made it."),
        Field(
            "has_custom_name",
            Among(_HAS_CUSTOM_NAME, "v.artifact_seq", "a.seq FROM artifact a"),
            help="true or false.",
        ),
        Field("only_unused", Flag(_UNUSED), help="Only what no run made or used.", is_switch=True),
        _id("v.id"),
    ),
    "version",
    SearchKind.VERSION,
)
ARTIFACTS = Listed(
    "artifact a WHERE a.deleted IS NULL AND ",
    "a.seq",
    (
        _text("name", "a.name", _ANY, values="NAME"),
        _tag("artifact", "a.seq"),
        Field("latest_version_name", order=_BY_LATEST),
        Field("latest_version", order=_BY_LATEST_TIME),
        Field("version_count", order=_by(VERSION_COUNT)),
        _time("created", "a.created"),
        _time("updated", "a.updated"),
        Field("has_custom_name", _HAS_CUSTOM_NAME, help="true or false."),
        _id("a.id"),
    ),
    kind=SearchKind.ARTIFACT,
)
_NAMES = ("--name", "--run")
_ENDED = "COALESCE(r.ended, r.started)"
FIRST_RUN = "r.seq = (SELECT MIN(f.seq) FROM run f WHERE f.pipeline = r.pipeline)"
"""The SQL condition for the first runs of pipelines: they stand for these in statements."""


def latest_run(column: str) -> str:
    """SQL for a column of a pipeline's latest run `l`, in a statement over its first run `r`."""
    found = f"SELECT {column} FROM run l WHERE l.pipeline = r.pipeline"
    return f"({found} ORDER BY l.seq DESC LIMIT 1)"


RUN_COUNT = "(SELECT COUNT(*) FROM run n WHERE n.pipeline = r.pipeline)"
"""SQL for the number of a pipeline's runs, in a statement over one of them, `run r`."""

_OF_PIPELINE = "pipeline p JOIN pipeline_tag t ON t.pipeline_seq = p.seq"
_FIRST_TAG = f"(SELECT MIN(t.tag) FROM {_OF_PIPELINE} AND p.name = r.pipeline)"
_LATEST_STATUS, _LATEST_EVENT = map(latest_run, ("l.status", "COALESCE(l.ended, l.started)"))
PIPELINES = Listed(
    f"run r WHERE {FIRST_RUN} AND ",
    "r.seq",
    (
        _text("name", "r.pipeline", "The pipeline's name.", values="PIPELINE"),
        Field(
            "tag",
            Among(Text("t.tag"), "r.pipeline", f"p.name FROM {_OF_PIPELINE}"),
            _by(_FIRST_TAG, is_nullable=True),
            _TAG,
            also=("tags",),
            flags=("--tag", "--tags"),
            values="TAG",
        ),
        _text(
            "latest_run_status",
            _LATEST_STATUS,
            f"{_STATUS[:-1]}: that of the newest run.",
            enum=RunStatus,
            values="STATUS",
        ),
        Field("latest_run", order=_by(latest_run("l.seq"))),
        Field("run_count", Whole(RUN_COUNT), _by(RUN_COUNT), "gt:10, 1.", also=("num_runs",)),
        _time("created", "r.started"),
        _time("updated", _LATEST_EVENT),
        # IDs are derived from names: `reading.pipelines` makes filters on names of these.
        Field("id", help="An ID, or startswith:1a2b3c4d."),
    ),
)
_CARRIERS: Mapping[str, str] = {
    "artifact": "artifact_tag",
    "artifact_version": "version_tag",
    "pipeline": "pipeline_tag",
    "pipeline_run": "run_tag",
}
TAGGED_COUNT = " + ".join(
    f"(SELECT COUNT(*) FROM {table} t WHERE t.tag = g.name)" for table in _CARRIERS.values()
)
"""SQL for the number of rows that carry a tag, in a statement over `tag g`."""

_TAGGED = " UNION ".join(
    f"SELECT tag, '{kind}' AS kind FROM {table}" for kind, table in _CARRIERS.items()
)
TAGS = Listed(
    "tag g WHERE g.deleted IS NULL AND ",
    "g.seq",
    (
        _text("name", "g.name", _ANY, values="TAG"),
        _text("color", "g.color", "grey, purple, red, …", enum=ColorVariants),
        _flag("exclusive", "g.exclusive"),
        _flag("cascade", "g.cascade"),
        _flag("protected", "g.protected"),
        Field("tagged_count", Whole(f"({TAGGED_COUNT})"), _by(f"({TAGGED_COUNT})"), "gt:0, 0."),
        Field(
            "resource_type",
            Among(Text("k.kind"), "g.name", f"k.tag FROM ({_TAGGED}) k"),
            help=f"What carries it: {', '.join(_CARRIERS)}.",
        ),
        _time("created", "g.created"),
        _time("updated", "g.updated"),
        _id("g.id"),
    ),
)
STEPS = Listed(
    "run_step s WHERE ",
    "s.seq",
    (
        _text("name", "s.name", "The step's name."),
        _text("status", "s.status", _ANY),
        Field(
            "pipeline_run_id",
            Among(Identifier("r.id"), "s.run_seq", "r.seq FROM run r"),
            help="The ID of the run.",
        ),
        _time("created", "s.started"),
        _id("s.id"),
    ),
)
RUNS = Listed(
    "run r WHERE ",
    "r.seq",
    (
        _text("name", "r.name", "The run's name.", flags=_NAMES, values="RUN"),
        _text("pipeline", "r.pipeline", "The pipeline's name.", values="PIPELINE"),
        _text("status", "r.status", _STATUS, enum=RunStatus, values="STATUS"),
        _tag("run", "r.seq"),
        _BY_KEY,
        _time("created", "r.started"),
        _time("started", "r.started", also="start_time"),
        _time("ended", "r.ended", is_nullable=True, also="end_time"),
        Field("updated", Time(_ENDED), _by(_ENDED)),
        _id("r.id"),
    ),
    "run",
    SearchKind.RUN,
)
