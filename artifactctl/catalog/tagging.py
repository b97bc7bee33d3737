"""Giving tags, as part of somebody's transaction: an exclusive one is taken from whoever has it.

A tag that was made exclusive once is so from then on, whoever gives it and to what.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.entries import change_tags, find_seq, now, touch
from artifactctl.catalog.linking import count_change
from artifactctl.catalog.records import TAG_COLUMNS, Record

Owner = Literal["version", "run"]

# Those among which one keeps an exclusive tag: the versions of an artifact, the runs of a pipeline.
_HOLDERS: dict[Owner, str] = {
    "version": "SELECT o.seq FROM artifact_version o JOIN version_tag t ON t.version_seq = o.seq"
    " WHERE t.tag = :tag AND o.seq <> :seq AND o.artifact_seq ="
    " (SELECT artifact_seq FROM artifact_version WHERE seq = :seq) ORDER BY o.seq",
    "run": "SELECT o.seq FROM run o JOIN run_tag t ON t.run_seq = o.seq"
    " WHERE t.tag = :tag AND o.seq <> :seq AND o.pipeline ="
    " (SELECT pipeline FROM run WHERE seq = :seq) ORDER BY o.seq",
}


@dataclass(frozen=True, slots=True)
class Given:
    """What came of giving tags: `is_new` when the row had not all of them.

    `taken` are pairs of a tag and the ID of who lost it; `tags` the IDs of tags that became
    exclusive.
    """

    is_new: bool
    taken: Sequence[tuple[str, str]]
    tags: Sequence[str]

    @property
    def others(self) -> list[str]:
        """The IDs of the other rows that this changed, each once."""
        return list(dict.fromkeys([*(row_id for _, row_id in self.taken), *self.tags]))


def give_tags(
    connection: Transaction,
    owner: Owner,
    seq: int,
    tags: Sequence[str],
    exclusive: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> Given:
    """Give tags to a version or a run, those that are to be `exclusive` among them, and take some.

    Those that changed besides are counted as changed; the row itself is not.
    """
    made = [tag_id for tag in exclusive if (tag_id := _make_exclusive(connection, tag))]
    wanted = tuple(dict.fromkeys((*tags, *exclusive)))
    taken = tuple(
        (tag, loser)
        for tag in wanted
        if _is_exclusive(connection, tag)
        for loser in _take_from_others(connection, owner, seq, tag)
    )
    return Given(change_tags(connection, owner, seq, wanted, remove), taken, made)


def put_tag(connection: Transaction, record: Record) -> None:
    """Have what a record says of a tag, unless as much is known of that name."""
    if record["exclusive"] and not _is_exclusive(connection, record["name"]):
        row = {column: record[column] for column in TAG_COLUMNS}
        if find_seq(connection, "tag", "seq", row["seq"]) is not None:
            row["seq"] = None
        _put(connection, {**row, "recorded": record["revision"]})


def _make_exclusive(connection: Transaction, tag: str) -> str | None:
    """The tag's ID when this made it exclusive."""
    if _is_exclusive(connection, tag):
        return None
    tag_id, created = str(uuid.uuid4()), now()
    row = {"id": tag_id, "name": tag, "exclusive": True, "created": created, "updated": created}
    return _put(connection, {**row, "revision": 1, "recorded": 0})


def _put(connection: Transaction, row: Mapping[str, Any]) -> str:
    """Have the row of an exclusive tag; return the ID of the row that there is of that name."""
    columns, places = ", ".join(row), ", ".join(f":{column}" for column in row)
    (row_id,) = connection.one(
        f"INSERT INTO tag ({columns}) VALUES ({places}) ON CONFLICT (name) DO UPDATE"
        " SET exclusive = excluded.exclusive, updated = excluded.updated, revision = revision + 1"
        " RETURNING id",
        row,
    )
    return str(row_id)


def _is_exclusive(connection: Transaction, tag: str) -> bool:
    sql = "SELECT 1 FROM tag WHERE name = :tag AND exclusive"
    return connection.row(sql, {"tag": tag}) is not None


def _take_from_others(connection: Transaction, owner: Owner, seq: int, tag: str) -> list[str]:
    """Remove a tag from all others that must not have it too; return their IDs."""
    losers = connection.rows(_HOLDERS[owner], {"tag": tag, "seq": seq})
    for (loser,) in losers:
        change_tags(connection, owner, loser, (), (tag,))
    if owner == "run":
        return [count_change(connection, loser) for (loser,) in losers]
    return [touch(connection, "artifact_version", loser) for (loser,) in losers]
