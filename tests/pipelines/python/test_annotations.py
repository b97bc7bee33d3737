"""What an annotation says of a value; whole steps are in `test_results`."""

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    Optional,
    Protocol,
    TypedDict,
    TypeVar,
    Union,
    runtime_checkable,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.pipelines.python.annotations import class_of, classes_of, is_of, written


class Base: ...


class Derived(Base): ...


class Colour(enum.Enum):
    RED = 1


class Row(TypedDict):
    a: int


class Shape(Protocol):
    def area(self) -> float: ...


@runtime_checkable
class Sized(Protocol):
    def __len__(self) -> int: ...


T = TypeVar("T")
Few = TypeVar("Few", int, str)
Limited = TypeVar("Limited", bound=Base)
Number = NewType("Number", int)


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (int, 1, True),
        (int, "1", False),
        (int, True, True),
        (float, 1, False),
        (bool, 1, False),
        (str, b"", False),
        (None, None, True),
        (None, 0, False),
        (Any, "x", True),
        (object, "x", True),
        (Base, Derived(), True),
        (Derived, Base(), False),
        (Optional[int], None, True),  # noqa: UP045 - as older code writes it
        (int | None, "x", False),
        (Union[int, list[str]], [1], True),  # noqa: UP007
        (Union[int, list[str]], (), False),  # noqa: UP007
        (int | Any, "x", True),
        (list[int], ["x"], True),
        (list[int], (1,), False),
        (dict[str, Any], {}, True),
        (dict[str, Any], [], False),
        (tuple[int, ...], (1, 2), True),
        (tuple[int, ...], [1, 2], False),
        (type[int], int, True),
        (Sequence[int], [1], True),
        (Mapping[str, int], [1], False),
        (Iterable[int], 1, False),
        (Callable[[int], int], len, True),
        (Callable[[int], int], 1, False),
        (Literal["a", "b"], "a", True),
        (Literal["a", "b"], "c", False),
        (Literal[1], True, False),
        (Colour, Colour.RED, True),
        (Colour, 1, False),
        (Row, {"a": 1}, True),
        (Row, [1], False),
        (Row | None, None, True),
        (Shape, 1, True),
        (Sized, [], True),
        (Sized, 1, False),
        (T, 1, True),
        (Few, "x", True),
        (Few, 1.5, False),
        (Limited, Derived(), True),
        (Limited, 1, False),
        (Number, 1, True),
        (Number, "1", False),
        (Annotated[int, "x"] | None, "x", False),
        ("Nowhere", 1, True),
    ],
)
def test_a_value_is_held_against_an_annotation(annotation, value, expected) -> None:
    assert is_of(value, annotation) is expected


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
VALUES |= st.lists(VALUES, max_size=2) | st.dictionaries(st.text(max_size=2), VALUES, max_size=2)


@given(VALUES, st.sampled_from([int, str, float, bytes, list, dict, type(None)]))
def test_a_value_is_of_its_own_type_and_of_every_union_with_it(value, other) -> None:
    own = type(value)
    for annotation in (own, own | other, own | None, Annotated[own, "x"], other | Any):
        assert is_of(value, annotation)
    assert is_of(value, other) is isinstance(value, other)


def test_the_classes_that_an_annotation_names() -> None:
    assert class_of(Base) is Base
    assert class_of(Shape) is class_of(Row) is class_of(list[int]) is class_of(Any) is None
    assert classes_of(Annotated[Base | list[int] | None, "x"]) == [Base, list, type(None)]
    assert classes_of(Any) == classes_of(Literal["a"]) == classes_of(Row) == []


def test_an_annotation_is_written_as_it_stands_in_code() -> None:
    assert [written(kind) for kind in (int, None, list[int], int | None)] == [
        "int",
        "None",
        "list[int]",
        "int | None",
    ]
    assert written(Annotated[int, "a note"]) == "int"
