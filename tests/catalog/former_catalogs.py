"""Catalogs as former versions of artifactctl made them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from artifactctl.catalog.former_schemas import FORMER


def make_schema_9(path: Path) -> None:
    """Turn a catalog into one of schema 9, without descriptions and series."""
    _execute(
        path,
        "DROP TABLE series",
        "ALTER TABLE artifact DROP COLUMN description",
        "ALTER TABLE artifact_version DROP COLUMN description",
        "ALTER TABLE run DROP COLUMN description",
        "ALTER TABLE deleted_version DROP COLUMN former",
        "UPDATE catalog SET schema_version = 9",
        "PRAGMA user_version = 9",
    )


def make_schema_8(path: Path) -> None:
    """Turn a catalog into one of schema 8, which knows neither condemned digests nor leases."""
    make_schema_9(path)
    columns = "id, schema_version, incarnation"
    _execute(
        path,
        "DROP TABLE condemned",
        "DROP TABLE lease",
        "ALTER TABLE catalog RENAME TO later",
        str(FORMER[9]["catalog"]),
        f"INSERT INTO catalog ({columns}) SELECT {columns} FROM later",
        "DROP TABLE later",
        "UPDATE catalog SET schema_version = 8",
        "PRAGMA user_version = 8",
    )


def make_schema_7(path: Path) -> None:
    """Turn a catalog into one of schema 7, in which only exclusive tags have a row."""
    make_schema_8(path)
    columns = "seq, id, name, exclusive, created, updated, revision, recorded"
    _execute(
        path,
        "DROP TABLE pipeline_tag",
        "DROP TABLE pipeline",
        "ALTER TABLE tag RENAME TO later",
        str(FORMER[8]["tag"]),
        f"INSERT INTO tag ({columns}) SELECT {columns} FROM later WHERE exclusive",
        "DROP TABLE later",
        "CREATE INDEX tag_unrecorded ON tag (seq) WHERE recorded < revision",
        "UPDATE catalog SET schema_version = 7",
        "PRAGMA user_version = 7",
    )


def _execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
