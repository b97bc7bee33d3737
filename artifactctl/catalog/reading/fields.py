"""What can be filtered by, and the SQL for it: bound parameters and names of our own only."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import unquote

from artifactctl.catalog import moments
from artifactctl.catalog.reading.filters import COMPARISONS, EQUALITY, ORDERED, TEXT, Filter
from artifactctl.enums import ArtifactType, RunStatus
from artifactctl.refs import version_number

_SIZES = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_SIZES |= {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")


class Bound:
    """Collects parameters and names them."""

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}

    def __call__(self, value: Any) -> str:
        """Keep a value; return its placeholder."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def all(self, values: list[Any]) -> str:
        """Placeholders for `IN (…)`."""
        return ", ".join(self(value) for value in values)


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL over the listed row. `members`: the SELECT of exactly the rows' seqs that hold it."""

    sql: str
    members: str | None = None


class Field(Protocol):
    """Something to filter by."""

    @property
    def operators(self) -> tuple[str, ...]:
        """Those that go with it."""

    def condition(self, asked: Filter, bound: Bound) -> Condition:
        """The SQL for a filter with one of `operators`; raises `WrongUsageError`."""


class Column:
    """A column of the listed row, or an expression over it; subclasses know its type."""

    operators: tuple[str, ...] = ORDERED

    def __init__(self, column: str) -> None:
        self.column = column

    def condition(self, asked: Filter, bound: Bound) -> Condition:
        """What is absent does not equal anything, so it holds every negated filter."""
        sql = self.positive(asked, bound)
        return Condition(f"({sql}) IS NOT TRUE" if asked.is_negated else sql)

    def positive(self, asked: Filter, bound: Bound) -> str:
        """The SQL of the operator that is not negated."""
        if asked.operator == "isnotnull":
            return f"{self.column} IS NOT NULL"
        if asked.operator == "in":
            if len(asked.values) != 2:
                raise asked.wrong("in takes two values", "write in:FROM,TO")
            first, last = asked.values
            return " AND ".join(
                self.compare(operator, value, asked, bound)
                for operator, value in (("gte", first), ("lte", last))
            )
        if asked.operator == "oneof":
            found = [self.compare("equals", value, asked, bound) for value in asked.values]
            return f"({' OR '.join(found) or '1 = 0'})"
        return self.compare(asked.operator, asked.value, asked, bound)

    def compare(self, operator: str, value: str, asked: Filter, bound: Bound) -> str:
        """The SQL of one comparison with a value as it was typed."""
        sign = COMPARISONS.get(operator, "=")
        return f"{self.column} {sign} {bound(self.read(value, asked))}"

    def read(self, value: str, asked: Filter) -> Any:
        """A typed value in its stored form."""
        raise NotImplementedError


class Text(Column):
    """Text, compared literally; `number` is a numeric column beside it."""

    operators = TEXT

    def __init__(
        self, column: str, read: Callable[[str], str] = str, number: str | None = None
    ) -> None:
        super().__init__(column)
        self._read = read
        self._number = number

    def read(self, value: str, asked: Filter) -> str:  # noqa: ARG002 (no text is wrong)
        return self._read(value)

    def positive(self, asked: Filter, bound: Bound) -> str:
        if asked.operator == "oneof":  # one look-up in an index for all of them
            values = [self.read(value, asked) for value in asked.values]
            return f"{self.column} IN ({bound.all(values)})"
        return super().positive(asked, bound)

    def compare(self, operator: str, value: str, asked: Filter, bound: Bound) -> str:
        if operator in ("contains", "startswith", "endswith"):
            return like(self.column, operator, value, bound)
        number = version_number(value) if self._number and operator in COMPARISONS else None
        if number is not None:
            return f"{self._number} {COMPARISONS[operator]} {bound(number)}"
        if operator in COMPARISONS:
            return f"{self.column} {COMPARISONS[operator]} {bound(self.read(value, asked))}"
        return super().compare(operator, value, asked, bound)


class Place(Text):
    """A URL that is kept without escapes: looked for as it is kept, as it is shown, as a path."""

    def positive(self, asked: Filter, bound: Bound) -> str:
        return Column.positive(self, asked, bound)

    def compare(self, operator: str, value: str, asked: Filter, bound: Bound) -> str:
        forms = dict.fromkeys((value, unquote(value)))
        if operator in ("equals", "startswith") and value.startswith("/"):
            forms[f"file://{value}"] = None
        found = (super(Place, self).compare(operator, form, asked, bound) for form in forms)
        return f"({' OR '.join(found)})"


class Whole(Column):
    """A whole number; sizes may have a unit, such as `10MB`."""

    def read(self, value: str, asked: Filter) -> int:
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


class Time(Column):
    """A time in the catalog's form; what was typed is as precise as it was typed."""

    def compare(self, operator: str, value: str, asked: Filter, bound: Bound) -> str:
        try:
            meant = moments.span(value, datetime.now(UTC))
        except ValueError:
            raise asked.wrong(f"{value!r} is not a time", moments.HINT) from None
        if operator in ("gte", "lt"):
            return f"{self.column} {COMPARISONS[operator]} {bound(meant.start)}"
        if operator in ("gt", "lte"):
            sign = ">=" if operator == "gt" else "<"
            return f"{self.column} {sign} {bound(meant.end)}"
        column = self.column
        return f"({column} >= {bound(meant.start)} AND {column} < {bound(meant.end)})"


class Flag(Column):
    """True or false."""

    operators = EQUALITY

    def read(self, value: str, asked: Filter) -> bool:
        word = value.strip().lower()
        if word not in (*_YES, *_NO):
            raise asked.wrong(f"{value!r} is neither true nor false", "write true or false")
        return word in _YES


class Identifier(Text):
    """A UUID, with or without its dashes; no other value equals any."""

    def __init__(self, column: str) -> None:
        super().__init__(column, as_uuid)


@dataclass(frozen=True, slots=True)
class Among:
    """A field of rows elsewhere: `select` finds the seqs of listed rows by a condition on them.

    `one` is a comparison in its stead where equality finds one row at the most; a value that is a
    UUID is looked for in `identifier`. `is_exact`: what is found are the listed rows' own keys.
    """

    field: Column
    column: str
    select: str
    one: str | None = None
    identifier: Column | None = None
    is_exact: bool = False

    @property
    def operators(self) -> tuple[str, ...]:
        """Those of the field."""
        return self.field.operators

    def condition(self, asked: Filter, bound: Bound) -> Condition:
        """Negated, it holds where no such row is."""
        field = self.field
        if self.identifier is not None and is_uuid(asked.value):
            field = self.identifier
        inner = field.positive(asked, bound)
        if self.one is not None and asked.operator == "equals":
            sql = self.one.format(inner)
            return Condition(f"({sql}) IS NOT TRUE" if asked.is_negated else sql)
        select = self.select.format(inner)
        sql = f"{self.column} IN ({select})"
        if asked.is_negated:  # where the column is NULL, there is no such row either
            return Condition(f"({sql}) IS NOT TRUE")
        if not self.is_exact:
            return Condition(sql)
        if asked.operator != "equals":  # one row may be found several times
            select = select.replace("SELECT", "SELECT DISTINCT", 1)
        return Condition(sql, select)


@dataclass(frozen=True, slots=True)
class Either:
    """A field for values that are UUIDs, and one for all others."""

    identifier: Column
    other: Field

    @property
    def operators(self) -> tuple[str, ...]:
        """Those of the other field."""
        return self.other.operators

    def condition(self, asked: Filter, bound: Bound) -> Condition:
        """What the field for that value says."""
        field = self.identifier if is_uuid(asked.value) else self.other
        return field.condition(asked, bound)


def like(column: str, operator: str, value: str, bound: Bound) -> str:
    """`LIKE` in which what was typed is literal."""
    before = "" if operator == "startswith" else "%"
    after = "" if operator == "endswith" else "%"
    return rf"{column} LIKE {bound(before + literal(value) + after)} ESCAPE '\'"


def literal(value: str) -> str:
    """A pattern for `LIKE` that matches `value` alone, with the backslash as its escape."""
    return value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def is_uuid(text: str) -> bool:
    """Whether it is a whole UUID."""
    return _UUID.fullmatch(text) is not None


def as_uuid(text: str) -> str:
    """A UUID as the catalog writes it; any other text as it is."""
    return str(uuid.UUID(text)) if is_uuid(text) else text


def read_status(text: str) -> str:
    """A run's status in its stored form."""
    return RunStatus.parse(text).value


def read_type(text: str) -> str:
    """A type in its stored form."""
    return ArtifactType.parse(text).value
