"""From filters to conditions: for SQL, and for values at hand.

SQL is made of bound parameters and of names of our own only. A condition on something absent does
not hold; `Not` holds wherever its condition does not, for what is absent too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from artifactctl.catalog.engine.dialect import Dialect

_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda own, value: bool(own == value),
    "<": lambda own, value: bool(own < value),
    "<=": lambda own, value: bool(own <= value),
    ">": lambda own, value: bool(own > value),
    ">=": lambda own, value: bool(own >= value),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A column compared with a value by one of SQL's signs; `is_long`: texts of any length."""

    column: str
    sign: str
    value: Any
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """A column that has a text at its start, at its end or anywhere behind a `prefix`.

    ASCII letters are alike in both cases, and no others are.
    """

    column: str
    operator: str
    text: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A column that has one of some values."""

    column: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Present:
    """A column that has any value."""

    column: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Conditions that all hold."""

    conditions: Sequence["Condition"]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions of which one holds."""

    conditions: Sequence["Condition"]


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that does not hold."""

    condition: "Condition"


Condition = Compared | Like | OneOf | Present | AllOf | AnyOf | Not


class Bound:
    """Collects the parameters of a statement and names them."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.params: dict[str, Any] = {}

    def __call__(self, value: object) -> str:
        """Keep a value; return its placeholder."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"


def sql_of(condition: Condition, bound: Bound) -> str:
    """The condition as SQL."""
    match condition:
        case Compared():
            return _compared(condition, bound)
        case Like():
            pattern = bound(_pattern(condition))
            return rf"{condition.column} {bound.dialect.like} {pattern} ESCAPE '\'"
        case OneOf(column, values):
            return f"{column} IN ({', '.join(map(bound, values))})" if values else "1 = 0"
        case Present(column):
            return f"{column} IS NOT NULL"
        case Not(inner):
            return f"({sql_of(inner, bound)}) IS NOT TRUE"
        case AllOf(inner):
            return " AND ".join(sql_of(item, bound) for item in inner)
        case AnyOf(inner):
            return f"({' OR '.join(sql_of(item, bound) for item in inner) or '1 = 0'})"


def _compared(asked: Compared, bound: Bound) -> str:
    place = bound(asked.value)
    sql = f"{asked.column} {asked.sign} {place}"
    start_of = bound.dialect.start_of
    if not asked.is_long or start_of is None:
        return sql
    weak = asked.sign if asked.sign == "=" else f"{asked.sign[0]}="
    return f"{start_of.format(asked.column)} {weak} {start_of.format(place)} AND {sql}"


def holds(condition: Condition, cells: Mapping[str, object]) -> bool:
    """Whether the condition holds for a row whose columns have these values."""
    match condition:
        case Compared(column, sign, value):
            return cells[column] is not None and _SIGNS[sign](cells[column], value)
        case Like():
            return cells[condition.column] is not None and _is_like(condition, cells)
        case OneOf(column, values):
            return cells[column] is not None and cells[column] in values
        case Present(column):
            return cells[column] is not None
        case Not(inner):
            return not holds(inner, cells)
        case AllOf(inner):
            return all(holds(item, cells) for item in inner)
        case AnyOf(inner):
            return any(holds(item, cells) for item in inner)


def _pattern(like: Like) -> str:
    before = "" if like.operator == "startswith" else "%"
    after = "" if like.operator == "endswith" else "%"
    return like.prefix + before + literal(like.text) + after


def _is_like(like: Like, cells: Mapping[str, Any]) -> bool:
    own = cells[like.column]
    if not own.startswith(like.prefix):
        return False
    own, text = _lower(own[len(like.prefix) :]), _lower(like.text)
    if like.operator == "contains":
        return text in own
    return bool(own.startswith(text) if like.operator == "startswith" else own.endswith(text))


def _lower(text: str) -> str:
    """As `LIKE` takes text: of ASCII letters alone the case does not count."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def literal(value: str) -> str:
    """A pattern for `LIKE` that matches `value` alone, with the backslash as its escape."""
    return value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
