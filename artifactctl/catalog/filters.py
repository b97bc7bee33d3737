"""Filters as users write them, turned into SQL with bound parameters.

A filter is `VALUE` or `OPERATOR:VALUE` with ZenML's operators; text before the first `:` that is
no operator belongs to the value.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from artifactctl.enums import ArtifactType
from artifactctl.errors import WrongUsageError
from artifactctl.refs import version_number

OPERATORS = (
    "equals",
    "notequals",
    "contains",
    "notcontains",
    "startswith",
    "endswith",
    "oneof",
    "notoneof",
    "isnull",
    "isnotnull",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
)
_TEXT_OPERATORS = tuple(operator for operator in OPERATORS if operator != "in")
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_OPPOSITES = {"notequals": "equals", "notcontains": "contains", "notoneof": "oneof"}


@dataclass(frozen=True, slots=True)
class Field:
    """How one field is found in SQL.

    `column` is an expression over the listed row. A field of which a row has several values, or
    that another table holds, has `within` instead: SQL that wraps a condition on `column`.
    Where that can be one row at the most, `within_one` is the wrapping for equality, which keeps
    the order of an index. `read` turns a typed value into the stored form; `number` is a numeric
    column beside the text.
    """

    column: str
    within: str = "{}"
    within_one: str | None = None
    read: Callable[[str], str] = str
    number: str | None = None


class Bound:
    """Collects parameters and names them."""

    def __init__(self) -> None:
        self.params: dict[str, str | int] = {}

    def __call__(self, value: str | int) -> str:
        """Keep a value; return its placeholder."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"


def where(filters: Sequence[tuple[str, str]], fields: Mapping[str, Field], bound: Bound) -> str:
    """The SQL condition that all `filters` hold; raises `WrongUsageError` that names what may."""
    return " AND ".join(_condition(*item, fields, bound) for item in filters) or "1 = 1"


def _condition(name: str, text: str, fields: Mapping[str, Field], bound: Bound) -> str:
    if name not in fields:
        known = ", ".join(fields)
        raise WrongUsageError(f"cannot filter by {name!r}", hint=f"use one of {known}")
    field = fields[name]
    if not _is_text(text):
        raise WrongUsageError(f"filter {name}={text!r} is not valid Unicode")
    operator, value = _split(unicodedata.normalize("NFC", text))
    if operator not in _TEXT_OPERATORS:
        raise WrongUsageError(
            f"filter {name}={text!r}: operator {operator!r} does not go with it",
            hint="use one of " + ", ".join(_TEXT_OPERATORS),
        )
    if operator in ("isnull", "isnotnull"):
        if value:
            raise WrongUsageError(f"filter {name}={text!r}: {operator} takes no value")
        present = field.within.format(f"{field.column} IS NOT NULL")
        return present if operator == "isnotnull" else f"NOT ({present})"
    positive = _OPPOSITES.get(operator, operator)
    within = (field.within_one if operator == "equals" else None) or field.within
    condition = within.format(_comparison(field, positive, value, bound))
    return condition if positive == operator else f"NOT ({condition})"


def _split(text: str) -> tuple[str, str]:
    operator, colon, value = text.partition(":")
    return (operator, value) if colon and operator in OPERATORS else ("equals", text)


def _comparison(field: Field, operator: str, value: str, bound: Bound) -> str:
    column = field.column
    if operator == "equals":
        return f"{column} = {bound(field.read(value))}"
    if operator == "oneof":
        values = [bound(field.read(item)) for item in _list_of(value)]
        return f"{column} IN ({', '.join(values)})"
    if operator in _COMPARISONS:
        number = version_number(value) if field.number else None
        if field.number is not None and number is not None:
            return f"{field.number} {_COMPARISONS[operator]} {bound(number)}"
        return f"{column} {_COMPARISONS[operator]} {bound(value)}"
    literal = value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    before = "" if operator == "startswith" else "%"
    after = "" if operator == "endswith" else "%"
    return rf"{column} LIKE {bound(before + literal + after)} ESCAPE '\'"


def _list_of(text: str) -> list[str]:
    """A JSON list, or values between commas."""
    if not text.lstrip().startswith("["):
        return [item.strip() for item in text.split(",")]
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise WrongUsageError(
            f"filter value {text!r} is not a JSON list", hint='write oneof:a,b or oneof:["a","b"]'
        ) from None
    words = [item if isinstance(item, str) else json.dumps(item) for item in values]
    if not all(_is_text(word) for word in words):
        raise WrongUsageError(f"filter value {text!r} is not valid Unicode")
    return words


def _is_text(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def read_type(text: str) -> str:
    """A type in its stored form."""
    return ArtifactType.parse(text).value
