"""The JSON Schema of a run file, for editors."""

from typing import Any

from artifactctl.pipelines.files.keys import RUN, STEP
from artifactctl.pipelines.files.report import Executor
from artifactctl.pipelines.files.shapes import (
    Key,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Shape,
    Value,
    Word,
)

Schema = dict[str, Any]

_USE = r"\$\{"
_IGNORED: Schema = {"description": "ZenML's; has no effect here", "deprecated": True}
_NEEDED: dict[tuple[str, Executor], Schema] = {
    ("step", "command"): {
        "if": {"not": {"required": ["command"]}},
        "then": {"required": ["outputs"]},
    },
    ("output", "command"): {"required": ["path"]},
}
_IS_FUNCTION = {
    "properties": {"pipeline": {"type": "string", "pattern": "^[^:]+:[^:]+$"}},
    "required": ["pipeline"],
}


def json_schema() -> Schema:
    """A JSON Schema (2020-12) of the files that `artifactctl run` takes.

    It does not check names and the like. It is stricter than a run where a mistake is likely: it
    refuses keys without values, and numbers as the pipeline's name. It uses no alternatives
    (`anyOf`), with which editors cannot show a mistake at its own place.
    """
    definitions: dict[str, Schema] = {}
    python, command = _Writer("python", definitions), _Writer("command", definitions)
    run = python.record(RUN)
    only: Schema = {key.name: {"not": {}} for key in RUN.keys if key.only == "python"}
    steps = {"minProperties": 1, "additionalProperties": command.of(STEP)}
    meaning = next(key.meaning for key in RUN.keys if key.name == "steps")
    run["properties"]["steps"] = {"description": meaning, "type": "object"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A versioning run of artifactctl",
        **run,
        "required": ["pipeline"],
        "if": _IS_FUNCTION,
        "then": {"properties": {"steps": {"additionalProperties": python.of(STEP)}}},
        "else": {"required": ["steps"], "properties": {**only, "steps": steps}},
        "$defs": {"ignored": _IGNORED, **dict(sorted(definitions.items()))},
    }


class _Writer:
    """Writes the schemas of shapes for one executor; a shape with a name becomes a definition."""

    def __init__(self, executor: Executor, definitions: dict[str, Schema]) -> None:
        self.executor = executor
        self.definitions = definitions

    def of(self, shape: Shape) -> Schema:
        """The schema of a shape, or a reference to its definition."""
        if isinstance(shape, Value | ListOf) or not shape.name:
            return self._written(shape)
        is_own = (shape.name, "command") in _NEEDED
        name = f"{self.executor}{shape.name.capitalize()}" if is_own else shape.name
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._written(shape)
        return {"$ref": f"#/$defs/{name}"}

    def _written(self, shape: Shape) -> Schema:
        match shape:
            case Value():
                return {}
            case Word():
                return _word(shape)
            case OneOf():
                return self._one_of(shape)
            case Record() if shape.instead:  # a text is a mistake here
                return self.record(shape)
        return _or_variable(self._collection(shape))

    def _one_of(self, shape: OneOf) -> Schema:
        """The alternatives in one schema: each keyword of JSON Schema applies to one type only."""
        word = shape.word if shape.word and shape.word.only in (None, self.executor) else None
        ways = [self._collection(way) for way in (shape.list, shape.mapping) if way is not None]
        kinds = [way["type"] for way in ways]
        merged: Schema = {}
        for way in ways:
            merged |= way
        if word is None:
            return _or_variable({**merged, "type": kinds})
        own = _word(word)
        types = own["type"] if isinstance(own["type"], list) else [own["type"]]
        return {**merged, **own, "type": [*types, *kinds]}

    def _collection(self, shape: ListOf | MapOf | Record) -> Schema:
        if isinstance(shape, ListOf):
            least = {"minItems": shape.at_least} if shape.at_least else {}
            return {"type": "array", "items": self.of(shape.item), **least}
        if isinstance(shape, MapOf):
            return {"type": "object", "additionalProperties": self.of(shape.item)}
        return self.record(shape)

    def record(self, record: Record) -> Schema:
        """The schema of a record; that of the run has the keys of both executors."""
        properties: dict[str, Schema] = {}
        for key in record.keys:
            if record is RUN or key.only in (None, self.executor):
                properties[key.name] = self._key(key, record)
                properties |= {other: self._other(key) for other in key.also}
        ignored = {name: {"$ref": "#/$defs/ignored"} for name in sorted(record.ignored)}
        required = [key.name for key in record.keys if key.required]
        return {
            "type": "object",
            "properties": {**properties, **ignored},
            "additionalProperties": False,
            **({"required": required} if required else {}),
            **_NEEDED.get((record.name, self.executor), {}),
        }

    def _key(self, key: Key, record: Record) -> Schema:
        if key.unless == self.executor and record is not RUN:
            return {"$ref": "#/$defs/ignored"}
        return {"description": key.meaning, **self.of(key.shape)}

    def _other(self, key: Key) -> Schema:
        return {"description": f"the same as {key.name!r}", **self.of(key.shape)}


def _word(word: Word) -> Schema:
    if "enum" in word.extra:
        return {"type": "string", "if": {"not": {"pattern": _USE}}, "then": word.extra}
    if word.type == "string":
        # Texts are taken as written: `version: 1.10` is the text 1.10, a number only for YAML.
        return {"type": ["string", "number", "boolean"], **word.extra}
    pattern = f"{_USE}|{word.extra['pattern']}"
    return {"type": [word.type, "string"], **word.extra, "pattern": pattern}


def _or_variable(schema: Schema) -> Schema:
    """The same schema, or `${name}` as the whole value."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*types, "string"], "pattern": _USE}
