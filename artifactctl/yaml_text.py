"""Strict reading of YAML from people and other programs: the core schema of YAML 1.2.

Where YAML 1.1 and 1.2 differ, a scalar that is a text in one of them stays a text (`no`, `12:30`,
`1_000`, dates), and one that is a different number in each is refused (`010`). Also refused are
aliases (a few hundred bytes of them expand to gigabytes), duplicate keys, keys that are not text,
NaN and infinities, and documents larger or deeper than a person would write.
"""

import contextlib
import math
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, Literal

import yaml

from artifactctl.errors import InvalidInputError
from artifactctl.json_text import MAX_DEPTH, check_json_value, too_deep

MAX_BYTES = 1 << 20

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

ScalarKind = Literal["text", "null", "flag", "whole", "number", "unclear"]

# Git abbreviates a commit to seven characters such as 6063e25; programs write a number of that size
# with a point or a sign (6063e+25).
_COMMIT = r"(?=[^.+-]{7})[0-9]+[eE][0-9]+"
# The first matching pattern decides.
_PATTERNS: tuple[tuple[ScalarKind, str], ...] = (
    ("null", r"(?:~|null|Null|NULL)?"),
    ("flag", r"true|True|TRUE|false|False|FALSE"),
    ("whole", r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+"),
    ("unclear", r"[-+]?0[0-9]+|0o[0-7]+"),
    ("text", _COMMIT),
    ("number", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"),
    ("number", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"),
)
# Most texts begin with a character with which nothing else begins.
_ANY = re.compile("|".join(f"({pattern})" for _, pattern in _PATTERNS), re.ASCII)
_BEGIN_OTHERS = frozenset("~nNtTfF+-.0123456789")


def parse_yaml(text: str, source: str) -> Any:
    """Return the value of a YAML document (or JSON, which is YAML); `source` names it in errors.

    Raises `InvalidInputError` with line and column.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidInputError(f"{source} is larger than 1 MiB")
    try:
        value = _document(text)
    except yaml.YAMLError as error:
        raise InvalidInputError(f"{source}, {_place(error)}") from None
    except UnicodeError:
        raise InvalidInputError(f"{source}: text is not valid Unicode") from None
    check_json_value(value, source)
    return value


def kind_of(text: str) -> ScalarKind:
    """Return the kind of an unquoted scalar."""
    if text and text[0] not in _BEGIN_OTHERS:
        return "text"
    found = _ANY.fullmatch(text)
    return _PATTERNS[found.lastindex - 1][0] if found and found.lastindex else "text"


def value_of(kind: ScalarKind, text: str) -> Any:
    """Return the value of a scalar of that kind.

    Raises `InvalidInputError` for a number that YAML 1.1 and 1.2 read differently, that is not
    finite, or that has more digits than Python parses.
    """
    if kind == "null":
        return None
    if kind == "flag":
        return text.lower() == "true"
    if kind == "unclear":
        raise InvalidInputError(
            f"{_shown(text)} is octal in YAML 1.1 and decimal in 1.2", hint="put it in quotes"
        )
    if kind == "text":
        return text
    try:
        value = int(text, 0) if kind == "whole" else float(text.replace(".inf", "inf"))
    except ValueError:  # thousands of digits, or YAML's `.inf` and `.nan`
        value = math.inf
    if not math.isfinite(value):
        raise InvalidInputError(
            f"{_shown(text)} is not a number that can be kept", hint="leave it out or use null"
        )
    return value


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


_SHOWN = 40


def refusal_of(event: Any) -> str | None:
    """Return why a node is refused, or None: it has an alias, an anchor, a tag or a merge key."""
    is_scalar = type(event) is yaml.ScalarEvent
    if is_scalar and event.anchor is event.tag is None and event.value != "<<":
        return None
    if isinstance(event, yaml.AliasEvent):
        return "aliases are refused; write the value again"
    if event.anchor is not None:
        return "anchors are refused; write the value where it is needed"
    if is_scalar and event.value == "<<" and event.implicit[0]:
        return "merge keys are refused; put '<<' in quotes if it is a text"
    if getattr(event, "tag", None) is not None:
        return f"tags such as {event.tag} are refused"
    return None


def parse_events(text: str) -> Iterator[yaml.Event]:
    """Yield the events of a document; raises `yaml.YAMLError`, also for one nested too deep."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if type(event) is not yaml.ScalarEvent:
                depth += _deeper(event)
                if depth > MAX_DEPTH:
                    raise _refused(too_deep(), event.start_mark)
            yield event
    except RecursionError:
        raise _refused(too_deep(), None) from None
    except yaml.MarkedYAMLError as error:
        # PyYAML parses ahead of the events it yields, and may reach its own depth limit there
        # (6.0.4 has one) before this loop has counted that far: the message here is clearer.
        raise _depth_before(text, error.problem_mark) or error from None


def _depth_before(text: str, place: yaml.Mark | None) -> yaml.MarkedYAMLError | None:
    """Return the error for depth when the text before `place` is nested too deep, else None."""
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


def _document(text: str) -> object:
    """Return the value of the only document; None when there is none."""
    # The depth is checked before anything else. Parsing again takes less time than keeping all
    # events, through which Python would look for garbage again and again.
    deque(parse_events(text), maxlen=0)
    events = parse_events(text)
    found: list[Any] = []
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            if found:
                raise _refused("there is a second document; one is allowed", event.start_mark)
            found.append(_value(event, events))
    return found[0] if found else None


def _value(event: Any, events: Iterator[yaml.Event]) -> Any:
    """Return the value of the node that begins with `event`, consuming its events."""
    problem = refusal_of(event)
    if problem is not None:
        raise _refused(problem, event.start_mark)
    if type(event) is yaml.ScalarEvent:
        return _scalar(event) if event.implicit[0] else event.value
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events)
    items = []
    while not isinstance(inner := next(events), yaml.CollectionEndEvent):
        items.append(_value(inner, events))
    return items


def _scalar(event: yaml.ScalarEvent) -> object:
    try:
        return value_of(kind_of(event.value), event.value)
    except InvalidInputError as error:
        raise _refused(f"{error.message}; {error.hint}", event.start_mark) from None


def _mapping(events: Iterator[Any]) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.CollectionEndEvent):
        problem = refusal_of(event)
        is_text = isinstance(event, yaml.ScalarEvent) and (
            not event.implicit[0] or kind_of(event.value) == "text"
        )
        if problem is None and not is_text:
            problem = "this key is not text; quote it"
        elif problem is None and event.value in mapping:
            problem = f"key {event.value!r} is given twice"
        if problem is not None:
            raise _refused(problem, event.start_mark)
        mapping[event.value] = _value(next(events), events)
    return mapping


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else "not readable: "
    return f"{where}{problem}"
