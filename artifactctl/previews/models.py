"""A model of scikit-learn in the format of skops: its class and parameters, by its schema alone.

Nothing is loaded: the schema is JSON that names the classes and holds the plain values.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from artifactctl.previews.archives import opened_zip
from artifactctl.previews.views import Grid, Shown, cell

_SCHEMA = "schema.json"
_SCHEMA_BYTES = 8 << 20
_DEPTH = 4


def show_skops(stream: BinaryIO, size_bytes: int, most: int) -> Shown:
    """The parameters of an estimator; of a pipeline's steps, too."""
    with opened_zip(stream, size_bytes) as (archive, _), archive.open(_SCHEMA) as member:
        text = member.read(_SCHEMA_BYTES + 1)
    if len(text) > _SCHEMA_BYTES:
        raise ValueError("a schema of this size is not read")
    schema = json.loads(text)
    if not isinstance(schema, dict):
        raise ValueError("a schema is an object")  # noqa: TRY004 (all of them mean: another file)
    lines = list(_parameters(schema, "", _DEPTH))
    facts = {"class": cell(f"{schema.get('__module__')}.{schema.get('__class__')}")}
    grid = Grid("parameters", ["parameter", "value"], lines[:most], len(lines))
    return [grid], facts, ["trained values are not shown: the model is not loaded"]


def _parameters(node: Any, prefix: str, depth: int) -> Iterator[list[str]]:
    """The attributes of an estimator that training does not make: names without `_` at an end."""
    content = node.get("content") if isinstance(node, dict) else None
    inner = content.get("content") if isinstance(content, dict) else None
    if not isinstance(inner, dict) or not depth:
        return
    for name, value in inner.items():
        if name.startswith("_") or name.endswith("_"):
            continue
        yield [cell(prefix + name), _value(value)]
        for step, estimator in _steps(value):
            yield [cell(f"{prefix}{step}"), _class(estimator)]
            yield from _parameters(estimator, f"{prefix}{step}__", depth - 1)


def _steps(value: Any) -> Iterator[tuple[str, Any]]:
    """The named estimators in a list such as a pipeline's `steps`."""
    items = value.get("content") if isinstance(value, dict) else None
    for item in items if isinstance(items, list) else ():
        parts = item.get("content") if isinstance(item, dict) else None
        if isinstance(parts, list) and len(parts) >= 2 and isinstance(parts[1], dict):
            name = _plain(parts[0])
            if isinstance(name, str) and isinstance(parts[1].get("content"), dict):
                yield name, parts[1]


def _value(node: Any) -> str:
    if not isinstance(node, dict):
        return cell(node)
    if node.get("__loader__") == "JsonNode":
        return cell(_plain(node)) if _plain(node) is not None else "None"
    content = node.get("content")
    if isinstance(content, list):
        return f"{node.get('__class__')} of {len(content)}"
    return _class(node)


def _plain(node: Any) -> Any:
    """The value of a node that holds JSON."""
    try:
        return json.loads(node["content"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _class(node: Any) -> str:
    return cell(str(node.get("__class__")))
