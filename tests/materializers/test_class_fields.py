"""Objects of users' classes come back field by field, without their code being run again."""

import collections
import dataclasses
import enum
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import pytest

from artifactctl.errors import InvalidInputError
from artifactctl.materializers import load, save
from artifactctl.materializers.sameness import is_same
from tests.materializers.again import again, pickled_again

T = TypeVar("T")


@dataclasses.dataclass
class Plain:
    a: int
    b: list[Any] = dataclasses.field(default_factory=list)
    c: int = dataclasses.field(init=False, default=7)


@dataclasses.dataclass(slots=True)
class Slotted:
    a: int
    b: int = dataclasses.field(init=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    a: Any


@dataclasses.dataclass
class Counting:
    a: int
    log: list[str] = dataclasses.field(default_factory=list)
    start: dataclasses.InitVar[int] = 1
    of_the_class: ClassVar[int] = 3

    def __post_init__(self, start: int) -> None:
        self.a += start
        self.log.append("made")


@dataclasses.dataclass
class Refusing:
    """Takes only what is above 0, at first."""

    a: int

    def __post_init__(self) -> None:
        if self.a <= 0:
            raise ValueError("only above 0")


@dataclasses.dataclass
class Deriving(Plain):
    d: str = "d"


@dataclasses.dataclass
class Of(Generic[T]):
    a: T


class Base:
    __slots__ = ("z",)


@dataclasses.dataclass
class OnSlots(Base):
    a: int


@dataclasses.dataclass
class Own:
    a: int
    lock: Any = None

    def __getstate__(self) -> Any:
        return {"a": self.a}

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state, lock="new")


@dataclasses.dataclass
class OverDict(dict):
    a: int = 1


@dataclasses.dataclass
class OverError(Exception):
    a: int = 1


@dataclasses.dataclass
class OverOrdered(collections.OrderedDict):
    a: int = 1


class Row(NamedTuple):
    a: int
    b: Any = None


class Cell(NamedTuple, Generic[T]):
    a: T


class Old(NamedTuple):
    x: int
    y: int


class NoTuple(tuple):
    _fields = ("x",)


class Level(enum.IntEnum):
    LOW = 1
    SAME = 1


class Flags(enum.Flag):
    A = 1
    B = 2


class Text(str):
    pass


class Number(int):
    pass


class Items(list):
    pass


def with_more(value: Any, **values: Any) -> Any:
    for name, held in values.items():
        setattr(value, name, held)
    return value


TAKEN_APART: dict[str, Callable[[], Any]] = {
    "plain": lambda: Plain(1, [2]),
    "its own default": lambda: with_more(Plain(1), c=8),
    "slots": lambda: with_more(Slotted(1), b=3),
    "frozen slots": lambda: Frozen((1, {2})),
    "post init": lambda: Counting(1),
    "refused by now": lambda: with_more(Refusing(1), a=-1),
    "derived": lambda: Deriving(1, d="x"),
    "generic": lambda: Of(1),
    "slots of a base": lambda: OnSlots(1),
    "named tuple": lambda: Row(1, Plain(2)),
    "generic named tuple": lambda: Cell([1]),
    "old named tuple": lambda: Old(1, 2),
    "enum": lambda: Level.SAME,
    "flags": lambda: Flags.A | Flags.B,
    "no flag": lambda: Flags(0),
    "nested": lambda: Frozen([Plain(1), {Level.LOW: Row(1)}, {Frozen(1)}]),
}
PICKLED: dict[str, Callable[[], Any]] = {
    "more than fields": lambda: with_more(Plain(1), extra=1),
    "less than fields": lambda: Slotted(1),
    "of a type": lambda: Of[int](1),
    "slots of a base that are used": lambda: with_more(OnSlots(1), z=5),
    "its own way": lambda: Own(1, 2),
    "a dict": lambda: OverDict({"x": 1}),
    "an error": lambda: OverError(3),
    "an ordered dict": OverOrdered,
    "no named tuple": lambda: with_more(NoTuple([1]), note=2),
    "text": lambda: with_more(Text("a"), note=1),
    "number": lambda: Number(3),
    "items": lambda: Items([1]),
}


@pytest.mark.parametrize("name", TAKEN_APART)
def test_what_is_its_fields_comes_back_without_a_pickle(name: str):
    value = TAKEN_APART[name]()
    assert is_same(again(value), value)
    assert is_same(again({"a": [value]}), {"a": [value]})


@pytest.mark.parametrize("name", PICKLED)
def test_what_is_more_than_its_fields_is_pickled_whole(name: str):
    value = PICKLED[name]()
    expected = Own(1, "new") if name == "its own way" else value
    assert is_same(pickled_again(value), expected)
    assert is_same(pickled_again({"a": [value]}), {"a": [expected]})


def test_a_property_that_stands_for_a_field_is_neither_asked_nor_told(monkeypatch):
    def fail(*_: Any) -> None:
        pytest.fail("code of the class was run")

    value = Plain(1)
    monkeypatch.setattr(Plain, "a", property(fail, fail), raising=False)
    monkeypatch.setattr(Plain, "__init__", fail)
    monkeypatch.setattr(Plain, "__setattr__", fail)
    assert vars(again(value)) == {"a": 1, "b": []}


def test_a_field_that_the_class_has_got_since_then_has_its_default(tmp_path: Path):
    kind = f"{__name__}.Plain"
    for held, expected in (({"a": 1}, Plain(1)), ({"a": 1, "c": 8}, with_more(Plain(1), c=8))):
        (tmp_path / "data.json").write_text(json.dumps({"$dataclass": [kind, held]}))
        assert load(tmp_path, "object", kind, allow_pickle=False) == expected
    (tmp_path / "data.json").write_text(json.dumps({"$namedtuple": [f"{__name__}.Row", {"a": 1}]}))
    assert load(tmp_path, "object", f"{__name__}.Row", allow_pickle=False) == Row(1)
    for mark, name in (("$dataclass", "Plain"), ("$namedtuple", "Row")):
        (tmp_path / "data.json").write_text(json.dumps({mark: [f"{__name__}.{name}", {}]}))
        with pytest.raises(InvalidInputError, match="needs a field 'a'"):
            load(tmp_path, "object", f"{__name__}.{name}", allow_pickle=False)


def test_proving_a_pickle_changes_no_living_class(tmp_path: Path):
    def method(self: Any) -> int:
        return 1

    kind = type("Local", (), {"method": method})
    with pytest.warns(UserWarning, match="saved as a pickle"):
        saved = save(kind(), tmp_path)
    assert saved.materializer == "cloudpickle"
    assert kind.method is method  # type: ignore[attr-defined]
