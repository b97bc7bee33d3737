"""Values and containers of the standard library come back as what they were."""

import collections
import dataclasses
import enum
import json
import math
import re
import sys
import uuid
import warnings
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.materializers import load, save
from artifactctl.materializers.sameness import is_same
from tests.materializers.again import again, contents, pickled_again

ZONES = st.sampled_from([None, UTC, ZoneInfo("Europe/Berlin"), timezone(timedelta(seconds=-3661))])
SCALARS = (
    st.none()
    | st.booleans()
    | st.text(st.characters(exclude_characters="\0/")).map(Path)
    | st.text().map(PureWindowsPath)
    | st.ip_addresses()
    | st.sampled_from([re.compile("a+", re.IGNORECASE), re.compile(b"[\0-\xff]"), "None"])
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters())  # lone surrogates among them
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.uuids()
    | st.dates()
    | st.datetimes(timezones=ZONES)
    | st.times(timezones=st.sampled_from([None, UTC]))
    | st.timedeltas()
)
KEYS = st.none() | st.booleans() | st.integers() | st.text(st.characters()) | st.tuples(st.dates())
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(KEYS, inner)
        | st.dictionaries(st.text("$ab"), inner)
        | st.sets(SCALARS)
        | st.frozensets(SCALARS)
        | st.dictionaries(KEYS, inner).map(collections.OrderedDict)
    ),
    max_leaves=12,
)


class Colour(enum.Enum):
    RED = 1
    BLUE = ("b", 2)


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: float
    y: Any


@dataclasses.dataclass
class Settings:
    rate: float
    layers: list[int] = dataclasses.field(default_factory=list)
    inner: Any = None


@dataclasses.dataclass(frozen=True)
class Doubled:
    given: int
    twice: int = dataclasses.field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "given", self.given + 1)
        object.__setattr__(self, "twice", self.given * 2)


class Opaque:
    """Nothing but a pickle holds it."""

    def __init__(self, value: int) -> None:
        self.value = value


class SummerTime(tzinfo):
    def utcoffset(self, when):
        return timedelta(hours=2)

    def dst(self, when):
        return timedelta(0)

    def tzname(self, when):
        return "X"


@given(VALUES.filter(lambda value: not isinstance(value, Path)))
def test_every_nested_value_comes_back_equal_and_of_the_same_type(value):
    assert is_same(again(value), value)


@given(st.integers(-(10**6000), 10**6000))
def test_integers_of_any_length_come_back(number):
    assert again([number]) == [number]


@pytest.mark.parametrize("number", [0.1, 5e-324, -0.0, math.inf, -math.inf])
def test_floats_are_exact(number):
    assert repr(again(number)) == repr(number)


@pytest.mark.parametrize("bits", [1999, 2000, 2001, 20_000])
@pytest.mark.parametrize("sign", [1, -1])
def test_integers_longer_than_python_writes_in_decimal_come_back(bits, sign):
    assert again(sign << bits) == sign << bits


def test_nan_stays_nan_and_the_file_is_strict_json(tmp_path: Path):
    save({"loss": math.nan}, tmp_path)
    text = (tmp_path / "data.json").read_text()
    json.loads(text, parse_constant=pytest.fail)
    assert math.isnan(load(tmp_path, "container", "builtins.dict", allow_pickle=False)["loss"])


@pytest.mark.parametrize(
    "value",
    [
        Colour.RED, Colour.BLUE, Access.READ | Access.WRITE,
        Access(0), Point(1, (2, 3)), Settings(0.1, [1], Settings(2.0)), Decimal("1.00"),
        uuid.UUID(int=5), date(2020, 1, 1), time(1, 2, fold=1), bytearray(b"x"),
        datetime(2020, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
        collections.defaultdict(list, {1: [2]}), collections.defaultdict(None, {}),
        [Colour.RED, Point(1, Settings(1.0))], {Colour.RED: 1}, {(1, "a"): {2, 3}},
    ],
    ids=repr,
)  # fmt: skip
def test_values_of_the_standard_library_come_back(value):
    loaded = again(value)
    assert loaded == value
    assert type(loaded) is type(value)
    if isinstance(value, collections.defaultdict):
        assert loaded.default_factory == value.default_factory


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (range(1, 10, 3), '{"$range": [1, 10, 3]}'),
        (slice(None, 3), '{"$slice": [null, 3, null]}'),
        (..., '{"$ellipsis": true}'),
        (Fraction(1, 3), '{"$fraction": ["0x1", "0x3"]}'),
        (collections.Counter("aab"), '{"$Counter": {"a": 2, "b": 1}}'),
        (collections.Counter({1: 2}), '{"$Counter": [[1, 2]]}'),
        (collections.deque([1, 2, 3], 2), '{"$deque": [2, [2, 3]]}'),
        (collections.deque(), '{"$deque": [null, []]}'),
    ],
    ids=repr,
)
def test_rare_types_are_pickled_and_what_earlier_versions_wrote_of_them_loads(
    value: Any, text: str, tmp_path: Path
):
    (tmp_path / "data.json").write_text(text)
    before = load(tmp_path, "json", "builtins.object", allow_pickle=False)
    for loaded in (pickled_again(value), pickled_again([value])[0], before):
        assert loaded == value
        assert type(loaded) is type(value)
        assert getattr(loaded, "maxlen", None) == getattr(value, "maxlen", None)


@pytest.mark.parametrize("name", ["CET", "UTC", "UTC+01:00:00", "UTC+02:00"])
def test_a_named_zone_keeps_its_name(name: str):
    moment = datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=1), name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it may be pickled
        assert again(moment, allow_pickle=True).tzname() == name


def test_a_path_inside_of_something_is_itself(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "big.bin").write_bytes(bytes(10_000))
    value = {"lr": 0.1, "dir": tmp_path / "data", "none": Path("not/there"), Path("a"): [Path("b")]}
    (tmp_path / "saved").mkdir()
    save(value, tmp_path / "saved")
    assert list(contents(tmp_path / "saved")) == ["data.json"]
    assert again(value) == value
    assert again(Point(1, tmp_path / "data")).y == tmp_path / "data"


def test_attributes_of_containers_are_not_lost():
    value = collections.OrderedDict(a=1)
    value.note = "mine"
    for loaded in (pickled_again(value), pickled_again([value])[0]):
        assert (loaded, loaded.note) == (value, "mine")


def test_fold_is_kept():
    value = datetime(2020, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
    assert again([value])[0].fold == 1


def test_what_a_dataclass_derives_is_not_derived_twice():
    value = Doubled(1)
    assert again(value) == value


def test_an_object_that_occurs_twice_is_one_object_again():
    shared = Opaque(1)
    one, other, (third,) = pickled_again([shared, shared, (shared,)])
    assert one is other is third


def test_parts_that_json_cannot_hold_are_in_folders_of_their_own(tmp_path: Path):
    with pytest.warns(UserWarning, match="'Opaque' is saved as a pickle"):
        saved = save({"a": [1, b"x" * 5000], "b": Opaque(3)}, tmp_path)
    assert set(contents(tmp_path)) == {
        "index.json", "0/data.bin", "1/artifact.pkl", "1/python_version.txt",
    }  # fmt: skip
    assert saved.type is ArtifactType.BASE
    assert saved.metadata == {"length": 2, "pickled": True}
    loaded = load(tmp_path, saved.materializer, saved.data_type, allow_pickle=True)
    assert loaded["a"] == [1, b"x" * 5000]
    assert loaded["b"].value == 3


def test_a_pickle_inside_of_a_container_needs_consent_too(tmp_path: Path):
    with pytest.warns(UserWarning, match="pickle"):
        saved = save({"a": [Opaque(3)]}, tmp_path)
    with pytest.raises(UnsafeError, match="Opaque") as caught:
        load(tmp_path, saved.materializer, saved.data_type, allow_pickle=False)
    assert caught.value.hint == "load(allow_pickle=True) if you trust whoever saved it"


def test_what_keeps_state_outside_of_its_fields_is_not_taken_apart():
    value = Settings(1.0)
    value.extra = 1
    assert pickled_again(value).extra == 1
    factory = collections.defaultdict(lambda: 7)
    assert pickled_again(factory)["x"] == 7
    moment = datetime(2020, 1, 1, tzinfo=SummerTime())
    assert pickled_again(moment) == moment


@pytest.mark.parametrize(
    "wrap",
    [lambda i: [i], lambda i: (i,), lambda i: {"a": i}, lambda i: Settings(1, i)],
)
def test_what_contains_itself_is_pickled_as_one(wrap):
    items: list[Any] = []
    items.append(wrap(items))
    loaded = pickled_again(items, "contains itself")
    (inner,) = loaded
    content = [inner.layers] if isinstance(inner, Settings) else inner
    assert any(item is loaded for item in getattr(content, "values", lambda: content)())


def test_what_contains_itself_far_inside_is_one_object_again():
    value = Settings(1.0)
    array = np.empty(1, dtype=object)
    array[0] = [value]
    value.inner = {"me": array}
    loaded = pickled_again([0, value], "contains itself")[1]
    assert loaded.inner["me"][0][0] is loaded


def test_endless_text_from_few_lists_is_pickled_at_once():
    value: Any = [1]
    for _ in range(60):
        value = [value, value]
    loaded = pickled_again(value, "so often")
    assert loaded[0] is loaded[1]


def test_depth_has_a_limit_and_what_is_below_it_comes_back():
    value: Any = 1
    for _ in range(99):
        value = (value,)
    assert again(value) == value
    assert pickled_again([[value]], "deeper than 100") == [[value]]


def test_one_list_many_times_is_fine():
    assert again([[0, 1]] * 100_000)[-1] == [0, 1]


def test_a_class_made_inside_of_a_function_is_in_the_pickle_that_other_programs_load():
    @dataclasses.dataclass
    class Local:
        x: int

    class Inner(enum.Enum):
        A = 1

    assert pickled_again([Local(1)]) == [Local(1)]
    assert pickled_again([Inner.A])[0] is Inner.A
    assert pickled_again(NamedTuple("Elsewhere", [("a", int)])(1)).a == 1


def test_a_class_that_is_not_imported_is_an_error_that_names_it(tmp_path: Path, monkeypatch):
    saved = save(Settings(1.0), tmp_path)
    text = (tmp_path / "data.json").read_text().replace(__name__, "gone.module")
    (tmp_path / "data.json").write_text(text)
    with pytest.raises(NotFoundError, match=r"gone\.module") as caught:
        load(tmp_path, "object", "gone.module.Settings", allow_pickle=False)
    assert "import the module" in caught.value.hint
    assert saved.data_type == f"{__name__}.Settings"
    wanted = load(tmp_path, "object", "gone.module.Settings", allow_pickle=False, wanted=Settings)
    assert wanted == Settings(1.0)


def test_a_module_named_in_data_is_imported_with_consent_only(tmp_path: Path, monkeypatch):
    (tmp_path / "named_in_data.py").write_text(
        "import dataclasses\n@dataclasses.dataclass\nclass Thing:\n    x: int\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "data.json").write_text('{"$dataclass": ["named_in_data.Thing", {"x": 1}]}')
    arguments = (folder, "object", "named_in_data.Thing")
    with pytest.raises(NotFoundError):
        load(*arguments, allow_pickle=False)
    assert "named_in_data" not in sys.modules
    assert load(*arguments, allow_pickle=True).x == 1


def test_a_field_that_the_class_no_longer_has_is_named(tmp_path: Path):
    save(Settings(1.0), tmp_path)
    text = (tmp_path / "data.json").read_text().replace("layers", "widths")
    (tmp_path / "data.json").write_text(text)
    with pytest.raises(InvalidInputError, match="no field 'widths'"):
        load(tmp_path, "object", f"{__name__}.Settings", allow_pickle=False)


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "{", '{"$set": [[]]}', '{"$unknown": 1}', '{"$tuple": 1, "a": 2}', '{"$part": 0}',
        '{"$int": "x"}', '{"$datetime": []}', '{"$defaultdict": ["eval", {}]}',
        '{"$dataclass": ["os.path.join", {}]}', '{"$enum": ["enum.Enum", "mro"]}',
        '{"$model": ["subprocess.Popen", {"args": "true"}]}', '{"$dataclass": 5}',
        '{"$namedtuple": ["builtins.tuple", {}]}', "[" * 100_000, '{"$tuple":' * 5000,
        '{"$zone": 1}', '{"$datetime": ["2020-01-01", {"zone": "../../etc/passwd"}, 0]}',
        '{"$numpy": ["O", 1]}', '{"$numpy": ["<f8", {"bytes": "00"}]}', '{"$pandas": ["eval", 1]}',
    ],
)  # fmt: skip
def test_hostile_text_is_a_clear_error(text: str, tmp_path: Path):
    (tmp_path / "data.json").write_text(text)
    with pytest.raises((InvalidInputError, NotFoundError)):
        load(tmp_path, "container", "builtins.dict", allow_pickle=False)


@pytest.mark.parametrize(
    "index",
    [
        {"value": {"$part": 0}, "parts": []},
        {"value": {"$part": "../../x"}, "parts": []},
        {"value": {"$part": True}, "parts": [{}, {}]},
        {"value": {"$part": 0}, "parts": [{"materializer": "os:system", "data_type": "x"}]},
        {"value": {"$part": 0}, "parts": [{"materializer": "json", "data_type": "builtins.int"}]},
        {"value": {"$part": 0}},
        [],
    ],
)
def test_hostile_indexes_are_clear_errors(index: Any, tmp_path: Path):
    (tmp_path / "index.json").write_text(json.dumps(index))
    with pytest.raises((InvalidInputError, NotFoundError)):
        load(tmp_path, "container", "builtins.dict", allow_pickle=False)


def test_metadata_says_what_zenml_says(tmp_path: Path):
    def facts(name: str, value: Any) -> dict[str, Any]:
        (tmp_path / name).mkdir()
        return save(value, tmp_path / name).metadata

    assert facts("int", 5) == {"string_representation": "5"}
    assert facts("list", [1, 2]) == {"length": 2}
    assert facts("text", "secret") == {}
    assert facts("huge", 1 << 100_000) == {"bit_length": 100_001}
    assert facts("class", Settings(1.0))["schema"]["title"] == "Settings"


def test_a_list_of_many_numbers_is_saved_in_one_file_and_quickly(tmp_path: Path):
    numbers = [float(number) for number in range(100_000)]
    assert again(numbers) == numbers
