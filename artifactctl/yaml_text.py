"""Reading YAML that a person or another program wrote, strictly.

What the format leaves open is refused rather than guessed: aliases (a few hundred bytes of them
grow to gigabytes), keys given twice, keys that are not text, NaN and infinities, and documents
beyond a size or depth that a person would write.
"""

import contextlib
from collections.abc import Hashable, Iterator
from typing import Any

import yaml

from artifactctl.errors import InvalidInputError
from artifactctl.json_text import MAX_DEPTH, check_json_value, too_deep

MAX_BYTES = 1 << 20

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str, source: str) -> Any:
    """Read a YAML document (or JSON, which is YAML); `source` names it in errors.

    Dates stay text. Raises `InvalidInputError` with line and column.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidInputError(f"{source} is larger than 1 MiB")
    try:
        _check_events(text)
        value = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a safe loader, made stricter)
    except yaml.YAMLError as error:
        raise InvalidInputError(f"{source}, {_place(error)}") from None
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        # What PyYAML lets through of values that are not what their tag claims.
        raise InvalidInputError(
            f"{source} has a value that is not what it claims to be ({type(error).__name__})"
        ) from None
    check_json_value(value, source)
    return value


def parse_events(text: str) -> Iterator[yaml.Event]:
    """The document's events, each with its place; raises `yaml.YAMLError`, also for depth."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            depth += _deeper(event)
            if depth > MAX_DEPTH:
                raise _refused(too_deep(), event.start_mark)
            yield event
    except RecursionError:
        raise _refused(too_deep(), None) from None
    except yaml.MarkedYAMLError as error:
        # PyYAML reads ahead of what it tells. A limit of its own that it meets there (6.0.4 has
        # one) says less than ours, which the text up to there is beyond.
        raise _depth_before(text, error.problem_mark) or error from None


def _depth_before(text: str, place: Any) -> yaml.MarkedYAMLError | None:
    """The error for depth, if the text before `place` is nested too deep."""
    depth = 0
    with contextlib.suppress(yaml.YAMLError):
        for event in yaml.parse(text[: place.index] if place else "", Loader=_Loader):
            depth += _deeper(event)
            if depth > MAX_DEPTH:
                return _refused(too_deep(), event.start_mark)
    return None


def _deeper(event: yaml.Event) -> int:
    is_end = isinstance(event, yaml.CollectionEndEvent)
    return isinstance(event, yaml.CollectionStartEvent) - is_end


def _refused(problem: str, place: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(None, None, problem, place)


def _check_events(text: str) -> None:
    """Refuse aliases before any node is built."""
    for event in parse_events(text):
        if isinstance(event, yaml.AliasEvent):
            raise _refused("aliases are refused", event.start_mark)


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else "not readable: "
    return f"{where}{problem}"


class _StrictLoader(_Loader):  # type: ignore[misc]
    """PyYAML's safe loader, less what this module refuses."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                problem = "this key is not text; quote it"
            elif key in seen:
                problem = f"key {key!r} is given twice"
            else:
                seen.add(key)
                continue
            raise _refused(problem, key_node.start_mark)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def _construct_text(loader: Any, node: Any) -> Any:
    return loader.construct_scalar(node)


# A date in metadata or in a setting is what was typed, not a Python object.
_StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", _construct_text)
