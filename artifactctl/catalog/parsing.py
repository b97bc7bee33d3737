"""Records as they come back from a store, where anything may have happened to them."""

from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.fields import is_uuid
from artifactctl.catalog.records import (
    ARTIFACT_COLUMNS,
    DELETION_COLUMNS,
    FORMAT,
    RUN_COLUMNS,
    STEP_COLUMNS,
    VERSION_COLUMNS,
    Record,
)
from artifactctl.digests import is_digest
from artifactctl.errors import IntegrityError
from artifactctl.json_text import parse_json
from artifactctl.metadata import check_metadata
from artifactctl.refs import check_name, check_tag, check_version

_COLUMNS = {
    "version": VERSION_COLUMNS,
    "artifact": ARTIFACT_COLUMNS,
    "deletion": DELETION_COLUMNS,
    "run": RUN_COLUMNS,
}
# Columns that records written by the first versions of artifactctl do not have.
_LATER = (
    *("data_type", "materializer", "producer_run", "producer_step", "data_deleted"),
    "deleted",
)


def parse_record(record_id: str, content: bytes) -> Record:
    """A record that can be relied upon, checked as if a user had typed it.

    Raises `ArtifactctlError`, `ValueError`, `LookupError`, `TypeError` or `AttributeError` for
    one that cannot.
    """
    record: Record = parse_json(content.decode())
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
    else:
        _check_artifact(record["artifact"])
        check_version(record["version"])
        if kind == "version":
            _check_version(record)
    return record


def _check_row(row: Record) -> None:
    if not (is_uuid(row["id"]) and type(row["seq"]) is int and type(row["revision"]) is int):
        raise ValueError
    row |= {column: None for column in _LATER if column not in row}


def _check_artifact(artifact: Record) -> None:
    _check_row(artifact)
    check_name(artifact["name"])
    artifact["tags"] = _tags(artifact)
    if type(artifact["last_number"]) is not int or not artifact.keys() >= set(ARTIFACT_COLUMNS):
        raise ValueError


def _check_version(record: Record) -> None:
    if facts_of({**record, "artifact_id": record["artifact"]["id"]}) != record["facts"]:
        raise IntegrityError("it was changed")
    if not is_digest(record["manifest"]):
        raise ValueError
    record["tags"] = _tags(record)
    record["metadata"] = check_metadata(record["metadata"])


def _check_run(record: Record) -> None:
    for step in record["steps"]:
        if not step.keys() >= set(STEP_COLUMNS):
            raise ValueError
        for direction, _name, version_seq in step["versions"]:
            if direction not in ("input", "output") or type(version_seq) is not int:
                raise ValueError


def _tags(row: Record) -> list[str]:
    if not isinstance(row["tags"], list):  # of a text, each letter would be a tag
        raise TypeError
    return [check_tag(tag) for tag in row["tags"]]
