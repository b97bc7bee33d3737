"""Filters against a plain model of what they mean, over versions as different as can be."""

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from artifactctl.catalog.reading import listing
from artifactctl.catalog.reading.filters import OPERATORS, ORDERED, TEXT
from artifactctl.catalog.rows import Listing
from artifactctl.digests import digest_of
from artifactctl.errors import WrongUsageError
from tests.catalog.test_rows import add, open_database, use

STORE = "file:///home/store"
NOT = {"notequals": "equals", "notcontains": "contains", "notoneof": "oneof"}
UNITS = {"kb": 10**3, "MB": 10**6, "gib": 1 << 30}
FAR = {
    "deep": {"a": 1, "b": {"c": "x"}, "e": {}, "n": None},
    "list": [1, "two", None, {"k": 0}],
    "né": "naïve",
}


@dataclass
class Thing:
    """A version as the tests know it."""

    artifact: str
    version: str
    type: str = "DataArtifact"
    size_bytes: int = 1
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    link: str | None = None
    run: dict[str, str] | None = None
    data_type: str | None = None
    materializer: str | None = None
    used: bool = False
    custom: bool = True
    id: str = ""
    manifest: str = ""
    created: str = ""
    updated: str = ""
    artifact_id: str = ""
    run_id: str | None = None

    @property
    def number(self) -> int | None:
        canonical = self.version.isdigit() and self.version[0] != "0" and self.version.isascii()
        return int(self.version) if canonical else None

    @property
    def uri(self) -> str:
        name = self.manifest.removeprefix("blake3:")
        return self.link or f"{STORE}/manifests/{name[:2]}/{name}.json"


RUN = {"name": "nightly", "pipeline": "train%", "step": "fit_it"}
THINGS = [
    Thing("iris", "1", tags=("prod", "stage:prod"), metadata={"acc": 0.9, "n": 10, "ok": True}),
    Thing("iris", "2", size_bytes=10**7, metadata={"acc": 0, "n": "10", "ok": "true"}),
    Thing("iris", "10", "ModelArtifact", tags=("50%", "a_b"), metadata={"acc": -1.5, "n": 9}),
    Thing("iris", "05", size_bytes=0, metadata={"acc": 2**70, "n": None, "ok": False}),
    Thing("iris", "raw_2023", tags=("é", "E"), metadata={"acc": -(2**70), "n": 2**63 - 1}),
    Thing("p::s::output", "1", run=RUN, used=True, metadata=FAR),
    Thing("p::s::output", "2", run={**RUN, "name": "it's"}, metadata={"deep": 1, "list": []}),
    Thing("a%b", "1", link="s3://bucket/a%b_c", metadata={"text": "100% of a_b\\c 'q' \"d\""}),
    Thing("a_b", "v1.0", size_bytes=2**62, metadata={"text": "", "a.b": 1, "a": {"b": 1}}),
    Thing("axb", "9223372036854775807", metadata={"text": "éÉ", "a.b": "top"}, tags=("prod",)),
    Thing("O'Brien", "1", "StatisticsArtifact", metadata={"text": "prod", "a": {"b": "x"}}),
    Thing("日本", "1", data_type="numpy.ndarray", materializer="numpy", metadata={"big": 1e308}),
    Thing("日本", "2", data_type="str", custom=False, metadata={"big": 10**400, "ok": None}),
    Thing("many", "9", used=True, metadata={"text": "false", "n": 10.0, "ok": 1}),
    Thing("many", "1e3", "BaseArtifact", size_bytes=5, metadata={"text": "é%_", "n": 0.1}),
]
METADATA_KEYS = sorted(
    {key for thing in THINGS for key in thing.metadata}
    | {"deep.a", "deep.b", "deep.b.c", "deep.e", "deep.n", "deep.x", "list.0", "a.b", "absent"}
)
TEXT_FIELDS = {
    "artifact": lambda t: t.artifact,
    "name": lambda t: t.artifact,
    "data_type": lambda t: t.data_type,
    "materializer": lambda t: t.materializer,
    "uri": lambda t: t.uri,
    "pipeline_run": lambda t: t.run and t.run["name"],
    "pipeline": lambda t: t.run and t.run["pipeline"],
    "step": lambda t: t.run and t.run["step"],
    "version": lambda t: t.version,
}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    made = open_database(tmp_path_factory.mktemp("catalog"))
    for thing in THINGS:
        thing.manifest = digest_of(f"{thing.artifact} {thing.version}".encode())
        thing.id = add(
            made,
            thing.artifact,
            thing.version,
            type=thing.type,
            size_bytes=thing.size_bytes,
            tags=thing.tags,
            metadata=thing.metadata,
            link=thing.link,
            manifest=thing.manifest,
        )
        if thing.run is not None:
            thing.run_id = use(made, thing.id, "output", **thing.run)
        elif thing.used:
            use(made, thing.id)
        with made.transaction() as connection:
            connection.execute(
                "UPDATE artifact_version SET data_type = :data_type, materializer = :materializer"
                " WHERE id = :id",
                vars(thing),
            )
            if not thing.custom:
                connection.execute(
                    "UPDATE artifact SET has_custom_name = FALSE WHERE name = :artifact",
                    vars(thing),
                )
    for number, thing in enumerate(THINGS):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=7 * number, microseconds=number)
        thing.created = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        with made.transaction() as connection:
            connection.execute(
                "UPDATE artifact_version SET created = :at, updated = :at WHERE id = :id",
                {"at": thing.created, "id": thing.id},
            )
        ((thing.artifact_id,),) = made.rows(
            "SELECT id FROM artifact WHERE name = :name", {"name": thing.artifact}
        )
    for thing in THINGS:
        thing.custom = thing.artifact != "日本"
    yield made
    made.close()


def found(db, *filters: tuple[str, str], operator: str = "and") -> list[str]:
    """`NAME:VERSION` of what passes; the total must be the same on a page."""
    wish = {"filters": filters, "logical_operator": operator, "store": STORE}
    whole = listing.list_versions(db, Listing(size=0, **wish), lambda row: row)
    names = [f"{row.artifact}:{row.version}" for row in whole]
    page = listing.list_versions(db, Listing(size=7, **wish), lambda row: row)
    assert len(names) == whole.total == page.total == len(whole.items)
    assert [f"{row.artifact}:{row.version}" for row in page] == names[:7]
    return names


def expected(holds) -> list[str]:
    """What passes in the model, newest first."""
    return [f"{thing.artifact}:{thing.version}" for thing in reversed(THINGS) if holds(thing)]


def words_of(value: str) -> list[str]:
    if not value.lstrip().startswith("["):
        return [word.strip() for word in value.split(",")]
    return [word if isinstance(word, str) else json.dumps(word) for word in json.loads(value)]


def fold(text: str) -> str:
    """`LIKE` takes ASCII letters of both cases for equal, and no others."""
    return "".join(char.lower() if char.isascii() else char for char in text)


def text_holds(operator: str, value: str, own: str | None, number: int | None = None) -> bool:
    if operator in NOT:
        return not text_holds(NOT[operator], value, own, number)
    if operator in ("isnull", "isnotnull"):
        return (own is None) == (operator == "isnull")
    if own is None:
        return False
    if operator == "oneof":
        return own in words_of(value)
    if operator in ("contains", "startswith", "endswith"):
        act = {"contains": "__contains__"}.get(operator, operator)
        return bool(getattr(fold(own), act)(fold(value)))
    left: Any = own
    right: Any = value
    if number_of(value) is not None and operator != "equals" and number is not ...:
        left, right = number, number_of(value)
        if left is None:
            return False
    elif operator != "equals":
        left, right = own.encode(), value.encode()  # SQLite compares bytes of UTF-8
    return compare(operator, left, right)


def number_of(text: str) -> int | None:
    canonical = text.isascii() and text.isdigit() and text[0] != "0"
    return int(text) if canonical and int(text) < 2**63 else None


def compare(operator: str, left: Any, right: Any) -> bool:
    return {
        "equals": lambda: left == right,
        "gt": lambda: left > right,
        "gte": lambda: left >= right,
        "lt": lambda: left < right,
        "lte": lambda: left <= right,
    }[operator]()


@pytest.mark.parametrize("field", sorted(TEXT_FIELDS))
@pytest.mark.parametrize("operator", TEXT)
def test_every_operator_on_every_text(db, field: str, operator: str):
    values = ["iris", "IRIS", "a_b", "%", "_", "'", "1", "10", "prod", "日", "nightly", "é", "05"]
    values += ["iris,a_b, 日本", '["O\'Brien", "1", 10]', "train%", "t_it", "s3://", "numpy", "str"]
    values += ["raw_", "json", "it's", ""] if operator != "oneof" else []
    for value in [""] if operator in ("isnull", "isnotnull") else values:
        own = TEXT_FIELDS[field]
        wanted = expected(
            lambda t, o=own, v=value: text_holds(
                operator, v, o(t), t.number if field == "version" else ...
            )
        )
        assert found(db, (field, f"{operator}:{value}")) == wanted, value


@pytest.mark.parametrize("operator", TEXT)
def test_every_operator_on_tags_holds_when_any_tag_does(db, operator: str):
    values = ["prod", "stage:prod", "%", "_", "50%", "é", "É", "E", "", "prod,50%", "rod", "a"]
    for value in [""] if operator in ("isnull", "isnotnull") else values:
        positive = {**NOT, "isnull": "isnotnull"}.get(operator, operator)

        def holds(thing: Thing, positive: str = positive, value: str = value) -> bool:
            passes = any(text_holds(positive, value, tag, ...) for tag in thing.tags)
            return passes == (positive == operator)

        assert found(db, ("tag", f"{operator}:{value}")) == expected(holds), value
        assert found(db, ("tags", f"{operator}:{value}")) == expected(holds), value


def size_of(word: str) -> int:
    for unit, factor in UNITS.items():
        if word.lower().endswith(unit.lower()):
            return int(float(word[: -len(unit)]) * factor)
    return int(word)


@pytest.mark.parametrize("field", ["size_bytes", "version_number"])
@pytest.mark.parametrize("operator", ORDERED)
def test_every_operator_on_whole_numbers(db, field: str, operator: str):
    values = ["0", "1", "10", "10MB", "0.01gib", "5", "9223372036854775807", "-3"]
    values = {
        "in": ["1,10", "0,10MB", "5,1", '["1", 9]'],
        "oneof": ["1,10", "10MB, 5", "[0, 9]"],
        "notoneof": ["1,10", "10MB, 5", "[0, 9]"],
        "isnull": [""],
        "isnotnull": [""],
    }.get(operator, values)
    for value in values:

        def holds(thing: Thing, operator: str = operator, value: str = value) -> bool:
            own = thing.size_bytes if field == "size_bytes" else thing.number
            if operator in NOT:
                return not holds(thing, NOT[operator], value)
            if operator in ("isnull", "isnotnull"):
                return (own is None) == (operator == "isnull")
            if own is None:
                return False
            if operator == "oneof":
                return own in [size_of(word) for word in words_of(value)]
            if operator == "in":
                first, last = (size_of(word) for word in words_of(value))
                return first <= own <= last
            return compare(operator, own, size_of(value))

        assert found(db, (field, f"{operator}:{value}")) == expected(holds), value


@pytest.mark.parametrize("value", ["12.5", "ten", "", "1e3", "10PB", "NaN", "infMB", "1" * 30])
def test_what_is_no_whole_number_is_refused(db, value: str):
    with pytest.raises(WrongUsageError, match="size_bytes"):
        found(db, ("size_bytes", f"gt:{value}"))


# --- times

TIMES = [
    ("2026-01-02", "2026-01-02T00:00", "2026-01-03T00:00"),
    ("2026-01-01T07", None, None),
    ("2026-01-01T07:00", "2026-01-01T07:00", "2026-01-01T07:01"),
    ("2026-01-01 07:00:00", "2026-01-01T07:00", "2026-01-01T07:00:01"),
    ("2026-01-01T08:00+01:00", "2026-01-01T07:00", "2026-01-01T07:01"),
    ("2026-01-01T07:00:00.000001Z", "2026-01-01T07:00:00.000001", "2026-01-01T07:00:00.000002"),
    ("2026-01-01T07:00:00.0000", "2026-01-01T07:00", "2026-01-01T07:00:00.0001"),
    ("2026-01-02+02:00", "2026-01-01T22:00", "2026-01-02T22:00"),
    ("2025-12-31", "2025-12-31T00:00", "2026-01-01T00:00"),
]


@pytest.mark.parametrize("field", ["created", "updated"])
@pytest.mark.parametrize(
    "operator", ["equals", "notequals", "gt", "gte", "lt", "lte", "in", "oneof", "notoneof"]
)
@pytest.mark.parametrize(("text", "start", "end"), TIMES, ids=[text for text, *_ in TIMES])
def test_a_time_is_as_precise_as_it_was_typed(db, field, operator, text, start, end):
    if start is None:
        with pytest.raises(WrongUsageError, match="not a time"):
            found(db, (field, f"{operator}:{text}" + (",2026-01-02" if operator == "in" else "")))
        return
    first, behind = (datetime.fromisoformat(word + "+00:00") for word in (start, end))
    others = {
        "in": (f"2025-12-31,{text}", lambda at: at < behind),
        "oneof": (f"{text},2026-01-03", lambda at: first <= at < behind or at.day == 3),
        "notoneof": (f"{text},2026-01-03", lambda at: not (first <= at < behind or at.day == 3)),
    }
    holds = {
        "equals": lambda at: first <= at < behind,
        "notequals": lambda at: not first <= at < behind,
        "gt": lambda at: at >= behind,
        "gte": lambda at: at >= first,
        "lt": lambda at: at < first,
        "lte": lambda at: at < behind,
    }
    value, passes = others.get(operator) or (text, holds[operator])
    wanted = expected(lambda t: passes(datetime.fromisoformat(t.created)))
    assert found(db, (field, f"{operator}:{value}")) == wanted


def test_an_age_means_the_moment_that_long_ago(tmp_path):
    made = open_database(tmp_path)
    now = datetime.now(UTC)
    for days in (0, 3, 10, 40):
        row_id = add(made, f"d{days}")
        at = (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        with made.transaction() as connection:
            connection.execute(
                "UPDATE artifact_version SET created = :at WHERE id = :id", {"at": at, "id": row_id}
            )
    for text, names in (
        ("lt:7d", ["d40:1", "d10:1"]),
        ("gte:5d", ["d3:1", "d0:1"]),
        ("gt:1w", ["d3:1", "d0:1"]),
        ("lte:48h", ["d40:1", "d10:1", "d3:1"]),
        ("in:5w,60m", ["d10:1", "d3:1"]),
        ("equals:7d", []),
        ("isnull:", []),
    ):
        assert found(made, ("created", text)) == names, text
    made.close()


@pytest.mark.parametrize(
    "value", ["yesterday", "", "7", "7y", "2026-13-01", "2026-02-30", "2026-01-01T25:00", "-7d"]
)
def test_what_is_no_time_is_refused_with_what_is(db, value: str):
    for text in (f"gt:{value}", f"in:2026-01-01,{value}"):
        with pytest.raises(WrongUsageError, match="not a time") as caught:
            found(db, ("created", text))
        assert "7d" in caught.value.hint


def test_an_age_before_the_first_year_is_refused(db):
    with pytest.raises(WrongUsageError, match="not a time"):
        found(db, ("created", "lt:999999999w"))


# --- flags, identifiers, types


@pytest.mark.parametrize("field", ["has_custom_name", "only_unused"])
@pytest.mark.parametrize("word", ["true", "false", "Yes", "no", "1", "0", "TRUE"])
def test_flags_are_true_or_false(db, field: str, word: str):
    wanted = word.lower() in ("true", "yes", "1")

    def is_set(thing: Thing) -> bool:
        return thing.custom if field == "has_custom_name" else not (thing.used or thing.run)

    assert found(db, (field, word)) == expected(lambda t: is_set(t) == wanted)
    assert found(db, (field, f"notequals:{word}")) == expected(lambda t: is_set(t) != wanted)


def test_a_flag_has_no_other_value(db):
    with pytest.raises(WrongUsageError, match="neither true nor false"):
        found(db, ("only_unused", "maybe"))
    with pytest.raises(WrongUsageError, match="'gt' is not possible for this field"):
        found(db, ("only_unused", "gt:true"))


def test_an_id_is_found_however_it_is_written(db):
    thing = THINGS[4]
    for text in (thing.id, thing.id.upper(), thing.id.replace("-", ""), f"oneof:{thing.id}"):
        assert found(db, ("id", text)) == ["iris:raw_2023"]
    assert found(db, ("id", f"startswith:{thing.id[:13]}")) == ["iris:raw_2023"]
    assert found(db, ("id", f"notequals:{thing.id}")) == expected(lambda t: t is not thing)
    assert found(db, ("id", thing.id[:8])) == []


def test_an_artifact_and_a_run_may_be_given_by_their_ids(db):
    thing = THINGS[6]
    own = expected(lambda t: t.artifact == thing.artifact)
    assert found(db, ("artifact", thing.artifact_id)) == own
    assert found(db, ("artifact", f"notequals:{thing.artifact_id}")) == expected(
        lambda t: t.artifact != thing.artifact
    )
    assert found(db, ("pipeline_run", thing.run_id)) == ["p::s::output:2"]


@pytest.mark.parametrize("operator", TEXT)
def test_types_are_found_by_short_words(db, operator: str):
    meant = {"model": "ModelArtifact", "DATA": "DataArtifact", "StatisticsArtifact": None}
    if operator in ("isnull", "isnotnull"):
        meant = {"": ""}
    for word, name in meant.items():
        wanted = name if name is not None else word
        if operator in ("contains", "notcontains", "startswith", "endswith"):
            wanted = word
        assert found(db, ("type", f"{operator}:{word}")) == expected(
            lambda t, w=wanted: text_holds(operator, w, t.type, ...)
        )


# --- metadata


def values_at(thing: Thing, key: str) -> list[Any]:
    """What a key may mean: a key of the top, or the way into objects."""
    found = [thing.metadata[key]] if key in thing.metadata else []
    parts = key.split(".")
    for count in range(1, len(parts)):
        value: Any = thing.metadata.get(".".join(parts[:count]))
        for part in parts[count:]:
            value = value.get(part, ...) if isinstance(value, dict) else ...
        if value is not ...:
            found.append(value)
    return found


def read(text: str) -> Any:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError:
        return text


def near(value: Any) -> Any:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(own: Any, value: Any) -> bool:
    if own is None or value is None:
        return own is value
    if is_number(own) and is_number(value):
        return bool(near(own) == near(value))
    if isinstance(own, dict) and isinstance(value, dict):
        return True  # that both are objects; their parts have keys of their own
    return type(own) is type(value) and own == value


def metadata_holds(operator: str, value: str, own: Any) -> bool:
    if operator in NOT:
        return own is not None and not metadata_holds(NOT[operator], value, own)
    if operator == "isnotnull":
        return own is not None
    if operator == "oneof":
        items = json.loads(value) if value.startswith("[") else map(read, words_of(value))
        return any(same(own, item) for item in items)
    if operator in ("contains", "startswith", "endswith"):
        text = own
        if operator == "contains" and isinstance(own, list):
            text = json.dumps(own, ensure_ascii=False)
        return isinstance(text, str) and text_holds(operator, value, text, ...)
    wanted = read(value)
    if operator == "equals":
        return same(own, wanted)
    if is_number(wanted):
        return is_number(own) and compare(operator, near(own), near(wanted))
    return isinstance(own, str) and compare(operator, own.encode(), wanted.encode())


def check_metadata_filter(db, key: str, operator: str, value: str) -> None:
    def holds(thing: Thing) -> bool:
        values = values_at(thing, key)
        if operator == "isnull":
            return all(own is None for own in values)
        return any(metadata_holds(operator, value, own) for own in values)

    name = f"metadata.{key}"
    assert found(db, (name, f"{operator}:{value}")) == expected(holds), (name, operator, value)


VALUES = ["0", "10", '"10"', "10.0", "-1.5", "true", '"true"', "false", "null", "x", "true ", "1"]
VALUES += ["é", "%", "_", "'", "\\", '"', "100%", "[]", '[1, "two", null, {"k": 0}]', "{}", "two"]
VALUES += ["1e308", str(2**70), str(-(2**70)), str(10**400), str(2**63 - 1), "0.1", "NaN", "prod"]
LISTS = ["10, x", '["10", 0, true]', "[]", "10,true,null", '[null, "é"]', "[[], {}]", '["x"]']


@pytest.mark.parametrize("operator", TEXT)
@pytest.mark.parametrize("key", METADATA_KEYS)
def test_every_operator_on_every_type_of_metadata(db, key: str, operator: str):
    values = {"isnull": [""], "isnotnull": [""], "oneof": LISTS, "notoneof": LISTS}
    for value in values.get(operator, VALUES):
        wanted = read(value)
        is_ordering = operator in ("gt", "gte", "lt", "lte")
        if is_ordering and not (is_number(wanted) or isinstance(wanted, str)):
            with pytest.raises(WrongUsageError, match="numbers or texts"):
                found(db, (f"metadata.{key}", f"{operator}:{value}"))
            continue
        check_metadata_filter(db, key, operator, value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    key=st.sampled_from(METADATA_KEYS),
    operator=st.sampled_from(["equals", "notequals", "contains", "startswith", "endswith"]),
    value=st.sampled_from([str(text) for thing in THINGS for text in thing.metadata.values()])
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=4)
    | st.floats(allow_nan=False, allow_infinity=False).map(json.dumps)
    | st.integers().map(str),
)
def test_any_value_is_compared_by_its_type(db, key: str, operator: str, value: str):
    check_metadata_filter(db, key, operator, value)


def test_metadata_of_a_key_that_is_missing_holds_nothing_but_isnull(db):
    everything = expected(lambda _thing: True)
    for operator in TEXT:
        value = "" if operator in ("isnull", "isnotnull") else "x"
        wanted = everything if operator == "isnull" else []
        assert found(db, ("metadata.absent", f"{operator}:{value}")) == wanted


def test_a_number_is_not_its_text_and_true_is_not_the_word(db):
    assert found(db, ("metadata.n", "10")) == ["many:9", "iris:1"]
    assert found(db, ("metadata.n", '"10"')) == ["iris:2"]
    assert found(db, ("metadata.ok", "true")) == ["iris:1"]
    assert found(db, ("metadata.ok", '"true"')) == ["iris:2"]
    assert found(db, ("metadata.acc", "0")) == ["iris:2"]


# --- several filters

SINGLE = [
    ("artifact", "iris"),
    ("artifact", "notequals:iris"),
    ("tag", "prod"),
    ("tag", "oneof:prod,50%,E"),
    ("tag", "notequals:prod"),
    ("tag", "isnull:"),
    ("metadata.acc", "gt:0"),
    ("metadata.acc", "notequals:0"),
    ("metadata.a.b", "1"),
    ("metadata.a.b", "isnotnull:"),
    ("metadata.a.b", "notequals:7"),
    ("metadata.deep.a", "isnull:"),
    ("metadata.text", "contains:%"),
    ("version", "startswith:1"),
    ("size_bytes", "gt:1"),
    ("created", "gte:2026-01-03"),
    ("pipeline", "train%"),
    ("only_unused", "true"),
    ("type", "data"),
    ("id", "isnull:"),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    filters=st.lists(st.sampled_from(SINGLE), min_size=1, max_size=4),
    operator=st.sampled_from(["and", "or", "OR"]),
)
@example(filters=[("tag", "prod"), ("metadata.a.b", "isnotnull:")], operator="or")
@example(filters=[("metadata.a.b", "isnotnull:"), ("tag", "prod")], operator="and")
def test_filters_are_joined_as_sets_are(db, filters: list[tuple[str, str]], operator: str):
    sets = [set(found(db, one)) for one in filters]
    joined = set.intersection(*sets) if operator == "and" else set.union(*sets)
    in_order = [name for name in expected(lambda _thing: True) if name in joined]
    assert found(db, *filters, operator=operator) == in_order


def test_a_logical_operator_of_another_name_is_refused(db):
    with pytest.raises(WrongUsageError, match="'xor'") as caught:
        found(db, operator="xor")
    assert "and, or or" in caught.value.hint


# --- what is refused


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("artifact", {"in"}),
        ("tag", {"in"}),
        ("type", {"in"}),
        ("metadata.acc", set[str]()),
        ("size_bytes", {"contains", "notcontains", "startswith", "endswith"}),
        ("created", {"contains", "notcontains", "startswith", "endswith"}),
        (
            "only_unused",
            set(OPERATORS) - {"equals", "notequals", "isnull", "isnotnull"},
        ),
    ],
)
def test_an_operator_that_does_not_go_with_a_field_is_refused_with_those_that_do(db, field, wrong):
    for operator in wrong:
        with pytest.raises(WrongUsageError, match="is not possible for this field") as caught:
            found(db, (field, f"{operator}:x"))
        named = caught.value.hint.removeprefix("use one of ").split(", ")
        assert set(named) == set(OPERATORS) - wrong


@pytest.mark.parametrize("value", ["1", "1,2,3", "[1]", ""])
def test_a_range_has_two_ends(db, value: str):
    with pytest.raises(WrongUsageError, match="in takes two values"):
        found(db, ("size_bytes", f"in:{value}"))


def test_a_field_that_does_not_exist_is_refused_with_all_that_do(db):
    for wrong in ("nmae", "seq", "v.id", "", "facts", "metadata"):
        with pytest.raises(WrongUsageError, match="cannot filter by") as caught:
            found(db, (wrong, "x"))
        for known in ("artifact", "size_bytes", "only_unused", "metadata.KEY"):
            assert known in caught.value.hint
    assert found(db, ("size-bytes", "5")) == ["many:1e3"]
