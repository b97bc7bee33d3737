"""An overview as columns, and columns as compressed text in a page.

Each column is a list with a value for each row, in the order of the rows. Numbers that grow or fall
from row to row are stored as differences. What is the same in most rows is stored once, and rows
refer to it by position, so that deflate has little left to do.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from artifactctl.catalog.reading.overview import (
    ArtifactLine,
    Label,
    RunLine,
    Value,
    VersionLine,
)
from artifactctl.json_text import JsonObject
from artifactctl.render.page.catalog.curves import curves_json
from artifactctl.render.page.catalog.previews import preview
from artifactctl.render.page.catalog.values import Shown, shown
from artifactctl.results.overview import Overview

MANY = 20_000
"""From so many versions on, IDs, digests and numbers are shortened."""

_ID, _SHORT_ID = 36, 13
_DIGITS = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Words:
    """A dictionary of texts: each has a position."""

    def __init__(self) -> None:
        self._places: dict[str | None, int] = {}

    def __call__(self, text: str | None) -> int:
        """Return the position of a text; -1 stands for None."""
        return -1 if text is None else self._places.setdefault(text, len(self._places))

    def as_list(self) -> list[str | None]:
        """Return all texts in the order of their positions."""
        return list(self._places)


def packed(value: Any) -> str:
    """A value as JSON, deflated, in base64."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    # The best level takes three times as long, for a hundredth of the size.
    squeezer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return base64.b64encode(squeezer.compress(text.encode()) + squeezer.flush()).decode()


def time_of(text: str | None) -> int | str | None:
    """A time in milliseconds since 1970; a text that is none stays as it is."""
    try:
        return (
            None
            if text is None
            else round((datetime.fromisoformat(text) - _EPOCH).total_seconds() * 1000)
        )
    except (ValueError, TypeError, OverflowError):
        return text


def differences(numbers: Sequence[int | str | None]) -> list[int | str | None]:
    """Each number as its difference to the number before it; others stay, and are skipped."""
    before = 0
    found: list[int | str | None] = []
    for number in numbers:
        if isinstance(number, int):
            found.append(number - before)
            before = number
        else:
            found.append(number)
    return found


@dataclass(frozen=True)
class _Rows:
    """Positions of rows by their seqs."""

    artifacts: Mapping[int, int]
    versions: Mapping[int, int]
    runs: Mapping[int, int]
    steps: Mapping[int, int]


def chunks(found: Overview) -> dict[str, Any]:
    """The parts of a page's data, by name, in the order in which a page reads them."""
    rows = _Rows(
        {line.seq: place for place, line in enumerate(found.artifacts)},
        {line.seq: place for place, line in enumerate(found.versions)},
        {line.seq: place for place, line in enumerate(found.runs)},
        {line.seq: place for place, line in enumerate(found.steps)},
    )
    is_large = len(found.versions) > MANY
    digits = _DIGITS if is_large else None
    return {
        "core": {
            "written": found.written,
            "root": found.root,
            "totals": {"versions": found.total_versions, "runs": found.total_runs},
            "short": is_large,
            "artifacts": _artifacts(found, rows),
            "versions": _versions(found, rows),
        },
        "runs": _runs(found, rows, digits),
        "metadata": _values(found.version_values, rows.versions, digits),
        "ids": _ids(found, is_short=is_large),
        "previews": {"items": _previews(found, rows)},
        "curves": drawn_curves(found, None),
    }


def drawn_curves(found: Overview, drawn: int | None) -> JsonObject:
    """The part `curves`, with the points of the first so many series alone; None for all."""
    places = {
        "version": {line.seq: place for place, line in enumerate(found.versions)},
        "run": {line.seq: place for place, line in enumerate(found.runs)},
        "step": {line.seq: place for place, line in enumerate(found.steps)},
    }
    return curves_json(found.curves, places, drawn)


def newest_metadata(found: Overview, most: int) -> list[JsonObject]:
    """The part `metadata` for the newest so many versions alone."""
    places = {line.seq: place for place, line in enumerate(found.versions[:most])}
    return _values(found.version_values, places, _DIGITS, is_all=False)


def _artifacts(found: Overview, rows: _Rows) -> JsonObject:
    lines = found.artifacts
    return {
        "name": [line.name for line in lines],
        "created": differences([time_of(line.created) for line in lines]),
        "tags": _labels(found.artifact_tags, rows.artifacts),
    }


def _versions(found: Overview, rows: _Rows) -> JsonObject:
    lines = found.versions
    runs = {line.id: place for place, line in enumerate(found.runs)}
    types, kinds, makers, steps, lost = Words(), Words(), Words(), Words(), Words()
    return {
        "artifact": [rows.artifacts.get(line.artifact_seq, -1) for line in lines],
        "version": [line.version for line in lines],
        "type": [types(line.type) for line in lines],
        "types": types.as_list(),
        "created": differences([time_of(line.created) for line in lines]),
        "size": [line.size_bytes for line in lines],
        "files": [line.file_count for line in lines],
        "data": [kinds(line.data_type) for line in lines],
        "dataTypes": kinds.as_list(),
        "materializer": [makers(line.materializer) for line in lines],
        "materializers": makers.as_list(),
        # The run that made it: -1 for none, and below -1 for one that was deleted.
        "run": [
            -1
            if line.producer_run is None
            else runs.get(line.producer_run, -2 - lost(line.producer_run))
            for line in lines
        ],
        "lostRuns": lost.as_list(),
        "step": [steps(line.producer_step) for line in lines],
        "steps": steps.as_list(),
        "linked": [place for place, line in enumerate(lines) if line.link is not None],
        "gone": [place for place, line in enumerate(lines) if line.data_deleted is not None],
        "tags": _labels(found.version_tags, rows.versions),
    }


def _ids(found: Overview, *, is_short: bool) -> JsonObject:
    wide = _SHORT_ID if is_short else _ID
    digest = 12 if is_short else 64
    return {
        "versions": [line.id[:wide] for line in found.versions],
        "digests": [(line.digest or "")[7 : 7 + digest] for line in found.versions],
        "artifacts": [line.id for line in found.artifacts],
        "descriptions": {
            "version": _descriptions(found.versions),
            "artifact": _descriptions(found.artifacts),
            "run": _descriptions(found.runs),
        },
    }


def _descriptions(lines: Sequence[ArtifactLine | VersionLine | RunLine]) -> dict[int, str]:
    return {place: line.description for place, line in enumerate(lines) if line.description}


def _runs(found: Overview, rows: _Rows, digits: int | None) -> JsonObject:
    pipelines, statuses, names = Words(), Words(), Words()
    lines, steps = found.runs, found.steps
    others = {seq: len(rows.versions) + place for place, seq in enumerate(found.others)}
    places = {**others, **rows.versions}
    uses = [use for use in found.uses if use.version_seq in places and use.step_seq in rows.steps]
    return {
        "id": [line.id for line in lines],
        "name": [line.name for line in lines],
        "pipeline": [pipelines(line.pipeline) for line in lines],
        "pipelines": pipelines.as_list(),
        "status": [statuses(line.status) for line in lines],
        "started": differences([time_of(line.started) for line in lines]),
        "took": [_took(line.started, line.ended) for line in lines],
        "tags": _labels(found.run_tags, rows.runs),
        "metadata": _values(found.run_values, rows.runs, digits),
        "steps": {
            "run": [rows.runs.get(line.run_seq, -1) for line in steps],
            "name": [names(line.name) for line in steps],
            "names": names.as_list(),
            "status": [statuses(line.status) for line in steps],
            "took": [_took(line.started, line.ended) for line in steps],
            "parameters": _parameters(found, rows, digits),
            "metadata": _values(found.step_values, rows.steps, digits),
        },
        "statuses": statuses.as_list(),
        "uses": {
            "step": differences([rows.steps[use.step_seq] for use in uses]),
            "output": [int(use.direction == "output") for use in uses],
            "version": differences([places[use.version_seq] for use in uses]),
        },
        "inputs": [
            [places[own], places[other]]
            for own, other in found.inputs
            if own in places and other in places
        ],
        "others": [{"ref": name.ref, "gone": name.is_deleted} for name in found.others.values()],
    }


def _took(started: str | None, ended: str | None) -> int | None:
    """The duration in milliseconds."""
    begin, end = time_of(started), time_of(ended)
    return end - begin if isinstance(begin, int) and isinstance(end, int) else None


def _parameters(found: Overview, rows: _Rows, digits: int | None) -> list[JsonObject]:
    values = [
        Value(line.seq, key, text, len(text))
        for line in found.steps[-2 * MANY :]
        if '"parameters"' in line.details
        for key, value in _object(line.details, "parameters").items()
        if len(text := json.dumps(value)) <= 1 << 12
    ]
    return _values(values, rows.steps, digits)


def _object(details: str, key: str) -> Mapping[str, object]:
    try:
        found = json.loads(details).get(key)
    except (ValueError, RecursionError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}


def _labels(labels: Iterable[Label], places: Mapping[int, int]) -> JsonObject:
    """For each tag the rows that carry it."""
    carriers: dict[str, list[int]] = {}
    for seq, tag in labels:
        if seq in places:
            carriers.setdefault(tag, []).append(places[seq])
    return {tag: differences(sorted(carriers[tag])) for tag in sorted(carriers)}


def _values(
    values: Iterable[Value],
    places: Mapping[int, int],
    digits: int | None,
    *,
    is_all: bool = True,
) -> list[JsonObject]:
    """For each key the rows that have it, and their values."""
    columns: dict[str, list[tuple[int, Shown]]] = {}
    for seq, key, text, length in values:
        if seq in places:
            columns.setdefault(key, []).append((places[seq], shown(text, length, digits)))
    found: list[JsonObject] = []
    for key in sorted(columns):
        cells = sorted(columns[key], key=lambda cell: cell[0])
        at: Any = differences([place for place, _ in cells])
        if is_all and len(cells) == len(places):
            at = None
        found.append({"key": key, "at": at, "values": [value for _, value in cells]})
    return found


def _previews(found: Overview, rows: _Rows) -> list[JsonObject]:
    return [
        {"version": rows.versions[item.version_seq], **preview(item)}
        for item in found.previews
        if item.version_seq in rows.versions
    ]
