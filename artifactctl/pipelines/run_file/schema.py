"""The description of a file as a JSON Schema, for editors."""

from typing import Any

from artifactctl.pipelines.run_file.keys import RUN
from artifactctl.pipelines.run_file.shapes import Key, ListOf, MapOf, OneOf, Record, Shape, Word

_VARIABLE = {"type": "string", "pattern": r"\$\{"}


def json_schema() -> dict[str, Any]:
    """A JSON Schema (2020-12) that takes every file that is read; names and the like are not in it.

    Keys that mean nothing here are marked as deprecated.
    """
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**head, "title": "A versioning run of artifactctl", **_nullable(_schema(RUN))}


def _schema(shape: Shape | None) -> dict[str, Any]:
    match shape:
        case Word():
            return _word(shape)
        case ListOf():
            return {"type": "array", "items": _schema(shape.item), "minItems": shape.at_least}
        case MapOf():
            return {"type": "object", "additionalProperties": _nullable(_schema(shape.item))}
        case Record():
            return _record(shape)
        case OneOf():
            ways = (shape.word, shape.list, shape.mapping)
            return {"anyOf": [_schema(way) for way in ways if way is not None]}
    return {}


def _word(word: Word) -> dict[str, Any]:
    if word.type == "string":
        # Words count as they are written: `version: 1.10` is fine, and no number.
        return {"type": ["string", "number", "boolean", "null"], **word.extra}
    return {"anyOf": [{"type": word.type, **word.extra}, {"type": "string"}]}


def _record(record: Record) -> dict[str, Any]:
    properties = {
        spelling: _property(key) for key in record.keys for spelling in (key.name, *key.also)
    }
    ignored = {name: {"deprecated": True} for name in sorted(record.ignored)}
    required = [key.name for key in record.keys if key.required]
    return {
        "type": "object",
        "properties": {**properties, **ignored},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _property(key: Key) -> dict[str, Any]:
    return {"description": key.says, **_or_variable(_nullable(_schema(key.shape)))}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]} if schema else {}


def _or_variable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [*schema["anyOf"], _VARIABLE]} if schema else {}
