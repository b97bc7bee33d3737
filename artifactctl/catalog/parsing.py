"""Records as they come back from a store, where anything may have happened to them."""

from typing import Any

from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.fields import is_uuid
from artifactctl.catalog.records import (
    ARTIFACT_COLUMNS,
    DELETION_COLUMNS,
    DEPTH,
    FORMAT,
    RUN_COLUMNS,
    RUN_DELETION_COLUMNS,
    STEP_COLUMNS,
    VERSION_COLUMNS,
    Record,
)
from artifactctl.digests import is_digest
from artifactctl.enums import ArtifactType
from artifactctl.errors import IntegrityError
from artifactctl.json_text import check_json_value, parse_json
from artifactctl.refs import MAX_NUMBER, check_name, check_tag, check_version

_COLUMNS = {
    "version": VERSION_COLUMNS,
    "artifact": ARTIFACT_COLUMNS,
    "deletion": DELETION_COLUMNS,
    "run": RUN_COLUMNS,
    "run_deletion": RUN_DELETION_COLUMNS,
}
# Columns that records written by the first versions of artifactctl do not have.
_LATER = (
    *("data_type", "materializer", "producer_run", "producer_step", "data_deleted"),
    *("deleted", "save_type"),
)
_LATER_OF_STEPS = ("started", "ended", "cache_key", "log", "log_bytes")


_MOST = 1 << 61  # leaves room for all that will be allocated and changed after it


def parse_record(record_id: str, content: bytes) -> Record:
    """A record that can be relied upon, checked as if a user had typed it.

    Raises `ArtifactctlError`, `ValueError`, `LookupError`, `TypeError` or `AttributeError` for
    one that cannot.
    """
    record: Record = parse_json(content.decode(), DEPTH)
    kind = record["record"]
    _check_row(record)
    if record["format"] != FORMAT or record["id"] != record_id:
        raise ValueError
    if not record.keys() >= set(_COLUMNS[kind]):
        raise ValueError
    if kind == "artifact":
        _check_artifact(record)
    elif kind == "run":
        _check_run(record)
    elif kind == "run_deletion":
        _check_texts(record, "name", "pipeline")
    else:
        _check_artifact(record["artifact"])
        check_version(record["version"])
        if kind == "version":
            _check_version(record)
    return record


def _check_row(row: Record) -> None:
    _check_numbers(row, "seq", "revision")
    if not is_uuid(row["id"]) or row["seq"] == 0:
        raise ValueError
    _check_texts(row, "created", "updated", "deleted", "started", "ended")
    row |= {column: None for column in _LATER if column not in row}


def _check_numbers(row: Record, *names: str, most: int = _MOST) -> None:
    if not all(type(row[name]) is int and 0 <= row[name] <= most for name in names):
        raise ValueError


def _check_texts(row: Record, *names: str) -> None:
    if not all(isinstance(row.get(name), str | None) for name in names):
        raise ValueError


def _check_artifact(artifact: Record) -> None:
    _check_row(artifact)
    check_name(artifact["name"])
    artifact["tags"] = _tags(artifact)
    _check_numbers(artifact, "last_number", most=MAX_NUMBER)
    if not artifact.keys() >= set(ARTIFACT_COLUMNS):
        raise ValueError


def _check_version(record: Record) -> None:
    if facts_of({**record, "artifact_id": record["artifact"]["id"]}) != record["facts"]:
        raise IntegrityError("it was changed")
    if not is_digest(record["manifest"]) or record["type"] not in list(ArtifactType):
        raise ValueError
    _check_numbers(record, "size_bytes", "file_count", most=MAX_NUMBER)
    _check_texts(record, "digest", "source_checksum", "link", "data_deleted")
    _check_texts(record, "data_type", "materializer", "producer_run", "producer_step", "save_type")
    record |= {"inputs": [], **record}
    if not isinstance(record["inputs"], list) or not all(map(is_uuid, record["inputs"])):
        raise ValueError
    _check_labels(record)


def _check_labels(record: Record) -> None:
    record["tags"] = _tags(record)
    _check_object(record, "metadata")


def _check_object(row: Record, name: str) -> None:
    if not isinstance(row[name], dict):
        raise TypeError
    check_json_value(row[name], name)


def _check_run(record: Record) -> None:
    record |= {"tags": [], "metadata": {}, **record}
    _check_labels(record)
    _check_object(record, "details")
    for step in record["steps"]:
        _check_step(step)


def _check_step(step: Record) -> None:
    unknown = [None] * len(step["versions"])
    step |= {"metadata": {}, "version_ids": unknown, **dict.fromkeys(_LATER_OF_STEPS), **step}
    if not step.keys() >= set(STEP_COLUMNS) or len(step["version_ids"]) != len(step["versions"]):
        raise ValueError
    _check_numbers(step, "seq")
    _check_texts(step, "started", "ended", "cache_key", "log")
    for name in ("details", "metadata"):
        _check_object(step, name)
    if step["log"] is not None:
        _check_numbers(step, "log_bytes", most=MAX_NUMBER)
        if not is_digest(step["log"]):
            raise ValueError
    for (direction, _name, version_seq), version_id in zip(
        step["versions"], step["version_ids"], strict=True
    ):
        _check_use(direction, version_seq, version_id)


def _check_use(direction: Any, version_seq: Any, version_id: Any) -> None:
    if direction not in ("input", "output") or not isinstance(version_id, str | None):
        raise ValueError
    if type(version_seq) is not int or not 0 < version_seq <= _MOST:
        raise ValueError


def _tags(row: Record) -> list[str]:
    if not isinstance(row["tags"], list):  # of a text, each letter would be a tag
        raise TypeError
    return [check_tag(tag) for tag in row["tags"]]
