"""As much of JSON Schema as the schema of a run's file uses, read independently of the product."""

import re
from typing import Any

_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
_KNOWN = frozenset(
    {
        "$schema", "title", "description", "examples", "deprecated", "anyOf", "type", "pattern",
        "minimum", "exclusiveMinimum", "items", "minItems", "properties", "additionalProperties",
        "required",
    }
)  # fmt: skip


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value fits a schema; an unknown word in the schema is a mistake."""
    assert schema.keys() <= _KNOWN
    if "anyOf" in schema and not any(fits(value, one) for one in schema["anyOf"]):
        return False
    types = schema.get("type", list(_TYPES))
    if not any(_is(value, one) for one in ([types] if isinstance(types, str) else types)):
        return False
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, dict):
        return _fits_object(value, schema)
    if isinstance(value, list):
        items = all(fits(item, schema.get("items", {})) for item in value)
        return items and len(value) >= schema.get("minItems", 0)
    if isinstance(value, int | float) and not isinstance(value, bool):
        above = value > schema.get("exclusiveMinimum", float("-inf"))
        return above and value >= schema.get("minimum", float("-inf"))
    return True


def _is(value: Any, kind: str) -> bool:
    right = isinstance(value, _TYPES[kind])
    return right and (kind == "boolean" or not isinstance(value, bool))


def _fits_object(value: dict[str, Any], schema: dict[str, Any]) -> bool:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    if any(name not in value for name in schema.get("required", ())):
        return False
    if others is False:
        return all(name in known and fits(item, known[name]) for name, item in value.items())
    return all(fits(item, known.get(name, others)) for name, item in value.items())
