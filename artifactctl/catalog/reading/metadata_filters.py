"""Filtering and sorting by metadata: typed as JSON is, found in the indexes over key and value.

The condition on an entry `m` is about its columns `number` and `text`; see `typed`.
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
_BEHIND_STEPS = 1 << 62  # behind the seq of any step
_HAS_VALUE = AnyOf([Present(NUMBER), Present(TEXT)])
_ABSENT = AllOf([Not(Present(NUMBER)), Not(Present(TEXT))])


def select_versions_with(key: str, asked: Filter, bound: Bound) -> Selected:
    """The versions with an entry of that key for which a filter holds.

    Inside of objects keys are joined with `.`. Without the key, only `isnull` holds.
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
    # No version is found twice, so that nothing has to be sorted to see that.
    leaves = f"SELECT m.version_seq FROM version_metadata_leaf m WHERE {condition}"
    not_again = "m.version_seq NOT IN"
    return f"{leaves} UNION ALL {select} AND {not_again} ({leaves})"


def select_runs_with(key: str, asked: Filter, bound: Bound) -> Selected:
    """The runs with an entry of that key, their own or a step's, for which a filter holds.

    `STEP::KEY` is also the key of that step alone.
    """
    condition, is_without = entry_condition(asked)
    sql = sql_of(condition, bound)
    selects = (f"SELECT {found} WHERE {named} AND {sql}" for found, named in _places(key, bound))
    return Selected(f"r.seq {'NOT ' if is_without else ''}IN ({' UNION '.join(selects)})")


def _places(key: str, bound: Bound) -> Iterator[tuple[str, str]]:
    """Where the key may be, and the condition that an entry has it."""
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
    """Numbers are sorted as numbers, and texts as texts."""
    name = bound(key)

    def value(column: str) -> str:
        found = (
            f"(SELECT m.{column} FROM {table} m WHERE m.version_seq = v.seq AND m.key = {name})"
            for table in ("version_metadata", "version_metadata_leaf")
        )
        return f"COALESCE({', '.join(found)})"

    return Order((value("number"), value("text")), is_nullable=True)


def run_order(key: str, bound: Bound) -> Order:
    """The same; what a run itself says comes before what its last steps do."""
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
    """What an entry must be, and whether those are wanted that have no such entry."""
    asked = asked.as_typed
    if asked.operator == "isnotnull":
        return _HAS_VALUE, asked.is_negated
    inner = _compare(asked)
    return (AllOf([_HAS_VALUE, Not(inner)]) if asked.is_negated else inner), False


def _compare(asked: Filter) -> Condition:
    operator = asked.operator
    if operator in SEARCHES:
        # Behind the letter of its type; lists are searched as they are written.
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
    # Texts alone, which are together in the order of what begins with the letter of a type.
    first, behind = typed.TEXT, chr(ord(typed.TEXT) + 1)
    bounds = ((sign, text), (">=", first), ("<", behind))
    return AllOf([Compared(TEXT, of, value, is_long=True) for of, value in bounds])


def _between(asked: Filter) -> Condition:
    found = [typed.comparable(_read_json(value))[0] for value in asked.values]
    if len(found) != 2 or None in found:
        raise asked.wrong("in takes two numbers", "write in:FROM,TO")
    return AllOf([Compared(NUMBER, ">=", found[0]), Compared(NUMBER, "<=", found[1])])


def _equal(word: str) -> Condition:
    """6063e25 is kept as text when it is typed so, and as a number when a program has logged it."""
    as_kept, as_json = _same_as(_read_word(word)), _same_as(_read_json(word))
    return as_kept if _read_word(word) == _read_json(word) else AnyOf([as_kept, as_json])


def _same_as(value: object) -> Condition:
    number, text = typed.comparable(value)
    if number is not None:
        return Compared(NUMBER, "=", number)
    return _ABSENT if text is None else Compared(TEXT, "=", text, is_long=True)


def _values(asked: Filter) -> list[str]:
    """The words of `oneof`; in a JSON list, texts keep the quotes that make them texts."""
    if not asked.value.lstrip().startswith("["):
        return asked.values
    _ = asked.values  # checked
    return [json.dumps(item, ensure_ascii=False) for item in json.loads(asked.value)]


def _read_word(text: str) -> object:
    """As `--metadata KEY=VALUE` reads it."""
    try:
        return parse_word(text)
    except InvalidInputError:  # NaN and the infinities are no JSON
        return text


def _read_json(text: str) -> object:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _no_constant(name: str) -> NoReturn:
    """NaN and the infinities are no JSON, so they are text."""
    raise ValueError(name)
