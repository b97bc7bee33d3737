"""The metrics that a step's command writes into a file: JSON, YAML, or a JSON object on each line.

They become metadata of the step. The lines of JSON lines are the points of a series: each key has
its last value, and `series` has the values of all lines by key.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.json_text import parse_json
from artifactctl.metadata import SERIES, check_metadata
from artifactctl.pipelines.files.report import Keys, Report
from artifactctl.pipelines.files.tree import Scalar, changed, parse_tree
from artifactctl.pipelines.files.values import check_value
from artifactctl.regular_files import FileTooLargeError, IrregularFileError, read_regular
from artifactctl.yaml_text import MAX_BYTES, parse_yaml

MAX_KEYS = 1000
MAX_POINTS = 100_000

_LINES = (".jsonl", ".ndjson")
_NOT_FINITE = frozenset(
    sign + word
    for word in (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
    for sign in ("", "+", "-")
)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics as metadata; `unknown` is the number of NaNs and infinities, which are null in it."""

    values: Mapping[str, Any]
    unknown: int = 0


def read_metrics(path: str, folder: Path, shown: str) -> Metrics:
    """Read a file of metrics; `shown` is its path in messages.

    A symbolic link is followed only to a file inside `folder`. Raises `NotFoundError`,
    `UnsafeError`, and `InvalidInputError` for a file that is too large, not regular, or has no
    metrics.
    """
    source = f"metrics file {shown!r}"
    text = _read(path, folder, source)
    points = _points(text, source, is_lines=shown.endswith(_LINES))
    if points is not None:
        return Metrics(_checked(_as_series(points.values, source), source), points.unknown)
    found = _document(text, source)
    if not isinstance(found.value, dict):
        raise InvalidInputError(f"{source} must hold keys and values")
    return Metrics(_checked(found.value, source), found.unknown)


@dataclass(frozen=True, slots=True)
class _Document:
    value: object
    unknown: int


@dataclass(frozen=True, slots=True)
class _Points:
    values: Sequence[Mapping[str, Any]]
    unknown: int


def _read(path: str, folder: Path, source: str) -> str:
    real = os.path.realpath(path)
    is_link = real != os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    if is_link and not Path(real).is_relative_to(os.path.realpath(folder)):
        raise UnsafeError(f"{source} is a link that leads out of the run's folder")
    try:
        return read_regular(real, MAX_BYTES).decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"{source} was not written") from None
    except (IrregularFileError, IsADirectoryError):
        raise InvalidInputError(f"{source} is not a regular file") from None
    except FileTooLargeError:
        raise InvalidInputError(f"{source} is larger than 1 MiB") from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"{source} is not UTF-8 text") from None
    except OSError as error:
        raise InvalidInputError(f"{source} cannot be read ({error.strerror})") from None


def _points(text: str, source: str, *, is_lines: bool) -> _Points | None:
    """The objects of JSON lines; None when the text is one document.

    Without `is_lines` it has several lines, the first of which is an object.
    """
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not is_lines and (len(lines) < 2 or not _is_object(lines[0][1])):
        return None
    points, unknown = [], 0
    for number, line in lines:
        found = _json(line, f"{source}, line {number}")
        if found is None or not isinstance(found.value, dict):
            raise InvalidInputError(f"{source}, line {number} is not a JSON object")
        points.append(found.value)
        unknown += found.unknown
    return _Points(points, unknown)


def _is_object(line: str) -> bool:
    try:
        return isinstance(parse_json(line, constant=lambda _: None), dict)
    except ValueError:
        return False


def _as_series(points: Sequence[Mapping[str, Any]], source: str) -> dict[str, Any]:
    """The last value of each key, and under `series` all values; a line without a key has null."""
    last = {key: value for point in points for key, value in point.items()}
    if SERIES in last:
        raise InvalidInputError(
            f"{source}: key {SERIES!r} is taken: it holds the values of all lines",
            hint="give it another name",
        )
    if len(last) * len(points) > MAX_POINTS:
        raise InvalidInputError(
            f"{source} has more than {MAX_POINTS:,} values: {len(points):,} lines of"
            f" {len(last):,} keys",
            hint="write fewer lines",
        )
    series = {key: [point.get(key) for point in points] for key in last}
    return {**last, SERIES: series} if last else {}


def _document(text: str, source: str) -> _Document:
    """The value of a JSON or YAML document; an empty one has no keys."""
    return _json(text, source) or _yaml(text, source)


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
    """The value of a YAML document, with null for NaN and infinities."""
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
    if _leaves({key: value for key, value in found.items() if key != SERIES}) > MAX_KEYS:
        raise InvalidInputError(
            f"{source} has more than {MAX_KEYS:,} keys", hint="write what runs are compared by"
        )
    return found


def _leaves(value: object) -> int:
    """The number of values inside of objects and lists."""
    if isinstance(value, Mapping):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1
