"""The verbs that add points to series of runs, steps and versions."""

import operator
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.writing.series import put_series
from artifactctl.errors import InvalidInputError, warn_caller
from artifactctl.home import Home
from artifactctl.metadata import check_metadata
from artifactctl.plain_values import plain_keys, plain_value
from artifactctl.refs import Ref
from artifactctl.results.runs import PipelineRun
from artifactctl.results.versions import ArtifactVersion
from artifactctl.series import MOST, Points, points_of
from artifactctl.verbs import finding, finding_runs

Steps = int | Sequence[int]
"""The step of one point, or those of several, whose values are sequences of the same length."""


def log_to_version(
    home: Home, ref: Ref, metadata: Mapping[Any, object], step: Steps
) -> ArtifactVersion:
    """Add points to series of a version."""
    points = points_logged(metadata, step)
    found = find_version(home.catalog, ref)
    log_points(home, "version", found.id, points)
    return finding.version(home, Ref(found.id))


def log_to_run(home: Home, run: str, metadata: Mapping[Any, object], step: Steps) -> PipelineRun:
    """Add points to series of a run."""
    points = points_logged(metadata, step)
    found = find_run(home.catalog, run)
    log_points(home, "run", found.id, points)
    return finding_runs.run(home, found.id)


def log_to_step(home: Home, step_id: str, metadata: Mapping[Any, object], step: Steps) -> None:
    """Add points to series of a step of a run."""
    log_points(home, "step", step_id, points_logged(metadata, step))


def log_points(home: Home, owner: str, row_id: str, series: Mapping[str, Points]) -> None:
    """Add points to series of a `version`, a `run` or a `step`, by its ID."""
    with home.change() as change:
        change.record(put_series(change.transaction, owner, row_id, series))


def points_logged(metadata: Mapping[Any, object], step: Steps) -> dict[str, Points]:
    """The points in what a Python program logs, at this moment.

    The values of objects are points of series by keys joined with `.`. A value that is no number
    is left out with a warning, since a training run must not fail because of its metadata. Raises
    `InvalidInputError` for a step that is not a whole number.
    """
    is_one, steps = _steps(step)
    now = now_ms()
    found = {}
    for key, value in _flat("", metadata):
        values = [value] if is_one else _items(value)
        if len(values) != len(steps):
            raise InvalidInputError(
                f"metadata {key!r} has {len(values)} values for {len(steps)} steps",
                hint="give one value for each step",
            )
        rows = zip(steps, values, strict=True)
        points = points_of(
            (at, now, number) for at, one in rows if (number := number_in(key, one)) is not None
        )
        if len(points):
            found[key] = points
    return found


def _steps(step: Any) -> tuple[bool, list[int]]:
    """Whether it is one step, and the steps."""
    with suppress(TypeError):
        operator.index(step)  # also an integer of numpy
        return True, [step_of(step)]
    if not hasattr(step, "__iter__"):
        return True, [step_of(step)]
    return False, [step_of(one) for one in step]


def now_ms() -> int:
    """The present time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def step_of(step: Any) -> int:
    """The step as a whole number from 0; raises `InvalidInputError` for anything else."""
    try:
        number = operator.index(step)
    except TypeError:
        number = -1
    if isinstance(step, bool) or not 0 <= number < MOST:
        raise InvalidInputError(
            f"step {str(step)[:40]!r} is not a whole number from 0 to 2^53",
            hint="count the steps from 0 or 1",
        )
    return number


def number_in(key: str, value: object) -> float | None:
    """The number to log, NaN if it is unknown; None, with a warning, where there is none."""
    if type(value) is not float and type(value) is not int:
        value = plain_value(key, value)
    if value is None:
        return float("nan")
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            warn_caller(f"metadata {key!r}: the number is too large, and its point is left out")
            return None
        if number - number != 0:  # NaN or infinite: `plain_value` warns
            plain_value(key, number)
            return float("nan")
        return number
    kind = type(value).__name__
    warn_caller(f"metadata {key!r}: a point is a number, not a {kind}, and it is left out")
    return None


def _flat(before: str, metadata: Mapping[Any, object]) -> Iterator[tuple[str, object]]:
    if not isinstance(metadata, Mapping):
        raise InvalidInputError(
            f"metadata must be a mapping of keys to values, not {type(metadata).__name__}",
            hint='write {"key": value}',
        )
    for name, value in zip(plain_keys(metadata), metadata.values(), strict=True):
        key = f"{before}{name}"
        if isinstance(value, Mapping):
            yield from _flat(f"{key}.", value)
        else:
            check_metadata({key: None})
            yield key, value


def _items(value: Any) -> Sequence[object]:
    found: Sequence[object] = value.tolist() if hasattr(value, "tolist") else list(value)
    return found
