"""Changing the metadata of versions, runs and steps."""

import json
from collections.abc import Mapping, Sequence

from artifactctl.catalog.cells import read_json
from artifactctl.catalog.engine.protocol import Query, Transaction
from artifactctl.catalog.reading.statements import batches, numbered
from artifactctl.catalog.typed import OBJECT, comparable, leaves
from artifactctl.catalog.writing.entries import OWNERS
from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.json_text import MAX_VALUE_BYTES
from artifactctl.suggestions import suggestion

# Rows of metadata in one statement, of 4 parameters each: SQLite took 999 before version 3.32.
_TOGETHER = 100


def put_metadata(
    transaction: Transaction,
    seq: int,
    metadata: Mapping[str, object],
    owner: str = "version",
    *,
    is_new: bool = False,
) -> bool:
    """Set keys of the metadata of a version, a run or a step; return whether any value changed.

    An object is merged into an object under the same key, whose other keys stay. A row that
    `is_new` has no metadata yet.
    """
    before = {} if is_new else _texts(transaction, owner, seq, list(metadata))
    changed, has_parts = {}, False
    for key, value in metadata.items():
        old = read_json(before[key]) if key in before else None
        if isinstance(old, dict) and isinstance(value, dict):
            value = _merged(key, old, value)  # noqa: PLW2901 (what is kept)
        has_parts = has_parts or isinstance(old, dict) or isinstance(value, dict)
        if json.dumps(value, ensure_ascii=False) != before.get(key):
            changed[key] = value
    objects = _objects(transaction, owner, seq) if changed and has_parts and not is_new else {}
    for batch in batches(changed.items(), _TOGETHER):
        _put_rows(transaction, owner, seq, batch)
    if changed and has_parts:
        parts = {key: value for key, value in {**objects, **changed}.items() if _is_object(value)}
        _put_leaves(transaction, owner, seq, parts, is_new=is_new)
    return bool(changed)


def remove_metadata(
    transaction: Transaction, seq: int, keys: Sequence[str], owner: str = "version"
) -> None:
    """Remove keys of the metadata of a version or a run.

    Raises `NotFoundError` for a key that it does not have; then the caller rolls everything back.
    """
    rows = transaction.rows(
        f"SELECT key FROM {owner}_metadata WHERE {owner}_seq = :seq ORDER BY key", {"seq": seq}
    )
    known = [key for (key,) in rows]
    for key in keys:
        if key not in known:
            raise NotFoundError(f"there is no metadata {key!r}", hint=suggestion(key, known))
    objects = _objects(transaction, owner, seq)
    for batch in batches(dict.fromkeys(keys)):
        places, params = numbered(batch)
        transaction.later(
            f"DELETE FROM {owner}_metadata WHERE {owner}_seq = :seq AND key IN ({places})",
            {"seq": seq, **params},
        )
    left = {key: value for key, value in objects.items() if key not in keys}
    _put_leaves(transaction, owner, seq, left, is_new=False)


def queries_of_metadata(owner: str, seq: int, keys: Sequence[str]) -> list[Query]:
    """The queries of `put_metadata` for a row that is not new."""
    asked = [_query_of_texts(owner, seq, batch) for batch in batches(keys)]
    return [*asked, _query_of_objects(owner, seq)]


def _put_rows(
    transaction: Transaction, owner: str, seq: int, items: Sequence[tuple[str, object]]
) -> None:
    """Insert or update rows of key, value, number and text."""
    rows = [
        (key, json.dumps(value, ensure_ascii=False), *comparable(value)) for key, value in items
    ]
    params = {f"c{i}_{j}": cell for i, row in enumerate(rows) for j, cell in enumerate(row)}
    places = ", ".join(
        f"(:seq, {', '.join(f':c{i}_{j}' for j in range(len(row)))})" for i, row in enumerate(rows)
    )
    transaction.later(
        f"INSERT INTO {owner}_metadata ({owner}_seq, key, value, number, text) VALUES {places}"
        f" ON CONFLICT ({owner}_seq, key) DO UPDATE SET value = excluded.value,"
        " number = excluded.number, text = excluded.text",
        {"seq": seq, **params},
    )


def _merged(key: str, old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    value = {**old, **new}
    if len(json.dumps(value)) > MAX_VALUE_BYTES:
        raise InvalidInputError(f"metadata {key!r} would be larger than 1 MiB")
    return value


def _texts(transaction: Transaction, owner: str, seq: int, keys: Sequence[str]) -> dict[str, str]:
    """The present values of some keys, as JSON."""
    found: dict[str, str] = {}
    for batch in batches(keys):
        found |= dict(transaction.rows(*_query_of_texts(owner, seq, batch)))
    return found


def _query_of_texts(owner: str, seq: int, keys: Sequence[str]) -> Query:
    places, params = numbered(keys)
    return (
        f"SELECT key, value FROM {owner}_metadata WHERE {owner}_seq = :seq AND key IN ({places})",
        {"seq": seq, **params},
    )


def _objects(transaction: Transaction, owner: str, seq: int) -> dict[str, object]:
    """The present values that are objects, by their keys."""
    rows = transaction.rows(*_query_of_objects(owner, seq))
    return {key: read_json(value) for key, value in rows}


def _query_of_objects(owner: str, seq: int) -> Query:
    return (
        f"SELECT key, value FROM {owner}_metadata WHERE {owner}_seq = :seq AND text = '{OBJECT}'",
        {"seq": seq},
    )


def _is_object(value: object) -> bool:
    return comparable(value)[1] == OBJECT


def _put_leaves(
    transaction: Transaction,
    owner: str,
    seq: int,
    objects: Mapping[str, object],
    *,
    is_new: bool,
) -> None:
    """Replace the rows of the leaves of all objects.

    A leaf does not tell of which key it is, so that those of one key cannot be replaced alone.
    """
    table, column = f"{owner}_metadata_leaf", f"{owner}_seq"
    if not is_new:
        transaction.later(f"DELETE FROM {table} WHERE {column} = :seq", {"seq": seq})
    found = {
        leaf: {"seq": seq, "key": leaf, "number": number, "text": text}
        for key, value in sorted(objects.items())
        for leaf, (number, text) in leaves(key, value)
    }
    transaction.execute_many(
        f"INSERT INTO {table} ({column}, key, number, text) VALUES (:seq, :key, :number, :text)"
        f" ON CONFLICT ({column}, key) DO UPDATE SET number = excluded.number,"
        " text = excluded.text",
        found.values(),
    )
    if not is_new:
        put_extremes(transaction, owner, seq)


def put_extremes(transaction: Transaction, owner: str, seq: int | None = None) -> None:
    """Let the least and the greatest value of series be found as `KEY.min` and `KEY.max`.

    Of one version, run or step; without a `seq` of all of the kind.
    """
    one = "" if seq is None else " AND o.seq = :seq"
    for end, extreme in (("min", "MIN(s.low)"), ("max", "MAX(s.high)")):
        transaction.later(
            f"INSERT INTO {owner}_metadata_leaf ({owner}_seq, key, number)"
            f" SELECT o.seq, s.key || '.{end}', {extreme} FROM {OWNERS[owner]} o"
            f" JOIN series s ON s.owner = o.id WHERE s.count > 0 AND s.low IS NOT NULL{one}"
            f" GROUP BY o.seq, s.key ON CONFLICT ({owner}_seq, key)"
            " DO UPDATE SET number = excluded.number, text = NULL",
            {"seq": seq},
        )
