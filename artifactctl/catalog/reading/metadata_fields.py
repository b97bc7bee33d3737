"""Filtering by metadata: typed as JSON is, found through the indexes over keys and values."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from artifactctl.catalog import typed
from artifactctl.catalog.reading.fields import Bound, Condition, literal
from artifactctl.catalog.reading.filters import COMPARISONS, OPERATORS, Filter
from artifactctl.errors import InvalidInputError
from artifactctl.json_text import parse_word

_FIRST = 1 << 62  # behind the seq of any step


@dataclass(frozen=True, slots=True)
class Metadata:
    """One key of the metadata, typed as JSON is; inside of objects keys are joined with `.`.

    Without the key, nothing but `isnull` holds.
    """

    key: str
    operators: tuple[str, ...] = OPERATORS

    def condition(self, asked: Filter, bound: Bound) -> Condition:
        """The members are found by key and value, in an index."""
        holds, is_without = entry_holds(asked.as_typed, bound)
        select = self._select(f"m.key = {bound(self.key)} AND {holds}")
        if is_without:
            return Condition(f"v.seq NOT IN ({select})")
        return Condition(f"v.seq IN ({select})", select)

    def _select(self, condition: str) -> str:
        select = f"SELECT m.version_seq FROM version_metadata m WHERE {condition}"
        if "." not in self.key:
            return select
        # No version is found twice, and so nothing has to be sorted to see that.
        leaves = f"SELECT m.version_seq FROM version_metadata_leaf m WHERE {condition}"
        not_again = "m.version_seq NOT IN"
        return f"{leaves} UNION ALL {select} AND {not_again} ({leaves})"


@dataclass(frozen=True, slots=True)
class RunMetadata:
    """One key of the metadata of a run or of any of its steps.

    `STEP::KEY` is also the key of that step alone.
    """

    key: str
    operators: tuple[str, ...] = OPERATORS

    def condition(self, asked: Filter, bound: Bound) -> Condition:
        """The runs are found by key and value, in an index."""
        holds, is_without = entry_holds(asked.as_typed, bound)
        selects = (
            f"SELECT {found} WHERE {named} AND {holds}" for found, named in self._places(bound)
        )
        return Condition(f"r.seq {'NOT ' if is_without else ''}IN ({' UNION '.join(selects)})")

    def _places(self, bound: Bound) -> Iterator[tuple[str, str]]:
        """Where the key may be, and the condition that an entry has it."""
        named = f"m.key = {bound(self.key)}"
        step, colons, rest = self.key.partition("::")
        of_step = f"m.key = {bound(rest)} AND s.name = {bound(step)}" if colons and rest else ""
        for end in ("", "_leaf"):
            yield f"m.run_seq FROM run_metadata{end} m", named
            in_steps = f"s.run_seq FROM step_metadata{end} m JOIN run_step s ON s.seq = m.step_seq"
            yield in_steps, named
            if of_step:
                yield in_steps, of_step


def runs_sorted_by(key: str, bound: Bound) -> tuple[str, str]:
    """As `sorted_by`; what a run itself says comes before what its last steps do."""
    name = bound(key)
    entries = " UNION ALL ".join(
        f"SELECT m.number, m.text, {rank} AS rank FROM {source} AND m.key = {name}"
        for end in ("", "_leaf")
        for source, rank in (
            (f"run_metadata{end} m WHERE m.run_seq = r.seq", str(_FIRST)),
            (
                f"step_metadata{end} m JOIN run_step s ON s.seq = m.step_seq"
                " WHERE s.run_seq = r.seq",
                "s.seq",
            ),
        )
    )

    def value(column: str) -> str:
        return f"(SELECT e.{column} FROM ({entries}) e ORDER BY e.rank DESC LIMIT 1)"

    return value("number"), value("text")


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


def entry_holds(asked: Filter, bound: Bound) -> tuple[str, bool]:
    """What an entry must be, and whether those are wanted that have no such entry."""
    present = "(m.number IS NOT NULL OR m.text IS NOT NULL)"
    if asked.operator == "isnotnull":
        return present, asked.is_negated
    inner = _compare(asked, bound)
    return (f"{present} AND ({inner}) IS NOT TRUE" if asked.is_negated else inner), False


def _compare(asked: Filter, bound: Bound) -> str:
    operator = asked.operator
    if operator in ("contains", "startswith", "endswith"):
        # Behind the letter of its type; lists are searched as they are written.
        kinds = (typed.TEXT, typed.LIST) if operator == "contains" else (typed.TEXT,)
        found = (_like_typed(kind, operator, asked.value, bound) for kind in kinds)
        return f"({' OR '.join(found)})"
    if operator == "oneof":
        same = (_equal(value, bound) for value in _values(asked))
        return f"({' OR '.join(same) or '1 = 0'})"
    if operator == "in":
        return _between(asked, bound)
    if operator == "equals":
        return _equal(asked.value, bound)
    value = _read_json(asked.value)
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


def _equal(word: str, bound: Bound) -> str:
    """6063e25 is kept as text when it is typed so, and as a number when a program has logged it."""
    as_kept, as_json = _same_as(_read_word(word), bound), _same_as(_read_json(word), bound)
    return as_kept if _read_word(word) == _read_json(word) else f"({as_kept} OR {as_json})"


def _same_as(value: Any, bound: Bound) -> str:
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


def _read_word(text: str) -> Any:
    """As `--metadata KEY=VALUE` reads it."""
    try:
        return parse_word(text)
    except InvalidInputError:  # NaN and the infinities are no JSON
        return text


def _read_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _no_constant(name: str) -> NoReturn:
    """NaN and the infinities are no JSON, so they are text."""
    raise ValueError(name)


def _like_typed(kind: str, operator: str, value: str, bound: Bound) -> str:
    before = kind if operator == "startswith" else f"{kind}%"
    after = "" if operator == "endswith" else "%"
    return rf"m.text LIKE {bound(before + literal(value) + after)} ESCAPE '\'"
