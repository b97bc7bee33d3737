"""Schema 2: runs, what is left of deleted versions, and metadata that can be compared."""

import json
import sqlite3

from artifactctl.catalog.schemas import execute
from artifactctl.catalog.typed import comparable, leaves

_SECOND = """
ALTER TABLE artifact ADD COLUMN deleted VARCHAR;
CREATE INDEX artifact_living ON artifact (seq) WHERE deleted IS NULL;
CREATE INDEX artifact_updated ON artifact (updated);

ALTER TABLE artifact_version ADD COLUMN data_type VARCHAR;
ALTER TABLE artifact_version ADD COLUMN materializer VARCHAR;
ALTER TABLE artifact_version ADD COLUMN producer_run VARCHAR(36);
ALTER TABLE artifact_version ADD COLUMN producer_step VARCHAR(255);
ALTER TABLE artifact_version ADD COLUMN data_deleted VARCHAR;
CREATE INDEX artifact_version_updated ON artifact_version (updated);
CREATE INDEX artifact_version_size ON artifact_version (size_bytes);
CREATE INDEX artifact_version_order ON artifact_version ((number IS NULL), number, version);
CREATE INDEX artifact_version_manifest ON artifact_version (manifest);
CREATE INDEX artifact_version_producer ON artifact_version (producer_run);

CREATE TABLE deleted_version (
    seq BIGINT NOT NULL PRIMARY KEY,
    id VARCHAR(36) NOT NULL UNIQUE,
    artifact_seq INTEGER NOT NULL REFERENCES artifact (seq),
    version VARCHAR(255) NOT NULL,
    number BIGINT,
    created VARCHAR NOT NULL,
    deleted VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    recorded BIGINT NOT NULL
);
CREATE UNIQUE INDEX deleted_version_name ON deleted_version (artifact_seq, version);
CREATE INDEX deleted_version_unrecorded ON deleted_version (seq) WHERE recorded < revision;

ALTER TABLE version_metadata ADD COLUMN number NUMERIC;
ALTER TABLE version_metadata ADD COLUMN text TEXT;
CREATE TABLE version_metadata_leaf (
    version_seq INTEGER NOT NULL REFERENCES artifact_version (seq),
    "key" TEXT NOT NULL,
    number NUMERIC,
    text TEXT,
    PRIMARY KEY (version_seq, "key")
);

CREATE TABLE run (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id VARCHAR(36) NOT NULL UNIQUE,
    name VARCHAR(255) NOT NULL,
    pipeline VARCHAR(255) NOT NULL,
    status VARCHAR NOT NULL,
    started VARCHAR NOT NULL,
    ended VARCHAR,
    details TEXT NOT NULL,
    revision BIGINT NOT NULL,
    recorded BIGINT NOT NULL
);
CREATE INDEX run_name ON run (name);
CREATE INDEX run_pipeline ON run (pipeline);
CREATE INDEX run_unrecorded ON run (seq) WHERE recorded < revision;

CREATE TABLE run_step (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id VARCHAR(36) NOT NULL UNIQUE,
    run_seq INTEGER NOT NULL REFERENCES run (seq),
    name VARCHAR(255) NOT NULL,
    status VARCHAR NOT NULL,
    details TEXT NOT NULL
);
CREATE UNIQUE INDEX run_step_name ON run_step (run_seq, name);

CREATE TABLE step_version (
    step_seq INTEGER NOT NULL REFERENCES run_step (seq),
    direction VARCHAR NOT NULL CHECK (direction IN ('input', 'output')),
    name VARCHAR(255) NOT NULL,
    version_seq BIGINT NOT NULL,
    PRIMARY KEY (step_seq, direction, name, version_seq)
);
CREATE INDEX step_version_version ON step_version (version_seq)
"""

# After the rows are filled in: five million entries at a time sort faster than one by one.
_SECOND_INDEXES = "".join(
    f'CREATE INDEX {table}_{column} ON {table} ("key", {column}, version_seq)'
    f" WHERE {column} IS NOT NULL;"
    for table in ("version_metadata", "version_metadata_leaf")
    for column in ("number", "text")
).rstrip(";")


_AT_ONCE = 10_000  # versions whose metadata is in memory


def second(connection: sqlite3.Connection) -> None:
    """Lead from schema 1 to 2."""
    execute(connection, _SECOND)
    _make_metadata_comparable(connection)
    execute(connection, _SECOND_INDEXES)


def _make_metadata_comparable(connection: sqlite3.Connection) -> None:
    (last,) = connection.execute(
        "SELECT COALESCE(MAX(version_seq), 0) FROM version_metadata"
    ).fetchone()
    for first in range(0, last, _AT_ONCE):
        rows = connection.execute(
            "SELECT version_seq, key, value FROM version_metadata"
            " WHERE version_seq > ? AND version_seq <= ? ORDER BY version_seq, key",
            (first, first + _AT_ONCE),
        ).fetchall()
        for seq, key, text in rows:
            _make_comparable(connection, seq, key, text)


def _make_comparable(connection: sqlite3.Connection, seq: int, key: str, text: str) -> None:
    try:
        value = json.loads(text)
    except ValueError:  # damaged: whoever reads it says so
        return
    connection.execute(
        "UPDATE version_metadata SET number = ?, text = ? WHERE version_seq = ? AND key = ?",
        (*comparable(value), seq, key),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO version_metadata_leaf (version_seq, key, number, text)"
        " VALUES (?, ?, ?, ?)",
        [(seq, leaf, *found) for leaf, found in leaves(key, value)],
    )
