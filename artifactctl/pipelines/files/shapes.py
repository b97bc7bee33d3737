"""The shapes that values of a file may have: the words of its description (`keys`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from artifactctl.pipelines.files.report import Executor, Keys, Report

JsonType = Literal["string", "boolean", "integer", "number"]
Make: TypeAlias = Callable[[dict[str, Any], Keys, Report], Any]
"""From the values of a record, those that are None left out, to what stands for it."""


@dataclass(frozen=True)
class Word:
    """One text, as it was written; `check` makes the value of it or raises what is wrong.

    `means` says it in a message: "a text", "true or false". What is `recorded` is kept in the
    catalog as it is, so the environment must not be in it. `only` is who alone can use it.
    `extra` goes into the JSON Schema, as do all names of shapes.
    """

    check: Callable[[str], Any]
    means: str = "a text"
    type: JsonType = "string"
    extra: dict[str, Any] = field(default_factory=dict)
    recorded: bool = False
    only: Executor | None = None
    name: str = ""


@dataclass(frozen=True)
class Value:
    """Any JSON value, typed as YAML and JSON type it.

    `logged` values may be given in Python as sets, tuples and NaN; others come as they are given.
    Those and variables are kept in the catalog, without what comes from the environment; of
    variables it is the texts.
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
    """Keys of the user's own, each checked, with values of one shape."""

    means: ClassVar = "keys and values"

    key: Callable[[str], str]
    item: "Shape"
    name: str = ""


@dataclass(frozen=True)
class Key:
    """One key of a record: what it says, other spellings of it, and who alone can use it.

    `attribute` is what it is called once it is read. To `unless` it means nothing, which is no
    mistake; `note` is what whoever writes it is told.
    """

    name: str
    shape: "Shape"
    says: str
    also: tuple[str, ...] = ()
    only: Executor | None = None
    attribute: str = ""
    required: bool = False
    unless: Executor | None = None
    note: str = ""


@dataclass(frozen=True)
class Record:
    """Keys and values of which all keys are known; `ignored` ones mean nothing here.

    `instead` is the key whose value is meant when that value stands there alone. `make` gives what
    stands for the record; without it, its values do by their keys.
    """

    means: str
    keys: tuple[Key, ...]
    ignored: frozenset[str] = frozenset()
    instead: str = ""
    name: str = ""
    make: Make | None = None


@dataclass(frozen=True)
class OneOf:
    """A shape for each way to write it; those that are None are refused.

    Where one is written that may be several (`is_several`), it is a list of one; no value of such
    a list is there twice.
    """

    word: Word | None = None
    list: ListOf | None = None
    mapping: MapOf | Record | None = None
    name: str = ""
    is_several: bool = False

    @property
    def means(self) -> str:
        """What a message says that it must be."""
        return " or ".join(way.means for way in (self.word, self.list, self.mapping) if way)


Shape: TypeAlias = Word | Value | ListOf | MapOf | Record | OneOf
