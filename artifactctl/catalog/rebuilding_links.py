"""What ties versions to steps and to each other, made again from records.

The versions that a step used or made, or that a registered one was made from, may come after it,
and may have to take another place in the order of allocation: they are noted first, and linked
when all versions are there.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from artifactctl.catalog.engine.protocol import Transaction

_NOTED = (
    """
    CREATE TEMP TABLE noted_link (
        step_seq INTEGER NOT NULL,
        direction VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        version_seq BIGINT NOT NULL,
        version_id VARCHAR
    )
    """,
    "CREATE TEMP TABLE noted_input (version_seq INTEGER NOT NULL, version_id VARCHAR NOT NULL)",
)
_PLACE = """
    COALESCE((SELECT v.seq FROM artifact_version v WHERE v.id = n.version_id),
             (SELECT d.seq FROM deleted_version d WHERE d.id = n.version_id))
"""
# Of a version that no record is left of, the old place, unless it is another's.
_OLD_PLACE = """
    CASE WHEN n.version_id IS NULL OR NOT EXISTS (
        SELECT 1 FROM artifact_version v WHERE v.seq = n.version_seq UNION ALL
        SELECT 1 FROM deleted_version d WHERE d.seq = n.version_seq
    ) THEN n.version_seq END
"""


def note_links(connection: Transaction) -> None:
    """Make room for what is noted."""
    _forget(connection)
    for statement in _NOTED:
        connection.execute(statement)


def note_use(
    connection: Transaction, step_seq: int, use: Sequence[Any], version_id: str | None
) -> None:
    """Note that a step used or made a version: direction, name, and the place it had."""
    connection.execute(
        "INSERT INTO temp.noted_link VALUES (:step_seq, :direction, :name, :version_seq, :id)",
        {
            "step_seq": step_seq,
            **dict(zip(("direction", "name", "version_seq"), use, strict=True)),
            "id": version_id,
        },
    )


def note_inputs(connection: Transaction, seq: int, version_ids: Iterable[str]) -> None:
    """Note what a registered version was made from."""
    connection.execute_many(
        "INSERT INTO temp.noted_input VALUES (:seq, :id)",
        [{"seq": seq, "id": version_id} for version_id in version_ids],
    )


def link_versions(connection: Transaction) -> None:
    """Link what was noted with the versions, wherever they are by now."""
    connection.execute(
        "INSERT INTO step_version (step_seq, direction, name, version_seq)"
        " SELECT step_seq, direction, name, place FROM (SELECT n.step_seq, n.direction, n.name,"
        f" COALESCE({_PLACE}, {_OLD_PLACE}) AS place FROM temp.noted_link n)"
        " WHERE place IS NOT NULL ON CONFLICT DO NOTHING"
    )
    connection.execute(
        "INSERT INTO version_input (version_seq, input_seq)"
        f" SELECT version_seq, place FROM (SELECT n.version_seq, {_PLACE} AS place"
        " FROM temp.noted_input n) WHERE place IS NOT NULL ON CONFLICT DO NOTHING"
    )
    _forget(connection)


def _forget(connection: Transaction) -> None:
    for table in ("noted_link", "noted_input"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
