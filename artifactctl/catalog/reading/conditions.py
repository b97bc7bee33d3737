"""Conditions that filters are parsed into: turned into SQL, or evaluated in memory.

The SQL contains only names of the catalog's own and bound parameters. A condition on a NULL does
not hold; `Not` holds wherever its condition does not, so also on a NULL. Named tuples, as in
`fields`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from artifactctl.catalog.engine.dialect import Dialect

_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda own, value: bool(own == value),
    "<": lambda own, value: bool(own < value),
    "<=": lambda own, value: bool(own <= value),
    ">": lambda own, value: bool(own > value),
    ">=": lambda own, value: bool(own >= value),
}


class Compared(NamedTuple):
    """A column compared with a value by an SQL operator.

    `is_long`: the column holds texts of any length, of which an index may have only the start.
    """

    column: str
    sign: str
    value: Any
    is_long: bool = False


class Like(NamedTuple):
    """A column whose text, after a fixed `prefix`, starts with, ends with or contains `text`.

    The case of ASCII letters is ignored, and that of no others.
    """

    column: str
    operator: str
    text: str
    prefix: str = ""


class OneOf(NamedTuple):
    """A column that equals one of the values."""

    column: str
    values: Sequence[Any]


class Present(NamedTuple):
    """A column that is not NULL."""

    column: str


class AllOf(NamedTuple):
    """A condition that holds when all of these do."""

    conditions: Sequence["Condition"]


class AnyOf(NamedTuple):
    """A condition that holds when at least one of these does."""

    conditions: Sequence["Condition"]


class Not(NamedTuple):
    """A condition that holds when the inner one does not, so also on a NULL."""

    condition: "Condition"


Condition = Compared | Like | OneOf | Present | AllOf | AnyOf | Not


class Bound:
    """The parameters of a statement under construction, with generated names."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.params: dict[str, Any] = {}

    def __call__(self, value: object) -> str:
        """Add a parameter with this value; return its placeholder."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"


def sql_of(condition: Condition, bound: Bound) -> str:
    """The condition as an SQL expression, with its values added to the parameters of `bound`."""
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
    # Two texts may share their start, so on the start alone `<` must be `<=`, and `>` be `>=`.
    weak = asked.sign if asked.sign == "=" else f"{asked.sign[0]}="
    return f"{start_of.format(asked.column)} {weak} {start_of.format(place)} AND {sql}"


def holds(condition: Condition, cells: Mapping[str, object]) -> bool:
    """Whether the condition holds for a row with these cells, by column."""
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
    """The text with its ASCII letters alone in lower case, as SQLite's LIKE compares it."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def literal(value: str) -> str:
    """A LIKE pattern, with the backslash as its escape character, that matches exactly `value`."""
    return value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
