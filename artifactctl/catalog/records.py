"""Records: JSON copies of the catalog's rows in the store, from which the catalog is rebuilt.

A record that is read may be damaged or forged, or written by an earlier version of artifactctl, so
every value is checked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from artifactctl.catalog.cells import CELLS, fault_of, is_printable, read_json
from artifactctl.catalog.engine.protocol import Database, Row
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
_WHERE_SET = ("description", "former")
_TAG_FLAGS = ("exclusive", "cascade", "protected")
_LATER_OF_STEPS = ("started", "ended", "cache_key", "log", "log_bytes")

Record = dict[str, Any]


ID_OF = """
    COALESCE((SELECT v.id FROM artifact_version v WHERE v.seq = {0}),
             (SELECT d.id FROM deleted_version d WHERE d.seq = {0}))
"""
"""SQL for the ID of the version with a given seq, whether it is deleted or not."""


# The statements for the record of a version, with the columns of its row and of its artifact's.
_SEQ = "(SELECT seq FROM artifact_version WHERE id = :id)"
_OF_VERSION = (
    f"SELECT {', '.join(VERSION_COLUMNS)} FROM artifact_version WHERE id = :id",
    f"SELECT {', '.join(ARTIFACT_COLUMNS)} FROM artifact WHERE seq ="
    " (SELECT artifact_seq FROM artifact_version WHERE id = :id)",
    "SELECT tag FROM artifact_tag WHERE artifact_seq ="
    " (SELECT artifact_seq FROM artifact_version WHERE id = :id) ORDER BY tag",
    f"SELECT {ID_OF.format('i.input_seq')} FROM version_input i"
    f" WHERE i.version_seq = {_SEQ} ORDER BY i.input_seq",
    f"SELECT tag FROM version_tag WHERE version_seq = {_SEQ} ORDER BY tag",
    f"SELECT key, value FROM version_metadata WHERE version_seq = {_SEQ} ORDER BY key",
)


def record_of(db: Database, row_id: str) -> tuple[int, Record] | None:
    """The revision and the record of the row with this ID, in whichever table it is, or None."""
    record = _version(db, row_id)
    if record is not None:
        return record["revision"], {"format": FORMAT, **record}
    with db.snapshot():
        for find in (_artifact_record, _deletion, _run, _series, _run_deletion, _tag, _pipeline):
            record = find(db, row_id)
            if record is not None:
                return record["revision"], {"format": FORMAT, **record}
    return None


def _version(db: Database, row_id: str) -> Record | None:
    rows, artifacts, artifact_tags, inputs, tags, metadata = db.each(
        [(sql, {"id": row_id}) for sql in _OF_VERSION]
    )
    if not rows:
        return None
    artifact = _artifact_of(artifacts[0], artifact_tags) if artifacts else None
    input_ids = [version_id for (version_id,) in inputs if version_id is not None]
    return {
        "record": "version",
        **_written(VERSION_COLUMNS, rows[0]),
        # Left out when empty, so that records written before inputs existed stay the same bytes.
        **({"inputs": input_ids} if input_ids else {}),
        "artifact": artifact,
        "tags": [tag for (tag,) in tags],
        "metadata": {key: read_json(value) for key, value in metadata},
    }


def _artifact_record(db: Database, row_id: str) -> Record | None:
    artifact = _artifact(db, "id", row_id)
    return None if artifact is None else {"record": "artifact", **artifact}


def _deletion(db: Database, row_id: str) -> Record | None:
    row = _row(db, "deleted_version", (*DELETION_COLUMNS, "artifact_seq"), row_id)
    if row is None:
        return None
    artifact = _artifact(db, "seq", row.pop("artifact_seq"))
    former = {"former": read_json(row["former"])} if "former" in row else {}
    return {"record": "deletion", **row, **former, "artifact": artifact}


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


def _run_deletion(db: Database, row_id: str) -> Record | None:
    row = _row(db, "deleted_run", RUN_DELETION_COLUMNS, row_id)
    return None if row is None else {"record": "run_deletion", **row}


def _series(db: Database, row_id: str) -> Record | None:
    row = _row(db, "series", SERIES_COLUMNS, row_id)
    return None if row is None else {"record": "series", **row}


def _tag(db: Database, row_id: str) -> Record | None:
    row = _row(db, "tag", TAG_COLUMNS, row_id)
    if row is None:
        return None
    return {"record": "tag", **row, **{column: bool(row[column]) for column in _TAG_FLAGS}}


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


def _written(columns: tuple[str, ...], cells: Row) -> Record:
    """The columns of a row that its record contains."""
    row = zip(columns, cells, strict=True)
    return {name: cell for name, cell in row if cell is not None or name not in _WHERE_SET}


def _artifact(db: Database, key: str, value: str | int) -> Record | None:
    columns = ", ".join(ARTIFACT_COLUMNS)
    rows = db.rows(f"SELECT {columns} FROM artifact WHERE {key} = :value", {"value": value})
    if not rows:
        return None
    tags = db.rows(
        "SELECT tag FROM artifact_tag WHERE artifact_seq ="
        f" (SELECT seq FROM artifact WHERE {key} = :value) ORDER BY tag",
        {"value": value},
    )
    return _artifact_of(rows[0], tags)


def _artifact_of(cells: Row, tags: Sequence[Row]) -> Record:
    row = _written(ARTIFACT_COLUMNS, cells)
    row["has_custom_name"] = bool(row["has_custom_name"])
    return {**row, "tags": [tag for (tag,) in tags]}


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


def checked_former(former: Record, artifact_id: str) -> Record | None:
    """What a deletion keeps of a version, as its record; None when another program changed it."""
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
    # `details` and `former` are JSON text in the row, and objects in the record.
    plain = [column for column in columns if column not in ("details", "former")]
    cells = {column: row[column] for column in plain if column in row or column not in _WHERE_SET}
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
    from artifactctl.series import Extent, decode, extent_of  # noqa: PLC0415 (as in `cells`)

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
