"""The parts that changes have in common: finding rows, tags, metadata and revisions."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from artifactctl.catalog.cells import read_json
from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.moments import as_catalog
from artifactctl.catalog.reading.statements import batches, numbered
from artifactctl.catalog.rows import TABLES, Unrecorded
from artifactctl.catalog.typed import comparable, leaves
from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.json_text import MAX_VALUE_BYTES
from artifactctl.suggestions import suggestion

OWNERS = {"version": "artifact_version", "run": "run", "step": "run_step"}
"""The tables of the rows that have metadata and series."""
_TOGETHER = 100  # rows of metadata in one statement


def now() -> str:
    """The current time in the catalog's format.

    Raises `InvalidInputError` if the clock is beyond the range of Python's times.
    """
    try:
        return as_catalog(datetime.now(UTC))
    except OverflowError:  # beyond the year 2262, or 9999
        raise InvalidInputError(
            "the clock of this machine is too far ahead for times to be told",
            hint="set the clock right",
        ) from None


def note_recorded(transaction: Transaction, recorded: Sequence[Unrecorded]) -> None:
    """Note that these records are written (see `versions.list_unrecorded`)."""
    for item in recorded:
        transaction.later(
            f"UPDATE {TABLES[item.kind]} SET recorded = :revision"
            " WHERE id = :id AND recorded < :revision",
            {"id": item.id, "revision": item.revision},
        )


def find_seq(transaction: Transaction, table: str, column: str, value: object) -> int | None:
    """The seq of the row with this value in a unique column, or None."""
    sql = f"SELECT seq FROM {table} WHERE {column} = :value"
    found = transaction.row(sql, {"value": value})
    return None if found is None else int(found[0])


def living_version(transaction: Transaction, version_id: str) -> int:
    """The seq of a version; raises `NotFoundError` if it was deleted meanwhile."""
    seq = find_seq(transaction, "artifact_version", "id", version_id)
    if seq is None:
        raise NotFoundError(f"version {version_id} was deleted meanwhile")
    return seq


def living_artifact(transaction: Transaction, artifact_id: str) -> int:
    """The seq of an artifact; raises `NotFoundError` if it was deleted meanwhile."""
    found = transaction.row(
        "SELECT seq FROM artifact WHERE id = :id AND deleted IS NULL", {"id": artifact_id}
    )
    if found is None:
        raise NotFoundError("the artifact was deleted meanwhile")
    return int(found[0])


def known_seq(transaction: Transaction, version_id: str) -> int | None:
    """The seq of a version, which may be deleted, or None if there never was one with this ID."""
    for table in ("artifact_version", "deleted_version"):
        seq = find_seq(transaction, table, "id", version_id)
        if seq is not None:
            return seq
    return None


def run_row(transaction: Transaction, run_id: str) -> tuple[int, str, str]:
    """The seq, name and status of a run; raises `NotFoundError`."""
    found = transaction.row("SELECT seq, name, status FROM run WHERE id = :id", {"id": run_id})
    if found is None:
        raise NotFoundError(f"run {run_id} was deleted meanwhile")
    seq, name, status = found
    return int(seq), name, status


def touch(transaction: Transaction, table: str, seq: int) -> str:
    """Increment the revision of a changed row, and set its time of update; return its ID.

    A change of a row's tags, metadata or steps counts as a change of the row.
    """
    also = "" if table == "run" else ", updated = :now"  # a run has no column `updated`
    (row_id,) = transaction.one(
        f"UPDATE {table} SET revision = revision + 1{also} WHERE seq = :seq RETURNING id",
        {"now": now(), "seq": seq},
    )
    return str(row_id)


def change_tags(
    transaction: Transaction,
    owner: str,
    seq: int,
    add: Sequence[str],
    remove: Sequence[str],
) -> bool:
    """Add and remove tags of a version, an artifact or a run; return whether any changed."""
    count = 0
    for tag in remove:
        count += transaction.execute(
            f"DELETE FROM {owner}_tag WHERE {owner}_seq = :seq AND tag = :tag",
            {"seq": seq, "tag": tag},
        )
    for batch in batches(add):
        names = {f"tag{i}": tag for i, tag in enumerate(batch)}
        places = ", ".join(f"(:seq, :{name})" for name in names)
        count += transaction.execute(
            f"INSERT INTO {owner}_tag ({owner}_seq, tag) VALUES {places} ON CONFLICT DO NOTHING",
            {"seq": seq, **names},
        )
    return count > 0


def put_metadata(
    transaction: Transaction, seq: int, metadata: Mapping[str, object], owner: str = "version"
) -> bool:
    """Set keys of the metadata of a version, a run or a step; return whether any value changed.

    An object is merged into an object under the same key, whose other keys stay.
    """
    known, rows, has_parts = _values(transaction, owner, seq, list(metadata)), [], False
    for key, value in metadata.items():
        old = known.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            value = _merged(key, old, value)  # noqa: PLW2901 (what is kept)
        has_parts = has_parts or isinstance(old, dict) or isinstance(value, dict)
        rows.append((key, json.dumps(value, ensure_ascii=False), *comparable(value)))
    changed = sum(_put_rows(transaction, owner, seq, batch) for batch in batches(rows, _TOGETHER))
    if changed and has_parts:
        _put_leaves(transaction, owner, seq)
    return changed > 0


def remove_metadata(
    transaction: Transaction, seq: int, keys: Sequence[str], owner: str = "version"
) -> None:
    """Remove keys of the metadata of a version or a run.

    Raises `NotFoundError` for a key that it does not have; then the caller rolls everything back.
    """
    for key in dict.fromkeys(keys):
        found = transaction.execute(
            f"DELETE FROM {owner}_metadata WHERE {owner}_seq = :seq AND key = :key",
            {"seq": seq, "key": key},
        )
        if not found:
            rows = transaction.rows(
                f"SELECT key FROM {owner}_metadata WHERE {owner}_seq = :seq ORDER BY key",
                {"seq": seq},
            )
            raise NotFoundError(
                f"there is no metadata {key!r}",
                hint=suggestion(key, [known for (known,) in rows]),
            )
    _put_leaves(transaction, owner, seq)


def _put_rows(
    transaction: Transaction, owner: str, seq: int, rows: Sequence[tuple[object, ...]]
) -> int:
    """Insert or update rows of key, value, number and text; return how many changed."""
    params = {f"c{i}_{j}": cell for i, row in enumerate(rows) for j, cell in enumerate(row)}
    places = ", ".join(
        f"(:seq, {', '.join(f':c{i}_{j}' for j in range(len(row)))})" for i, row in enumerate(rows)
    )
    return transaction.execute(
        f"INSERT INTO {owner}_metadata ({owner}_seq, key, value, number, text) VALUES {places}"
        f" ON CONFLICT ({owner}_seq, key) DO UPDATE SET value = excluded.value,"
        " number = excluded.number, text = excluded.text"
        f" WHERE {owner}_metadata.value <> excluded.value",
        {"seq": seq, **params},
    )


def _merged(key: str, old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    value = {**old, **new}
    if len(json.dumps(value)) > MAX_VALUE_BYTES:
        raise InvalidInputError(f"metadata {key!r} would be larger than 1 MiB")
    return value


def _values(
    transaction: Transaction, owner: str, seq: int, keys: Sequence[str]
) -> dict[str, object]:
    """The present values of some keys."""
    found: dict[str, object] = {}
    for batch in batches(keys):
        places, params = numbered(batch)
        rows = transaction.rows(
            f"SELECT key, value FROM {owner}_metadata"
            f" WHERE {owner}_seq = :seq AND key IN ({places})",
            {"seq": seq, **params},
        )
        found |= {key: read_json(value) for key, value in rows}
    return found


def _put_leaves(transaction: Transaction, owner: str, seq: int) -> None:
    """Let the values inside of objects, and the extremes of series, be found by their keys."""
    leaf_table, key_column = f"{owner}_metadata_leaf", f"{owner}_seq"
    transaction.execute(f"DELETE FROM {leaf_table} WHERE {key_column} = :seq", {"seq": seq})
    rows = transaction.rows(
        f"SELECT key, value FROM {owner}_metadata WHERE {key_column} = :seq AND text = 'o'"
        " ORDER BY key",
        {"seq": seq},
    )
    for key, value in rows:
        for leaf, (number, text) in leaves(key, read_json(value)):
            transaction.execute(
                f"INSERT INTO {leaf_table} ({key_column}, key, number, text)"
                f" VALUES (:seq, :key, :number, :text) ON CONFLICT ({key_column}, key)"
                " DO UPDATE SET number = excluded.number, text = excluded.text",
                {"seq": seq, "key": leaf, "number": number, "text": text},
            )
    put_extremes(transaction, owner, seq)


def put_extremes(transaction: Transaction, owner: str, seq: int | None = None) -> None:
    """Let the least and the greatest value of series be found as `KEY.min` and `KEY.max`.

    Of one version, run or step; without a `seq` of all of the kind.
    """
    one = "" if seq is None else " AND o.seq = :seq"
    for end, extreme in (("min", "MIN(s.low)"), ("max", "MAX(s.high)")):
        transaction.execute(
            f"INSERT INTO {owner}_metadata_leaf ({owner}_seq, key, number)"
            f" SELECT o.seq, s.key || '.{end}', {extreme} FROM {OWNERS[owner]} o"
            f" JOIN series s ON s.owner = o.id WHERE s.count > 0 AND s.low IS NOT NULL{one}"
            f" GROUP BY o.seq, s.key ON CONFLICT ({owner}_seq, key)"
            " DO UPDATE SET number = excluded.number, text = NULL",
            {"seq": seq},
        )
