"""Filtering by metadata: typed as JSON is, found through the indexes over keys and values."""

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from artifactctl.catalog import typed
from artifactctl.catalog.fields import Bound, Condition, literal
from artifactctl.catalog.filters import COMPARISONS, OPERATORS, Filter


@dataclass(frozen=True, slots=True)
class Metadata:
    """One key of the metadata, typed as JSON is; inside of objects keys are joined with `.`.

    Without the key, nothing but `isnull` holds.
    """

    key: str
    operators: tuple[str, ...] = OPERATORS

    def condition(self, asked: Filter, bound: Bound) -> Condition:
        """The members are found by key and value, in an index."""
        asked = asked.as_typed
        key = bound(self.key)
        present = "(m.number IS NOT NULL OR m.text IS NOT NULL)"
        if asked.operator == "isnotnull":
            select = self._select(f"m.key = {key} AND {present}")
            if asked.is_negated:
                return Condition(f"v.seq NOT IN ({select})")
            return Condition(f"v.seq IN ({select})", select)
        inner = _compare(asked, bound)
        if asked.is_negated:
            inner = f"{present} AND ({inner}) IS NOT TRUE"
        select = self._select(f"m.key = {key} AND {inner}")
        return Condition(f"v.seq IN ({select})", select)

    def _select(self, condition: str) -> str:
        select = f"SELECT m.version_seq FROM version_metadata m WHERE {condition}"
        if "." not in self.key:
            return select
        # No version is found twice, and so nothing has to be sorted to see that.
        leaves = f"SELECT m.version_seq FROM version_metadata_leaf m WHERE {condition}"
        not_again = "m.version_seq NOT IN"
        return f"{leaves} UNION ALL {select} AND {not_again} ({leaves})"


def sorted_by(key: str, bound: Bound) -> tuple[str, str]:
    """Columns to sort by: numbers as numbers, texts as texts; nulls are where SQL has them."""
    name = bound(key)

    def value(column: str) -> str:
        found = (
            f"(SELECT m.{column} FROM {table} m WHERE m.version_seq = v.seq AND m.key = {name})"
            for table in ("version_metadata", "version_metadata_leaf")
        )
        return f"COALESCE({', '.join(found)})"

    return value("number"), value("text")


def _compare(asked: Filter, bound: Bound) -> str:
    operator = asked.operator
    if operator in ("contains", "startswith", "endswith"):
        # Behind the letter of its type; lists are searched as they are written.
        kinds = (typed.TEXT, typed.LIST) if operator == "contains" else (typed.TEXT,)
        found = (_like_typed(kind, operator, asked.value, bound) for kind in kinds)
        return f"({' OR '.join(found)})"
    if operator == "oneof":
        same = (_equal(_read_json(value), bound) for value in _values(asked))
        return f"({' OR '.join(same) or '1 = 0'})"
    if operator == "in":
        return _between(asked, bound)
    value = _read_json(asked.value)
    if operator == "equals":
        return _equal(value, bound)
    number, text = typed.comparable(value)
    sign = COMPARISONS[operator]
    if number is not None:
        return f"m.number {sign} {bound(number)}"
    if text is None or text[0] != typed.TEXT:
        raise asked.wrong(f"{operator} compares numbers or texts", "write a number or a text")
    kind = bound(typed.TEXT), bound(chr(ord(typed.TEXT) + 1))
    return f"(m.text {sign} {bound(text)} AND m.text >= {kind[0]} AND m.text < {kind[1]})"


def _between(asked: Filter, bound: Bound) -> str:
    found = [typed.comparable(_read_json(value))[0] for value in asked.values]
    if len(found) != 2 or None in found:
        raise asked.wrong("in takes two numbers", "write in:FROM,TO")
    return f"m.number BETWEEN {bound(found[0])} AND {bound(found[1])}"


def _equal(value: Any, bound: Bound) -> str:
    number, text = typed.comparable(value)
    if number is not None:
        return f"m.number = {bound(number)}"
    if text is not None:
        return f"m.text = {bound(text)}"
    return "(m.number IS NULL AND m.text IS NULL)"


def _values(asked: Filter) -> list[str]:
    """The words of `oneof`; in a JSON list, texts keep the quotes that make them texts."""
    if not asked.value.lstrip().startswith("["):
        return asked.values
    _ = asked.values  # checked
    return [json.dumps(item, ensure_ascii=False) for item in json.loads(asked.value)]


def _read_json(text: str) -> Any:
    # As `--metadata KEY=VALUE` reads it.
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _like_typed(kind: str, operator: str, value: str, bound: Bound) -> str:
    before = kind if operator == "startswith" else f"{kind}%"
    after = "" if operator == "endswith" else "%"
    return rf"m.text LIKE {bound(before + literal(value) + after)} ESCAPE '\'"


def _no_constant(name: str) -> NoReturn:
    """NaN and the infinities are no JSON, so they are text."""
    raise ValueError(name)
