"""SQL that filters and sorts by metadata, through the indexes on (key, number) and (key, text).

Values are compared by their JSON type. Conditions refer to the columns `number` and `text` of a
metadata row `m` (see `typed`).
"""

import json
from collections.abc import Iterator
from typing import NoReturn

from artifactctl.catalog import typed
from artifactctl.catalog.reading.conditions import (
    AllOf,
    AnyOf,
    Bound,
    Compared,
    Condition,
    Like,
    Not,
    Present,
    sql_of,
)
from artifactctl.catalog.reading.fields import Order
from artifactctl.catalog.reading.filtering import Selected
from artifactctl.catalog.reading.filters import COMPARISONS, SEARCHES, Filter
from artifactctl.errors import InvalidInputError
from artifactctl.json_text import parse_word

NUMBER, TEXT = "m.number", "m.text"
_BEHIND_STEPS = 1 << 62  # greater than the seq of any step
_HAS_VALUE = AnyOf([Present(NUMBER), Present(TEXT)])
_ABSENT = AllOf([Not(Present(NUMBER)), Not(Present(TEXT))])


def select_versions_with(key: str, asked: Filter, bound: Bound) -> Selected:
    """The condition for versions whose metadata value under a key matches a filter.

    Keys inside of objects are joined with `.`. A version without the key matches only `isnull`.
    """
    condition, is_without = entry_condition(asked)
    select = _versions(key, f"m.key = {bound(key)} AND {sql_of(condition, bound)}")
    if is_without:
        return Selected(f"v.seq NOT IN ({select})")
    return Selected(f"v.seq IN ({select})", select)


def _versions(key: str, condition: str) -> str:
    select = f"SELECT m.version_seq FROM version_metadata m WHERE {condition}"
    if "." not in key:
        return select
    # The two parts are disjoint, so that UNION ALL can replace UNION, which would sort.
    leaves = f"SELECT m.version_seq FROM version_metadata_leaf m WHERE {condition}"
    not_again = "m.version_seq NOT IN"
    return f"{leaves} UNION ALL {select} AND {not_again} ({leaves})"


def select_runs_with(key: str, asked: Filter, bound: Bound) -> Selected:
    """The condition for runs whose metadata, or that of one of their steps, matches a filter.

    `STEP::KEY` matches the key KEY of the step STEP only, and a key that contains `::` itself.
    """
    condition, is_without = entry_condition(asked)
    sql = sql_of(condition, bound)
    selects = (f"SELECT {found} WHERE {named} AND {sql}" for found, named in _places(key, bound))
    return Selected(f"r.seq {'NOT ' if is_without else ''}IN ({' UNION '.join(selects)})")


def _places(key: str, bound: Bound) -> Iterator[tuple[str, str]]:
    """The tables to search for a key, each with the condition on its rows."""
    named = f"m.key = {bound(key)}"
    step, colons, rest = key.partition("::")
    of_step = f"m.key = {bound(rest)} AND s.name = {bound(step)}" if colons and rest else ""
    for end in ("", "_leaf"):
        yield f"m.run_seq FROM run_metadata{end} m", named
        in_steps = f"s.run_seq FROM step_metadata{end} m JOIN run_step s ON s.seq = m.step_seq"
        yield in_steps, named
        if of_step:
            yield in_steps, of_step


def version_order(key: str, bound: Bound) -> Order:
    """The ORDER BY of versions by a metadata key: first by number, then by text."""
    name = bound(key)

    def value(column: str) -> str:
        found = (
            f"(SELECT m.{column} FROM {table} m WHERE m.version_seq = v.seq AND m.key = {name})"
            for table in ("version_metadata", "version_metadata_leaf")
        )
        return f"COALESCE({', '.join(found)})"

    return Order((value("number"), value("text")), is_nullable=True)


def run_order(key: str, bound: Bound) -> Order:
    """The ORDER BY of runs by a metadata key: the run's own value, else that of its last step."""
    name = bound(key)
    entries = " UNION ALL ".join(
        f"SELECT m.number, m.text, {place} AS place FROM {source} AND m.key = {name}"
        for end in ("", "_leaf")
        for source, place in (
            (f"run_metadata{end} m WHERE m.run_seq = r.seq", str(_BEHIND_STEPS)),
            (
                f"step_metadata{end} m JOIN run_step s ON s.seq = m.step_seq"
                " WHERE s.run_seq = r.seq",
                "s.seq",
            ),
        )
    )

    def value(column: str) -> str:
        return f"(SELECT e.{column} FROM ({entries}) e ORDER BY e.place DESC LIMIT 1)"

    return Order((value("number"), value("text")), is_nullable=True)


def entry_condition(asked: Filter) -> tuple[Condition, bool]:
    """The condition on a metadata row, and whether the filter wants the owners without a match."""
    asked = asked.as_typed
    if asked.operator == "isnotnull":
        return _HAS_VALUE, asked.is_negated
    inner = _compare(asked)
    return (AllOf([_HAS_VALUE, Not(inner)]) if asked.is_negated else inner), False


def _compare(asked: Filter) -> Condition:
    operator = asked.operator
    if operator in SEARCHES:
        # The stored text begins with the letter of its type. A list is searched as JSON text.
        types = (typed.TEXT, typed.LIST) if operator == "contains" else (typed.TEXT,)
        return AnyOf([Like(TEXT, operator, asked.value, prefix=letter) for letter in types])
    if operator == "oneof":
        return AnyOf([_equal(value) for value in _values(asked)])
    if operator == "in":
        return _between(asked)
    if operator == "equals":
        return _equal(asked.value)
    number, text = typed.comparable(_read_json(asked.value))
    sign = COMPARISONS[operator]
    if number is not None:
        return Compared(NUMBER, sign, number)
    if text is None or text[0] != typed.TEXT:
        raise asked.wrong(f"{operator} compares numbers or texts", "write a number or a text")
    # The type's letter comes first in the index, so that this range contains only strings.
    first, behind = typed.TEXT, chr(ord(typed.TEXT) + 1)
    bounds = ((sign, text), (">=", first), ("<", behind))
    return AllOf([Compared(TEXT, of, value, is_long=True) for of, value in bounds])


def _between(asked: Filter) -> Condition:
    found = [typed.comparable(_read_json(value))[0] for value in asked.values]
    if len(found) != 2 or None in found:
        raise asked.wrong("in takes two numbers", "write in:FROM,TO")
    return AllOf([Compared(NUMBER, ">=", found[0]), Compared(NUMBER, "<=", found[1])])


def _equal(word: str) -> Condition:
    """The condition that a value equals a word, read both as the command line and as JSON read it.

    `--metadata commit=6063e25` stores text, while a program may have logged the number 6063e25.
    """
    as_kept, as_json = _same_as(_read_word(word)), _same_as(_read_json(word))
    return as_kept if _read_word(word) == _read_json(word) else AnyOf([as_kept, as_json])


def _same_as(value: object) -> Condition:
    number, text = typed.comparable(value)
    if number is not None:
        return Compared(NUMBER, "=", number)
    return _ABSENT if text is None else Compared(TEXT, "=", text, is_long=True)


def _values(asked: Filter) -> list[str]:
    """The values of `oneof`; strings of a JSON list keep their quotes, which make them strings."""
    if not asked.value.lstrip().startswith("["):
        return asked.values
    _ = asked.values  # raises for a malformed list
    return [json.dumps(item, ensure_ascii=False) for item in json.loads(asked.value)]


def _read_word(text: str) -> object:
    """The value of a word as `--metadata KEY=VALUE` reads it."""
    try:
        return parse_word(text)
    except InvalidInputError:  # NaN and infinities are not JSON
        return text


def _read_json(text: str) -> object:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _no_constant(name: str) -> NoReturn:
    """Refuse NaN and infinities, which are not JSON; `_read_json` then reads them as text."""
    raise ValueError(name)
