"""Which records know what a catalog does not: found before anybody is kept waiting for them."""

from collections.abc import Iterable, Iterator

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.parsing import read_records
from artifactctl.catalog.records import VERSION_COLUMNS, Record
from artifactctl.refs import version_number

Contents = Iterable[tuple[str, bytes]]

_FACTS = f"""
    SELECT {", ".join(f"v.{column}" for column in VERSION_COLUMNS)}, a.id FROM artifact_version v
    JOIN artifact a ON a.seq = v.artifact_seq WHERE v.id = :id
"""


def needed(db: Database, contents: Contents, problems: list[str]) -> Iterator[tuple[str, bytes]]:
    """Those records that would change what the catalog says; `problems` gets what is wrong."""
    for record, content in read_records(contents, problems):
        if _is_needed(db, record):
            yield record["id"], content


def _is_needed(db: Database, record: Record) -> bool:
    kind = record["record"]
    if kind == "run":
        known = db.rows("SELECT revision FROM run WHERE id = :id", {"id": record["id"]})
        return not _has(db, "deleted_run", record) and (
            not known or known[0][0] < record["revision"]
        )
    if kind == "run_deletion":
        return not _has(db, "run", record) and not _has(db, "deleted_run", record)
    if kind == "tag":
        return not db.rows(
            "SELECT 1 FROM tag WHERE name = :name AND exclusive >= :exclusive", record
        )
    if _is_artifact_behind(db, record):
        return True
    if kind == "artifact" or _has(db, "deleted_version", record):
        return False
    row = db.rows(_FACTS, {"id": record["id"]})
    return not row or (kind == "version" and _is_changed(row[0], record))


def _is_artifact_behind(db: Database, record: Record) -> bool:
    said = record if record["record"] == "artifact" else record["artifact"]
    number = version_number(record["version"]) or 0 if "version" in record else 0
    known = db.rows("SELECT last_number, revision FROM artifact WHERE id = :id", {"id": said["id"]})
    return not known or (
        known[0][0] < max(said["last_number"], number) or known[0][1] < said["revision"]
    )


def _is_changed(row: tuple[object, ...], record: Record) -> bool:
    """Whether a row does not say what was registered."""
    *values, artifact_id = row
    found = dict(zip(VERSION_COLUMNS, values, strict=True))
    try:
        facts = facts_of({**found, "artifact_id": artifact_id})
    except (TypeError, ValueError):  # cells that are no text
        return True
    return not facts == found["facts"] == record["facts"]


def _has(db: Database, table: str, record: Record) -> bool:
    return bool(db.rows(f"SELECT 1 FROM {table} WHERE id = :id", {"id": record["id"]}))
