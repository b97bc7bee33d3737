"""The classes of shapes that describe the values of a run file (see `keys`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from artifactctl.pipelines.files.report import Executor, Keys, Report

_JsonType = Literal["string", "boolean", "integer", "number"]
Make: TypeAlias = Callable[[dict[str, Any], Keys, Report], Any]
"""Makes the value of a record from the values of its keys; values that are None are left out."""


@dataclass(frozen=True)
class Word:
    """One text as it is written; `check` gives its value or raises `InvalidInputError`.

    `means` is its name in messages: "a text", "true or false". A `recorded` text is stored in the
    catalog, so it must not come from the environment. `only` is the one executor that takes it.
    `extra` and the names of shapes are used in the JSON Schema.
    """

    check: Callable[[str], Any]
    means: str = "a text"
    type: _JsonType = "string"
    extra: dict[str, Any] = field(default_factory=dict)
    recorded: bool = False
    only: Executor | None = None
    name: str = ""


@dataclass(frozen=True)
class Value:
    """Any JSON value, typed as YAML and JSON type it.

    `logged` values given in Python may be sets, tuples and NaN; other values stay unchanged. Logged
    values and variables are stored in the catalog, without values from the environment; a
    variable that is no exact number is stored as its text.
    """

    means: ClassVar = "a value"

    use: Literal["given", "logged", "variable"] = "given"


@dataclass(frozen=True)
class ListOf:
    """A list of one shape."""

    means: ClassVar = "a list"

    item: "Shape"
    at_least: int = 0


@dataclass(frozen=True)
class MapOf:
    """Keys that the user chooses, each checked, with values of one shape."""

    means: ClassVar = "keys and values"

    key: Callable[[str], str]
    item: "Shape"
    name: str = ""


@dataclass(frozen=True)
class Key:
    """One key of a record: `also` are other spellings of its name.

    `only` is the one executor that takes it, `unless` one that ignores it. `attribute` is its name
    in the model, `note` a note for users of the key.
    """

    name: str
    shape: "Shape"
    meaning: str
    also: tuple[str, ...] = ()
    only: Executor | None = None
    attribute: str = ""
    required: bool = False
    unless: Executor | None = None
    note: str = ""


@dataclass(frozen=True)
class Record:
    """A mapping with known keys; `ignored` ones are ZenML's and have no effect here.

    `instead` is the key for a value that is written without keys. `make` makes the record's value
    from the values of the keys; without it, the value is a dict.
    """

    means: str
    keys: tuple[Key, ...]
    ignored: frozenset[str] = frozenset()
    instead: str = ""
    name: str = ""
    make: Make | None = None


@dataclass(frozen=True)
class OneOf:
    """One shape for each way to write a value; a way that is None is refused.

    With `is_several`, the value is always a tuple without duplicates; one text becomes a tuple of
    one.
    """

    word: Word | None = None
    list: ListOf | None = None
    mapping: MapOf | Record | None = None
    name: str = ""
    is_several: bool = False

    @property
    def means(self) -> str:
        """The name of the shape in messages."""
        return " or ".join(way.means for way in (self.word, self.list, self.mapping) if way)


Shape: TypeAlias = Word | Value | ListOf | MapOf | Record | OneOf
