"""The metrics that a step's command writes into a file: JSON, YAML, or a JSON object on each line.

They become metadata of the step. Each line of JSON lines is a step of series: the numbers of a key
are points, at the step that the line's key `step` says, or else at the number of the line. The
metadata of a key is its last value.
"""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.json_text import parse_json
from artifactctl.metadata import check_metadata
from artifactctl.pipelines.files.report import Keys, Report
from artifactctl.pipelines.files.tree import Scalar, changed, parse_tree
from artifactctl.pipelines.files.values import check_value
from artifactctl.regular_files import FileTooLargeError, IrregularFileError, read_regular
from artifactctl.series import Points, points_of
from artifactctl.verbs.points import now_ms, step_of
from artifactctl.yaml_text import MAX_BYTES, parse_yaml

MAX_KEYS = 1000
MAX_POINTS = 2_000_000
_STEP = "step"
_MOST_LINES_BYTES = 64 << 20

_LINES = (".jsonl", ".ndjson")
_NOT_FINITE = frozenset(
    sign + word
    for word in (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
    for sign in ("", "+", "-")
)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics as metadata; `unknown` is the number of NaNs and infinities, which are null in it.

    `series` are points by key.
    """

    values: Mapping[str, Any]
    unknown: int = 0
    series: Mapping[str, Points] = field(default_factory=dict)


def read_metrics(path: str, folder: Path, shown: str) -> Metrics:
    """Read a file of metrics; `shown` is its path in messages.

    A symbolic link is followed only to a file inside `folder`. Raises `NotFoundError`,
    `UnsafeError`, and `InvalidInputError` for a file that is too large, not regular, or has no
    metrics.
    """
    source = f"metrics file {shown!r}"
    is_lines = shown.endswith(_LINES)
    text = _read(path, folder, source, _MOST_LINES_BYTES if is_lines else MAX_BYTES)
    found_lines = _lines(text, source, is_lines=is_lines)
    if found_lines is not None:
        last = {key: value for line in found_lines.values for key, value in line.items()}
        last.pop(_STEP, None)
        series = _as_series(found_lines, list(last), source)
        return Metrics(_checked(last, source), found_lines.unknown, series)
    found = _json(text, source) or _yaml(text, source)
    if not isinstance(found.value, dict):
        raise InvalidInputError(f"{source} must hold keys and values")
    return Metrics(_checked(found.value, source), found.unknown)


@dataclass(frozen=True, slots=True)
class _Document:
    value: object
    unknown: int


@dataclass(frozen=True, slots=True)
class _Lines:
    """The objects of lines, and the step of each."""

    values: Sequence[Mapping[str, Any]]
    steps: Sequence[int]
    unknown: int


def _read(path: str, folder: Path, source: str, most_bytes: int) -> str:
    real = os.path.realpath(path)
    is_link = real != os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    if is_link and not Path(real).is_relative_to(os.path.realpath(folder)):
        raise UnsafeError(f"{source} is a link that leads out of the run's folder")
    try:
        return read_regular(real, most_bytes).decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"{source} was not written") from None
    except (IrregularFileError, IsADirectoryError):
        raise InvalidInputError(f"{source} is not a regular file") from None
    except FileTooLargeError:
        raise InvalidInputError(f"{source} is larger than {most_bytes >> 20} MiB") from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"{source} is not UTF-8 text") from None
    except OSError as error:
        raise InvalidInputError(f"{source} cannot be read ({error.strerror})") from None


def _lines(text: str, source: str, *, is_lines: bool) -> _Lines | None:
    """The objects of JSON lines; None when the text is one document.

    Without `is_lines` it has several lines, the first of which is an object.
    """
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not is_lines and (len(lines) < 2 or not _is_object(lines[0][1])):
        return None
    values, steps, unknown = [], [], 0
    for number, line in lines:
        place = f"{source}, line {number}"
        found = _json(line, place)
        if found is None or not isinstance(found.value, dict):
            raise InvalidInputError(f"{place} is not a JSON object")
        values.append(found.value)
        unknown += found.unknown
        try:
            steps.append(step_of(found.value.get(_STEP, number)))
        except InvalidInputError as error:
            raise error.about(place) from None
    return _Lines(values, steps, unknown)


def _is_object(line: str) -> bool:
    try:
        return isinstance(parse_json(line, constant=lambda _: None), dict)
    except ValueError:
        return False


def _as_series(lines: _Lines, keys: Sequence[str], source: str) -> dict[str, Points]:
    """The points of each key that has numbers only; the last of equal steps counts."""
    if sum(map(len, lines.values)) > MAX_POINTS:
        raise InvalidInputError(
            f"{source} has more than {MAX_POINTS:,} values", hint="write fewer lines"
        )
    now = now_ms()
    series = {}
    for key in keys:
        numbers = list(_numbers(lines, key))
        if all(number is not None for _, number in numbers):
            series[key] = points_of((step, now, number or 0.0) for step, number in numbers)
    return series


def _numbers(lines: _Lines, key: str) -> Iterator[tuple[int, float | None]]:
    """The number at each step, NaN for null; None for anything else."""
    for step, line in zip(lines.steps, lines.values, strict=True):
        if key not in line:
            continue
        value = line[key]
        if value is None:
            yield step, math.nan
        elif isinstance(value, bool) or not isinstance(value, int | float):
            yield step, None
        else:
            yield step, _near(value)


def _near(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond all floats
        return math.nan


def _json(text: str, source: str) -> _Document | None:
    """The value of a text in JSON, with null for NaN and infinities; None for another text."""
    unknown: list[str] = []  # `append` gives None, which is the value
    try:
        return _Document(parse_json(text, constant=unknown.append), len(unknown))
    except InvalidInputError as error:
        raise error.about(source) from None
    except ValueError:
        return None


def _yaml(text: str, source: str) -> _Document:
    """The value of a YAML document, with null for NaN and infinities; an empty one has no keys."""
    try:
        return _Document({} if (value := parse_yaml(text, source)) is None else value, 0)
    except InvalidInputError:
        return _yaml_of_tree(text, source)  # which takes three times as long


def _yaml_of_tree(text: str, source: str) -> _Document:
    """The same for a document that has NaN or infinities, or mistakes, all of which are named."""
    report, unknown = Report(source), 0

    def finite(scalar: Scalar, _keys: Keys) -> Scalar:
        nonlocal unknown
        if scalar.kind != "number" or scalar.text not in _NOT_FINITE:
            return scalar
        unknown += 1
        return replace(scalar, text="null", kind="null")

    node = parse_tree(text, report)
    value = {} if node is None else check_value(changed(node, finite), (), report)
    try:
        report.raise_mistakes()
    except InvalidInputError as error:
        raise InvalidInputError("; ".join(error.details)) from None
    return _Document(value, unknown)


def _checked(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    try:
        found = check_metadata(values)
    except InvalidInputError as error:
        raise error.about(source) from None
    if _leaves(found) > MAX_KEYS:
        raise InvalidInputError(
            f"{source} has more than {MAX_KEYS:,} keys", hint="write what runs are compared by"
        )
    return found


def _leaves(value: object) -> int:
    """The number of values inside of objects and lists."""
    if isinstance(value, Mapping):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1
