"""Checks a tree against the shape of its keys; gives its value and reports all mistakes."""

import dataclasses
import os
from collections.abc import Callable
from typing import Any

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.files.report import IGNORED, Keys, Report, or_meant, quoted
from artifactctl.pipelines.files.shapes import Key, ListOf, MapOf, OneOf, Record, Shape, Value, Word
from artifactctl.pipelines.files.tree import (
    Items,
    Node,
    Opaque,
    Pairs,
    Scalar,
    is_null,
    scalars_of,
    tree_of,
)
from artifactctl.pipelines.files.values import (
    check_logged,
    check_value,
    check_variable,
    check_word,
    named,
)

_VALUES = {"given": check_value, "logged": check_logged, "variable": check_variable}


def check(node: Node, shape: Shape, keys: Keys, report: Report) -> object:
    """The value of a node: texts, tuples, dicts, and the objects that records make.

    Mistakes are added to `report`; the value is then None, or lacks the wrong parts.
    """
    if isinstance(node, Scalar) and node.kind == "missing":
        report.doubtful.add(keys)
        return None
    if isinstance(shape, Value):
        return _VALUES[shape.use](node, keys, report)
    return _check(_unwrapped(node), shape, keys, report)


def _unwrapped(node: Node) -> Node:
    """The tree of a mapping, list, dataclass, class or path from Python, one level deep."""
    if not isinstance(node, Opaque):
        return node
    value = node.given.value
    if isinstance(value, type):
        return tree_of(f"{value.__module__}:{value.__qualname__}")
    if isinstance(value, os.PathLike):
        return tree_of(os.fspath(value))
    if dataclasses.is_dataclass(value):
        return tree_of({one.name: getattr(value, one.name) for one in dataclasses.fields(value)})
    return tree_of(value)


def _check(node: Node, shape: Shape, keys: Keys, report: Report) -> object:
    match node, shape:
        case Scalar(), Word():
            return check_word(node, shape, keys, report)
        case Items(), ListOf():
            return _check_list(node, shape, keys, report)
        case Pairs(), MapOf():
            return _check_own_keys(node, shape, keys, report)
        case Pairs(), Record():
            return _check_record(node, shape, keys, report)
        case _, OneOf() if chosen := _chosen(node, shape):
            value = _check(node, chosen, keys, report)
            return _several(value) if shape.is_several else value
    report.add(node.place, keys, f"must be {shape.means}, not {node.what}{_advice(node, shape)}")
    _note_unread(node, report)
    return None


def _note_unread(node: Node, report: Report) -> None:
    report.unread.update(scalar.text for scalar in scalars_of(node, with_keys=True))


def _several(value: object) -> tuple[object, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(dict.fromkeys(one for one in values if one is not None))


def _advice(node: Node, shape: Shape) -> str:
    if not isinstance(shape, Record) or not shape.instead or isinstance(node, Opaque):
        return ""
    value = quoted(node.written, bare=True) if isinstance(node, Scalar) else "[…]"
    return f"; write {{{shape.instead}: {value}}}"


def _chosen(node: Node, shape: OneOf) -> Shape | None:
    match node:
        case Scalar():
            return shape.word
        case Items():
            return shape.list
        case Pairs():
            return shape.mapping
        case Opaque():
            return None


def _check_list(node: Items, shape: ListOf, keys: Keys, report: Report) -> tuple[object, ...]:
    if len(node.items) < shape.at_least:
        report.add(node.place, keys, "must not be empty")
    values = []
    for index, item in enumerate(node.items):
        below = (*keys, f"[{index}]")
        report.places[below] = item.place
        values.append(check(item, shape.item, below, report))
    return tuple(values)


def _check_own_keys(node: Pairs, shape: MapOf, keys: Keys, report: Report) -> dict[str, object]:
    values: dict[str, Any] = {}
    for key, item in named(node, keys, report):
        name = _own_key(key, shape.key, keys, report)
        if name is None:
            report.unread.add(key.text)
            _note_unread(item, report)
            continue
        if name in values:
            report.add(key.place, keys, f"key {quoted(name)} is given twice")
        below = (*keys, name)
        report.places[below] = key.place
        value = _check_own(item, shape.item, below, report)
        if value is not None or not isinstance(shape.item, Word):
            values[name] = value
    return values


def _own_key(key: Scalar, read: Callable[[str], str], keys: Keys, report: Report) -> str | None:
    try:
        if "${" not in key.text:
            return read(key.text)
        problem = f"{quoted(key.text)}: variables are not filled in in keys"
    except InvalidInputError as error:
        problem = error.quoting(quoted(key.text))
    report.add(key.place, keys, problem)
    return None


def _check_own(node: Node, shape: Shape, keys: Keys, report: Report) -> object:
    if is_null(node) and isinstance(shape, Word):
        report.add(node.place, keys, f"must be {shape.means}; '' is an empty one")
        return None
    if is_null(node) and not isinstance(shape, Value):  # such as an empty step
        node = Pairs((), node.place)
    return check(node, shape, keys, report)


def _check_record(node: Pairs, shape: Record, keys: Keys, report: Report) -> object:
    spellings = {word: key for key in shape.keys for word in (key.name, *key.also)}
    values: dict[str, Any] = {}
    used: set[str] = set()
    for word, item in named(node, keys, report):
        if key := spellings.get(word.text):
            _note_key(key, word, values, keys, report)
            values[key.attribute or key.name] = _said(item, key, (*keys, word.text), report)
            used.add(key.name)
        elif word.text in shape.ignored:
            check_value(item, (*keys, word.text), report)
            report.remarks.setdefault(word.text, (word.place, IGNORED))
        else:
            near = or_meant(word.text, spellings)
            report.add(word.place, keys, f"unknown key {quoted(word.text)}{near}")
            _note_unread(item, report)
    required = [key.name for key in shape.keys if key.required]
    for name in required:
        if name not in used:
            report.add(node.place, keys, f"{name!r} is missing")
    given = {name: value for name, value in values.items() if value is not None}
    if shape.make is None or not given.keys() >= set(required):
        return None if required else given
    return shape.make(given, keys, report)


def _note_key(key: Key, word: Scalar, values: dict[str, Any], keys: Keys, report: Report) -> None:
    for spelling in {key.name, word.text}:
        report.places[(*keys, spelling)] = word.place
    if (key.attribute or key.name) in values:
        spellings = " and ".join(repr(spelling) for spelling in (key.name, *key.also))
        report.add(word.place, keys, f"{spellings} are the same key; give one of them")


def _said(node: Node, key: Key, keys: Keys, report: Report) -> object:
    if is_null(node):  # templates write null for 'not set'
        return None
    if key.only is not None:
        report.uses.append((key.only, keys))
    if key.unless is not None:
        report.idle.append((key.unless, keys))
    if key.note:
        report.remarks.setdefault(keys[-1], (report.at(keys), key.note))
    return check(node, key.shape, keys, report)
