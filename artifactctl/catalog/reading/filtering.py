"""SQL for filters on fields, by the kinds of fields that `fields` defines."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from artifactctl.catalog import moments
from artifactctl.catalog.reading import fields
from artifactctl.catalog.reading.conditions import (
    AllOf,
    AnyOf,
    Bound,
    Compared,
    Condition,
    Like,
    Not,
    OneOf,
    Present,
    sql_of,
)
from artifactctl.catalog.reading.filters import (
    COMPARISONS,
    EQUALITY,
    ORDERED,
    SEARCHES,
    TEXT,
    Filter,
)
from artifactctl.refs import Ref, is_like_id, version_number

_SIZES = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_SIZES |= {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")


def operators_of(field: fields.Filterable) -> tuple[str, ...]:
    """The operators that a field supports."""
    match field:
        case fields.Among():
            return operators_of(field.inner)
        case fields.Either():
            return operators_of(field.other)
        case fields.Flag():
            return EQUALITY
        case fields.Whole() | fields.Time():
            return ORDERED
    return TEXT


def condition_of(column: fields.Column, asked: Filter) -> Condition:
    """The condition of a filter on a column; raises `WrongUsageError` for an invalid value."""
    found = _positive(column, asked)
    return Not(found) if asked.is_negated else found


def _positive(column: fields.Column, asked: Filter) -> Condition:
    """The condition of the filter's operator, without its negation."""
    if asked.operator == "isnotnull":
        return Present(column.column)
    if asked.operator == "in":
        if len(asked.values) != 2:
            raise asked.wrong("in takes two values", "write in:FROM,TO")
        first, last = asked.values
        return AllOf([_compare(column, "gte", first, asked), _compare(column, "lte", last, asked)])
    if asked.operator != "oneof":
        return _compare(column, asked.operator, asked.value, asked)
    if isinstance(column, fields.Text | fields.Identifier):  # IN uses an index on the column
        return OneOf(column.column, [_read(column, value, asked) for value in asked.values])
    return AnyOf([_compare(column, "equals", value, asked) for value in asked.values])


def _compare(column: fields.Column, operator: str, value: str, asked: Filter) -> Condition:
    """The condition that compares a column with one value, given as the user typed it."""
    if isinstance(column, fields.Time):
        return _compare_time(column.column, operator, value, asked)
    if isinstance(column, fields.Place):
        return _compare_place(column, operator, value, asked)
    if operator in SEARCHES:
        return Like(column.column, operator, value)
    sign = COMPARISONS.get(operator, "=")
    number = version_number(value) if isinstance(column, fields.Text) and column.number else None
    if number is not None and operator in COMPARISONS:
        return Compared(str(column.number), sign, number)  # type: ignore[union-attr]
    return Compared(column.column, sign, _read(column, value, asked))


def _compare_time(column: str, operator: str, value: str, asked: Filter) -> Condition:
    try:
        meant = moments.span(value, datetime.now(UTC))
    except ValueError:
        raise asked.wrong(f"{value!r} is not a time", moments.HINT) from None
    behind = {"gt": ">=", "lte": "<"}
    if operator in behind:
        return Compared(column, behind[operator], meant.end)
    if operator in COMPARISONS:
        return Compared(column, COMPARISONS[operator], meant.start)
    return AllOf([Compared(column, ">=", meant.start), Compared(column, "<", meant.end)])


def _compare_place(place: fields.Place, operator: str, value: str, asked: Filter) -> Condition:
    forms = dict.fromkeys((value, unquote(value)))
    if operator in ("equals", "startswith") and value.startswith("/"):
        forms[f"file://{value}"] = None
    text = fields.Text(place.column)
    return AnyOf([_compare(text, operator, form, asked) for form in forms])


def _read(column: fields.Column, value: str, asked: Filter) -> str | int | bool:
    """The value that the user typed, converted to the form in which the column stores it."""
    match column:
        case fields.Text(enum=enum) if enum is not None:
            return enum.parse(value).value
        case fields.Identifier():
            return as_uuid(value)
        case fields.Whole():
            return _read_whole(value, asked)
        case fields.Flag():
            return _read_flag(value, asked)
    return value


def _read_whole(value: str, asked: Filter) -> int:
    digits = value.strip().lower()
    unit = next((unit for unit in _SIZES if digits.endswith(unit)), "")
    try:
        number = float(digits.removesuffix(unit)) * _SIZES[unit] if unit else int(digits)
        found = int(number)
    except (ValueError, OverflowError):
        raise asked.wrong(f"{value!r} is not a whole number", "write 10, or 10MB") from None
    if not -(1 << 63) <= found < 1 << 63:
        raise asked.wrong(f"{value!r} is too large", "write a smaller number")
    return found


def _read_flag(value: str, asked: Filter) -> bool:
    word = value.strip().lower()
    if word not in (*_YES, *_NO):
        raise asked.wrong(f"{value!r} is neither true nor false", "write true or false")
    return word in _YES


@dataclass(frozen=True, slots=True)
class Selected:
    """A condition on the listed row; `members` is a SELECT of exactly the seqs that match it."""

    sql: str
    members: str | None = None


def select(field: fields.Filterable, asked: Filter, bound: Bound) -> Selected:
    """The SQL of a filter on a field; raises `WrongUsageError` for an invalid value."""
    if isinstance(field, fields.Either):
        if _starts_an_id(asked):
            by_id = sql_of(condition_of(field.identifier, asked), bound)
            return Selected(f"{by_id} OR {select(field.other, asked, bound).sql}")
        field = field.identifier if is_like_id(asked.value) else field.other
    if isinstance(field, fields.Among):
        return _select_among(field, asked, bound)
    return Selected(sql_of(condition_of(field, asked), bound))


def _select_among(field: fields.Among, asked: Filter, bound: Bound) -> Selected:
    """The SQL of a filter on related rows.

    A negated filter holds where no related row matches, so also where the foreign key is NULL.
    """
    found = f"{field.found} WHERE {sql_of(_related(field, asked), bound)}"
    is_one = field.is_unique and asked.operator == "equals"
    sql = f"{field.column} = (SELECT {found})" if is_one else f"{field.column} IN (SELECT {found})"
    if asked.is_negated:
        return Selected(f"({sql}) IS NOT TRUE")
    if not field.has_keys:
        return Selected(sql)
    # An equal value occurs once per owner; any other operator may match several of its rows.
    return Selected(sql, f"SELECT {'' if asked.operator == 'equals' else 'DISTINCT '}{found}")


def _related(field: fields.Among, asked: Filter) -> Condition:
    """The condition on a related row: its compared column, its ID, or either of them."""
    if field.identifier is not None and is_like_id(asked.value):
        return _positive(field.identifier, asked)
    if field.identifier is not None and _starts_an_id(asked):
        return AnyOf([_positive(field.inner, asked), _positive(field.identifier, asked)])
    return _positive(field.inner, asked)


def _starts_an_id(asked: Filter) -> bool:
    """Whether the filter may mean the start of an ID as well as that of a name."""
    return asked.operator == "startswith" and Ref(asked.value).id_prefix is not None


def as_uuid(text: str) -> str:
    """A UUID in lower case with dashes, as the catalog stores it; other text unchanged."""
    return str(uuid.UUID(text)) if is_like_id(text) else text
