"""Records as they come back from a store, where anything may have happened to them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from artifactctl.catalog.cells import fault_of, is_printable
from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.records import (
    ARTIFACT_COLUMNS,
    DELETION_COLUMNS,
    DEPTH,
    FORMAT,
    RUN_COLUMNS,
    RUN_DELETION_COLUMNS,
    STEP_COLUMNS,
    TAG_COLUMNS,
    VERSION_COLUMNS,
    Record,
)
from artifactctl.catalog.rows import TABLES, Version, optional_columns
from artifactctl.errors import ArtifactctlError, IntegrityError
from artifactctl.json_text import check_json_value, parse_json
from artifactctl.refs import check_tag, is_id

_COLUMNS = {
    "version": VERSION_COLUMNS,
    "artifact": ARTIFACT_COLUMNS,
    "deletion": DELETION_COLUMNS,
    "run": RUN_COLUMNS,
    "run_deletion": RUN_DELETION_COLUMNS,
    "tag": TAG_COLUMNS,
}
# Columns that records written by the first versions of artifactctl do not have.
_LATER = (*optional_columns(Version), "deleted")
_LATER_OF_STEPS = ("started", "ended", "cache_key", "log", "log_bytes")


def parse_record(record_id: str, content: bytes) -> Record:
    """A record that can be relied upon, every value of it held to what its column may hold.

    Raises what `check_record` does.
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
    """The records among what a store has, each with its content; of others why not."""
    for record_id, content in contents:
        try:
            record = parse_record(record_id, content)
        except ArtifactctlError as error:
            problems.append(f"record {record_id}: {error.message}")
        except (ValueError, LookupError, TypeError, AttributeError):
            problems.append(f"record {record_id}: it is damaged")
        else:
            yield record, content


def _complete(record: Record) -> None:
    """Add what earlier versions of artifactctl did not write."""
    rows = [record, *record.get("steps", ())]
    rows += [record["artifact"]] if "artifact" in record else []
    for row in rows:
        row |= {**dict.fromkeys((*_LATER, *_LATER_OF_STEPS)), **row}
        row |= {"tags": [], "metadata": {}, "inputs": [], **row}
        row["tags"] = _normal(row["tags"])
    for step in record.get("steps", ()):
        step |= {"version_ids": [None] * len(step["versions"]), **step}


def _normal(tags: Any) -> list[str]:
    if not isinstance(tags, list):  # of a text, each letter would be a tag
        raise TypeError
    return [check_tag(tag) for tag in tags]


def check_record(record: Record) -> None:
    """Hold a record to what may be relied upon.

    Raises `ArtifactctlError`, `ValueError`, `LookupError`, `TypeError` or `AttributeError` for
    one that cannot.
    """
    kind = record["record"]
    if record["format"] != FORMAT:
        raise ValueError
    _check_row(TABLES[kind], record, _COLUMNS[kind])
    if kind == "artifact":
        _normal(record["tags"])
    elif kind == "run":
        _check_labels(record)
        for step in record["steps"]:
            _check_step(step)
    elif kind not in ("run_deletion", "tag"):
        _check_row("artifact", record["artifact"], ARTIFACT_COLUMNS)
        _normal(record["artifact"]["tags"])
    if kind == "version":
        _check_version(record)


def _check_row(table: str, row: Record, columns: Sequence[str]) -> None:
    # What a row has as JSON text is an object here.
    cells = {column: row[column] for column in columns if column != "details"}
    if fault_of(table, cells) is not None:
        raise ValueError
    if "details" in columns:
        _check_object(row, "details")


def _check_version(record: Record) -> None:
    if facts_of({**record, "artifact_id": record["artifact"]["id"]}) != record["facts"]:
        raise IntegrityError("it was changed")
    inputs = record.get("inputs", [])
    if not isinstance(inputs, list) or not all(map(is_id, inputs)):
        raise ValueError
    _check_labels(record)


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
