"""Reading the records of rows: what the catalog says of them now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from artifactctl.catalog.cells import read_json
from artifactctl.catalog.engine.protocol import Database, Query, Row
from artifactctl.catalog.reading.statements import numbered
from artifactctl.catalog.reading.versions import by_first
from artifactctl.catalog.records import (
    ARTIFACT_COLUMNS,
    DELETION_COLUMNS,
    FORMAT,
    ID_OF,
    PIPELINE_COLUMNS,
    RUN_COLUMNS,
    RUN_DELETION_COLUMNS,
    SERIES_COLUMNS,
    STEP_COLUMNS,
    TAG_COLUMNS,
    TAG_FLAGS,
    VERSION_COLUMNS,
    WHERE_SET,
    Record,
)
from artifactctl.catalog.rows import TABLES


def _with(columns: Sequence[str], table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


# The statements for the records of some versions: the rows, then for each ID what belongs to it.
_OF_VERSIONS = (
    f"SELECT {_with(VERSION_COLUMNS, 'v')} FROM artifact_version v WHERE v.id IN ({{ids}})",
    f"SELECT v.id, {_with(ARTIFACT_COLUMNS, 'a')} FROM artifact_version v"
    " JOIN artifact a ON a.seq = v.artifact_seq WHERE v.id IN ({ids})",
    "SELECT v.id, t.tag FROM artifact_version v JOIN artifact_tag t"
    " ON t.artifact_seq = v.artifact_seq WHERE v.id IN ({ids}) ORDER BY t.tag",
    f"SELECT v.id, {ID_OF.format('i.input_seq')} FROM artifact_version v"
    " JOIN version_input i ON i.version_seq = v.seq WHERE v.id IN ({ids}) ORDER BY i.input_seq",
    "SELECT v.id, t.tag FROM artifact_version v JOIN version_tag t ON t.version_seq = v.seq"
    " WHERE v.id IN ({ids}) ORDER BY t.tag",
    "SELECT v.id, m.key, m.value FROM artifact_version v JOIN version_metadata m"
    " ON m.version_seq = v.seq WHERE v.id IN ({ids}) ORDER BY m.key",
)
_OF_ARTIFACTS = (
    f"SELECT {', '.join(ARTIFACT_COLUMNS)} FROM artifact WHERE id IN ({{ids}})",
    "SELECT a.id, t.tag FROM artifact a JOIN artifact_tag t ON t.artifact_seq = a.seq"
    " WHERE a.id IN ({ids}) ORDER BY t.tag",
)
_OF_TAGS = (f"SELECT {', '.join(TAG_COLUMNS)} FROM tag WHERE id IN ({{ids}})",)
_OF_DELETIONS = (
    f"SELECT {', '.join(DELETION_COLUMNS)} FROM deleted_version WHERE id IN ({{ids}})",
    f"SELECT d.id, {_with(ARTIFACT_COLUMNS, 'a')} FROM deleted_version d"
    " JOIN artifact a ON a.seq = d.artifact_seq WHERE d.id IN ({ids})",
    "SELECT d.id, t.tag FROM deleted_version d JOIN artifact_tag t"
    " ON t.artifact_seq = d.artifact_seq WHERE d.id IN ({ids}) ORDER BY t.tag",
)
_KINDS = " UNION ALL ".join(
    f"SELECT '{kind}', id, revision FROM {table} WHERE id IN ({{ids}})"
    for kind, table in TABLES.items()
)


def records_of(db: Database, row_ids: Sequence[str]) -> dict[str, tuple[int, Record]]:
    """The revisions and the records of the rows with these IDs, in whichever tables they are."""
    found: dict[str, Record] = {}
    with db.snapshot():
        by_kind: dict[str, list[str]] = {}
        for row_id, (kind, _) in revisions_of(db, row_ids).items():
            by_kind.setdefault(kind, []).append(row_id)
        for kind, ids in by_kind.items():
            if kind not in _BY_KIND:
                single = _ONE_BY_ONE[kind]
                made = {row_id: single(db, row_id) for row_id in ids}
                found |= {row_id: record for row_id, record in made.items() if record is not None}
                continue
            texts, make = _BY_KIND[kind]
            # For all IDs, as `queries_of_records` foresees it: those of other kinds are not there.
            found |= make(*db.each([_about(text, row_ids) for text in texts]))
    return {row_id: (record["revision"], _whole(record)) for row_id, record in found.items()}


def _whole(record: Record) -> Record:
    return {"format": FORMAT, **record}


def record_of(db: Database, row_id: str) -> tuple[int, Record] | None:
    """The revision and the record of the row with this ID, in whichever table it is, or None."""
    return records_of(db, [row_id]).get(row_id)


def revisions_of(db: Database, row_ids: Sequence[str]) -> dict[str, tuple[str, int]]:
    """The kinds of record and the revisions of the rows with these IDs."""
    rows = db.rows(*_about(_KINDS, row_ids)) if row_ids else []
    return {row_id: (kind, revision) for kind, row_id, revision in reversed(rows)}


def queries_of_records(row_ids: Sequence[str], kinds: Iterable[str]) -> list[Query]:
    """What `records_of` asks about rows of these kinds, as far as it asks about all at once."""
    texts = [text for kind in kinds if kind in _BY_KIND for text in _BY_KIND[kind][0]]
    return [_about(text, row_ids) for text in (_KINDS, *texts)] if row_ids else []


def _about(text: str, row_ids: Sequence[str]) -> Query:
    places, params = numbered(row_ids)
    return text.format(ids=places), params


def _versions(
    rows: Sequence[Row],
    artifacts: Sequence[Row],
    artifact_tags: Sequence[Row],
    inputs: Sequence[Row],
    tags: Sequence[Row],
    metadata: Sequence[Row],
) -> dict[str, Record]:
    found: dict[str, Record] = {}
    owners = _artifacts_by(artifacts, artifact_tags)
    inputs_of, tags_of, pairs_of = by_first(inputs), by_first(tags), by_first(metadata)
    for cells in rows:
        row = _written(VERSION_COLUMNS, cells)
        row_id = row["id"]
        input_ids = [found_id for (found_id,) in inputs_of.get(row_id, ()) if found_id is not None]
        found[row_id] = {
            "record": "version",
            **row,
            # Left out when empty, so that records written before inputs existed stay the same.
            **({"inputs": input_ids} if input_ids else {}),
            "artifact": owners.get(row_id),
            "tags": [tag for (tag,) in tags_of.get(row_id, ())],
            "metadata": {key: read_json(value) for key, value in pairs_of.get(row_id, ())},
        }
    return found


def _artifacts(rows: Sequence[Row], tags: Sequence[Row]) -> dict[str, Record]:
    place = ARTIFACT_COLUMNS.index("id")
    owners = _artifacts_by([(row[place], *row) for row in rows], tags)
    return {row_id: {"record": "artifact", **artifact} for row_id, artifact in owners.items()}


def _deletions(
    rows: Sequence[Row], artifacts: Sequence[Row], artifact_tags: Sequence[Row]
) -> dict[str, Record]:
    owners = _artifacts_by(artifacts, artifact_tags)
    found = [_written(DELETION_COLUMNS, cells) for cells in rows]
    for row in found:
        if "former" in row:
            row["former"] = read_json(row["former"])
    return {
        row["id"]: {"record": "deletion", **row, "artifact": owners.get(row["id"])} for row in found
    }


def _tags_alone(rows: Sequence[Row]) -> dict[str, Record]:
    found = (_written(TAG_COLUMNS, cells) for cells in rows)
    return {
        row["id"]: {"record": "tag", **row, **{flag: bool(row[flag]) for flag in TAG_FLAGS}}
        for row in found
    }


def _artifacts_by(rows: Sequence[Row], tags: Sequence[Row]) -> dict[str, Record]:
    """The artifacts in rows that begin with the ID of what they are needed for."""
    found: dict[str, Record] = {}
    tags_of = by_first(tags)
    for row_id, *cells in rows:
        row = _written(ARTIFACT_COLUMNS, cells)
        row["has_custom_name"] = bool(row["has_custom_name"])
        found[row_id] = {**row, "tags": [tag for (tag,) in tags_of.get(row_id, ())]}
    return found


def _run(db: Database, row_id: str) -> Record | None:
    row = _row(db, "run", RUN_COLUMNS, row_id)
    if row is None:
        return None
    columns = ", ".join(STEP_COLUMNS)
    steps = db.rows(
        f"SELECT {columns} FROM run_step WHERE run_seq = :seq ORDER BY seq", {"seq": row["seq"]}
    )
    return {
        "record": "run",
        **row,
        "details": read_json(row["details"]),
        "tags": _tags(db, "run", row["seq"]),
        "metadata": _metadata(db, "run", row["seq"]),
        "steps": [_step(db, dict(zip(STEP_COLUMNS, step, strict=True))) for step in steps],
    }


def _row_alone(kind: str, columns: tuple[str, ...], db: Database, row_id: str) -> Record | None:
    """The record of a row to which no rows of other tables belong."""
    row = _row(db, TABLES[kind], columns, row_id)
    return None if row is None else {"record": kind, **row}


def _pipeline(db: Database, row_id: str) -> Record | None:
    row = _row(db, "pipeline", PIPELINE_COLUMNS, row_id)
    if row is None:
        return None
    return {"record": "pipeline", **row, "tags": _tags(db, "pipeline", row["seq"])}


def _step(db: Database, step: Record) -> Record:
    rows = db.rows(
        f"SELECT u.direction, u.name, u.version_seq, {ID_OF.format('u.version_seq')}"
        " FROM step_version u WHERE u.step_seq = :seq"
        " ORDER BY u.direction, u.name, u.version_seq",
        {"seq": step["seq"]},
    )
    return {
        **step,
        "details": read_json(step["details"]),
        "metadata": _metadata(db, "step", step["seq"]),
        "versions": [list(row[:3]) for row in rows],
        # In the same order as `versions`. A rebuild may give versions another seq; IDs stay.
        "version_ids": [version_id for *_, version_id in rows],
    }


def _row(db: Database, table: str, columns: tuple[str, ...], row_id: str) -> Record | None:
    rows = db.rows(f"SELECT {', '.join(columns)} FROM {table} WHERE id = :id", {"id": row_id})
    return _written(columns, rows[0]) if rows else None


def _written(columns: Sequence[str], cells: Sequence[object]) -> Record:
    """The columns of a row that its record contains."""
    row = zip(columns, cells, strict=True)
    return {name: cell for name, cell in row if cell is not None or name not in WHERE_SET}


def _tags(db: Database, owner: str, seq: int) -> list[str]:
    rows = db.rows(
        f"SELECT tag FROM {owner}_tag WHERE {owner}_seq = :seq ORDER BY tag", {"seq": seq}
    )
    return [tag for (tag,) in rows]


def _metadata(db: Database, owner: str, seq: int) -> Record:
    pairs = db.rows(
        f"SELECT key, value FROM {owner}_metadata WHERE {owner}_seq = :seq ORDER BY key",
        {"seq": seq},
    )
    return {key: read_json(value) for key, value in pairs}


_BY_KIND: Mapping[str, tuple[Sequence[str], Callable[..., dict[str, Record]]]] = {
    "version": (_OF_VERSIONS, _versions),
    "artifact": (_OF_ARTIFACTS, _artifacts),
    "deletion": (_OF_DELETIONS, _deletions),
    "tag": (_OF_TAGS, _tags_alone),
}
_ONE_BY_ONE: Mapping[str, Callable[[Database, str], Record | None]] = {
    "run": _run,
    "run_deletion": partial(_row_alone, "run_deletion", RUN_DELETION_COLUMNS),
    "series": partial(_row_alone, "series", SERIES_COLUMNS),
    "pipeline": _pipeline,
}
