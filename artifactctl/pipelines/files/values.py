"""Values of the user's own, such as parameters and metadata: any JSON value."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from artifactctl.errors import InvalidInputError
from artifactctl.json_text import MAX_DEPTH, check_json_value, too_deep
from artifactctl.metadata import check_metadata, plain_metadata
from artifactctl.pipelines.files.report import Keys, Report, quoted, with_hint
from artifactctl.pipelines.files.tree import Items, Node, Opaque, Pairs, Scalar, typed


def check_value(node: Node, keys: Keys, report: Report) -> Any:
    """The value as YAML and JSON type it; what was given in Python is that very object."""
    return _plain(node, keys, report, 0) if node.given is None else node.given.value


def check_logged(node: Node, keys: Keys, report: Report) -> Any:
    """The value of one key of metadata, as metadata can be kept, without secrets.

    From Python come sets and tuples (kept as lists) and NaN (null, with a warning) too.
    """
    keep = check_metadata if node.given is None else plain_metadata
    value = check_value(_changed(node, _safe), keys, report)
    try:
        kept = keep({keys[-1]: value})
        if not kept:  # a warning has said why
            raise InvalidInputError("the value cannot be kept as metadata")
        return next(iter(kept.values()))
    except InvalidInputError as error:
        report.add(node.place, keys, with_hint(error))
    return None


def check_variable(node: Node, keys: Keys, report: Report) -> Any:
    """The texts that a variable fills in, without secrets: 1.10 is no 1.1."""
    return check_value(_changed(node, _as_text), keys, report)


def _changed(node: Node, change: Callable[[Scalar], Scalar]) -> Node:
    """The same with every text changed that a value is made of."""
    if isinstance(node, Scalar):
        return change(node)
    if isinstance(node, Items):
        return replace(node, items=tuple(_changed(item, change) for item in node.items))
    if isinstance(node, Pairs):
        pairs = tuple((key, _changed(value, change)) for key, value in node.pairs)
        return replace(node, pairs=pairs)
    return node


def _safe(scalar: Scalar) -> Scalar:
    return replace(scalar, text=scalar.outside.safe) if scalar.outside else scalar


def _as_text(scalar: Scalar) -> Scalar:
    return scalar if scalar.kind == "missing" else replace(_safe(scalar), kind="text")


def named(node: Pairs, keys: Keys, report: Report) -> Iterator[tuple[Scalar, Node]]:
    """The pairs whose keys are texts, each key once; others are noted."""
    seen: set[str] = set()
    for key, value in node.pairs:
        if not isinstance(key, Scalar):
            report.add(key.place, keys, "a key must be a text")
        elif key.kind != "text":
            report.add(key.place, keys, f"key {quoted(key.text)} is not text; quote it")
        elif key.text in seen:
            report.add(key.place, keys, f"key {quoted(key.text)} is given twice")
        else:
            seen.add(key.text)
            yield key, value


def _plain(node: Node, keys: Keys, report: Report, depth: int) -> Any:
    match node:
        case Scalar():
            return _scalar(node, keys, report)
        case Opaque():
            return node.given.value
    if depth > MAX_DEPTH:
        report.add(node.place, keys, too_deep())
        return None
    if isinstance(node, Items):
        parts = enumerate(node.items)
        return [_plain(item, (*keys, f"[{at}]"), report, depth + 1) for at, item in parts]
    pairs = named(node, keys, report)
    return {key.text: _plain(item, (*keys, key.text), report, depth + 1) for key, item in pairs}


def _scalar(scalar: Scalar, keys: Keys, report: Report) -> Any:
    if scalar.kind == "missing":
        report.doubtful.add(keys)
        return None
    try:
        value = typed(scalar)
        check_json_value(value, "it")
    except InvalidInputError as error:
        report.add(scalar.place, keys, with_hint(error).removeprefix("it: "))
        return None
    return value
