"""Records: JSON copies of the catalog's rows in the store, from which the catalog is rebuilt.

A record that is read may be damaged or forged, or written by an earlier version of artifactctl, so
every value is checked.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from artifactctl.catalog.cells import CELLS, fault_of, is_printable
from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.rows import TABLES, Version, optional_columns
from artifactctl.errors import ArtifactctlError, IntegrityError
from artifactctl.json_text import MAX_DEPTH, check_json_value, parse_json
from artifactctl.refs import check_tag, is_id, pipeline_id
from artifactctl.tags import color_of

FORMAT = 1
# A record nests values of users; the metadata of a step is nested deepest, 4 levels down.
DEPTH = MAX_DEPTH + 4

# Columns that records leave out: foreign keys, and whether the record itself is written.
_NOT_IN_RECORDS = ("artifact_seq", "run_seq", "recorded")


def columns_in_records(table: str) -> tuple[str, ...]:
    """The columns of a table that its records contain."""
    return tuple(column for column in CELLS[table] if column not in _NOT_IN_RECORDS)


VERSION_COLUMNS = columns_in_records("artifact_version")
ARTIFACT_COLUMNS = columns_in_records("artifact")
DELETION_COLUMNS = columns_in_records("deleted_version")
RUN_COLUMNS = columns_in_records("run")
STEP_COLUMNS = columns_in_records("run_step")
RUN_DELETION_COLUMNS = columns_in_records("deleted_run")
TAG_COLUMNS = columns_in_records("tag")
PIPELINE_COLUMNS = columns_in_records("pipeline")
SERIES_COLUMNS = columns_in_records("series")

_COLUMNS = {kind: columns_in_records(table) for kind, table in TABLES.items()}
# Columns that were added later: records of the first versions of artifactctl lack them.
_LATER = (*optional_columns(Version), "deleted", "former")
# Columns that a record leaves out where they are NULL, so that records that were written before
# these columns existed stay the same bytes.
WHERE_SET = ("description", "former")
_OBJECTS = ("details", "former")  # JSON text in the row, and objects in the record
TAG_FLAGS = ("exclusive", "cascade", "protected")
_LATER_OF_STEPS = ("started", "ended", "cache_key", "log", "log_bytes")

Record = dict[str, Any]


ID_OF = """
    COALESCE((SELECT v.id FROM artifact_version v WHERE v.seq = {0}),
             (SELECT d.id FROM deleted_version d WHERE d.seq = {0}))
"""
"""SQL for the ID of the version with a given seq, whether it is deleted or not."""


def parse_record(record_id: str, content: bytes) -> Record:
    """Parse and check a record, adding the columns that earlier versions did not write.

    Raises what `check_record` does, and `ValueError` when the record has another ID.
    """
    record: Record = parse_json(content.decode(), DEPTH)
    _complete(record)
    check_record(record)
    if record["id"] != record_id:
        raise ValueError
    return record


def read_records(
    contents: Iterable[tuple[str, bytes]], problems: list[str]
) -> Iterator[tuple[Record, bytes]]:
    """Yield each readable record with its bytes; add a message to `problems` for each other."""
    for record_id, content in contents:
        try:
            record = parse_record(record_id, content)
        except ArtifactctlError as error:
            problems.append(f"record {record_id}: {error.message}")
        except (ValueError, LookupError, TypeError, AttributeError):
            problems.append(f"record {record_id}: it is damaged")
        else:
            yield record, content


def row_of(record: Record, columns: Sequence[str]) -> Record:
    """The cells of these columns of a record's row; those that it leaves out are NULL."""
    row = {column: record.get(column) for column in columns}
    for column in _OBJECTS:
        if row.get(column) is not None:
            row[column] = json.dumps(row[column], ensure_ascii=False)
    return row


def _complete(record: Record) -> None:
    """Add the columns and lists that records of earlier versions of artifactctl lack."""
    rows = [record, *record.get("steps", ())]
    rows += [record["artifact"]] if "artifact" in record else []
    if record.get("record") == "tag":
        later = {"color": color_of(record["name"]).value, "cascade": False, "protected": False}
        record |= {**later, **record}
    for row in rows:
        row |= {**dict.fromkeys((*_LATER, *_LATER_OF_STEPS)), **row}
        row |= {"tags": [], "metadata": {}, "inputs": [], **row}
        row["tags"] = _normal(row["tags"])
    for step in record.get("steps", ()):
        step |= {"version_ids": [None] * len(step["versions"]), **step}


def _normal(tags: Any) -> list[str]:
    if not isinstance(tags, list):  # iterating over a string would make each letter a tag
        raise TypeError
    return [check_tag(tag) for tag in tags]


def check_record(record: Record) -> None:
    """Check that every value of a record is one that artifactctl writes.

    Raises `ArtifactctlError`, `ValueError`, `LookupError`, `TypeError` or `AttributeError`
    for any other record.
    """
    kind = record["record"]
    if record["format"] != FORMAT:
        raise ValueError
    _check_row(TABLES[kind], record, _COLUMNS[kind])
    if kind in ("artifact", "pipeline"):
        _normal(record["tags"])
    elif kind == "run":
        _check_labels(record)
        for step in record["steps"]:
            _check_step(step)
    elif kind == "series":
        _check_series(record)
    elif kind not in ("run_deletion", "tag"):
        _check_row("artifact", record["artifact"], ARTIFACT_COLUMNS)
        _normal(record["artifact"]["tags"])
    if kind == "version":
        _check_version(record)
    if kind == "pipeline" and record["id"] != pipeline_id(record["name"]):
        raise ValueError


def checked_former(former: object, artifact_id: str) -> Record | None:
    """What a deletion keeps of a version, as its record; None when another program changed it."""
    if not isinstance(former, dict):
        return None
    record = {"artifact_tags": [], **former}
    try:
        _complete(record)
        _check_row("artifact_version", record, VERSION_COLUMNS)
        _check_version({**record, "artifact": {"id": artifact_id}})
        record["artifact_tags"] = _normal(record["artifact_tags"])
    except (ArtifactctlError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return record


def _check_row(table: str, row: Record, columns: Sequence[str]) -> None:
    plain = [column for column in columns if column not in _OBJECTS]
    cells = {column: row[column] for column in plain if column in row or column not in WHERE_SET}
    if fault_of(table, cells) is not None:
        raise ValueError
    if "details" in columns:
        _check_object(row, "details")
    if row.get("former") is not None:
        _check_object(row, "former")


def _check_version(record: Record) -> None:
    if facts_of({**record, "artifact_id": record["artifact"]["id"]}) != record["facts"]:
        raise IntegrityError("it was changed")
    inputs = record.get("inputs", [])
    if not isinstance(inputs, list) or not all(map(is_id, inputs)):
        raise ValueError
    _check_labels(record)


def _check_series(record: Record) -> None:
    """Check that what a chunk says of its points is so."""
    from artifactctl.series import Extent, decode, extent_of  # noqa: PLC0415 (few commands read points)

    points = decode(record["points"])
    found = extent_of(points) if points else Extent(0, 0, 0, None, None, None)
    if any(record[name] != value for name, value in asdict(found).items()):
        raise ValueError


def _check_labels(row: Record) -> None:
    _normal(row["tags"])
    _check_metadata(row)


def _check_metadata(row: Record) -> None:
    _check_object(row, "metadata")
    if not all(map(is_printable, row["metadata"])):
        raise ValueError


def _check_object(row: Record, name: str) -> None:
    if not isinstance(row[name], dict):
        raise TypeError
    check_json_value(row[name], name)


def _check_step(step: Record) -> None:
    _check_row("run_step", step, STEP_COLUMNS)
    _check_metadata(step)
    for use, version_id in zip(step["versions"], step["version_ids"], strict=True):
        direction, name, version_seq = use
        cells = {"direction": direction, "name": name, "version_seq": version_seq}
        if fault_of("step_version", cells) is not None:
            raise ValueError
        if version_id is not None and not is_id(version_id):
            raise ValueError
