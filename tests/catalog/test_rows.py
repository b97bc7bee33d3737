"""Pages; and the small catalog that the tests of this folder share."""

import uuid
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading import listing
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.rows import (
    Artifact,
    Listing,
    NewVersion,
    Page,
    Version,
    VersionContent,
    columns_of,
)
from artifactctl.catalog.run_rows import Run, RunContent, Step
from artifactctl.catalog.tables import METADATA
from artifactctl.digests import digest_of
from artifactctl.refs import parse_ref
from tests.catalog.engines import open_database as open_database
from tests.catalog.writes import add_version

TABLES = ("artifact", "artifact_version", "deleted_version", "artifact_tag", "version_tag")
TABLES += ("version_metadata", "version_metadata_leaf", "run", "run_step", "step_version")
TABLES += ("run_tag", "run_metadata", "run_metadata_leaf", "step_metadata", "step_metadata_leaf")
TABLES += ("deleted_run", "version_input", "tag")


def new_version(artifact: str = "a", version: str | None = None, **changed: Any) -> NewVersion:
    """A version to be added; `changed` are fields that matter to a test."""
    row_id = str(uuid.uuid4())
    values: dict[str, Any] = {
        "id": row_id,
        "artifact": artifact,
        "version": version,
        "type": "DataArtifact",
        "kind": "file",
        "digest": digest_of(row_id.encode()),
        "source_checksum": None,
        "manifest": digest_of(b"manifest"),
        "link": None,
        "size_bytes": 1,
        "file_count": 1,
        "tags": (),
        "metadata": {},
        "if_changed": False,
    }
    return NewVersion(**{**values, **changed})


def add(db: Database, artifact: str = "a", version: str | None = None, **changed: Any) -> str:
    """Add a version; return its ID."""
    return add_version(db, new_version(artifact, version, **changed)).id


def find(db: Database, ref: str) -> Version:
    """The version that a reference means."""
    return find_version(db, parse_ref(ref))


def tags_of(db: Database, ref: str) -> tuple[str, ...]:
    """The tags of a version."""
    return find(db, ref).tags


def listed(db: Database, *filters: tuple[str, str], **wish: Any) -> list[Version]:
    """Every version that passes, and as many as the listing says there are."""
    page = listing.list_versions(db, Listing(size=0, filters=filters, **wish), lambda row: row)
    rows = list(page.items)
    assert page.total == len(page.items) == len(rows)
    return rows


def everything(db: Database) -> list[list]:
    """All rows of all tables."""
    return [sorted(db.rows(f"SELECT * FROM {table}"), key=repr) for table in TABLES]


def use(db: Database, version_id: str, direction: str = "input", **run: Any) -> str:
    """Have a step of a new run refer to a version; return the run's ID."""
    row = {"id": str(uuid.uuid4()), "name": "nightly", "pipeline": "train", "step": "load", **run}
    row |= {"version": version_id, "direction": direction, "step_id": str(uuid.uuid4())}
    with db.transaction() as connection:
        connection.execute(
            "INSERT INTO run (id, name, pipeline, status, started, details, revision, recorded)"
            " VALUES (:id, :name, :pipeline, 'completed', '2026-01-01T00:00:00.000000Z', '{}',"
            " 1, 0)",
            row,
        )
        connection.execute(
            "INSERT INTO run_step (id, run_seq, name, status, details) SELECT :step_id, seq,"
            " :step, 'completed', '{}' FROM run WHERE id = :id",
            row,
        )
        connection.execute(
            "INSERT INTO step_version (step_seq, direction, name, version_seq)"
            " SELECT (SELECT MAX(seq) FROM run_step), :direction, 'data', seq"
            " FROM artifact_version WHERE id = :version",
            row,
        )
        if direction == "output":
            connection.execute(
                "UPDATE artifact_version SET producer_run = :id, producer_step = :step"
                " WHERE id = :version",
                row,
            )
    return str(row["id"])


# Columns that a row class leaves out, besides those that count and refer; None: any.
ROW_CLASSES = [
    (Artifact, "artifact", {"last_number", "deleted"}),
    (Version, "artifact_version", {"number"}),
    (VersionContent, "artifact_version", None),
    (Run, "run", set()),
    (RunContent, "run", None),
    (Step, "run_step", set()),
]
COUNTED = {"revision", "recorded", "artifact_seq", "run_seq"}


@pytest.mark.parametrize(("row_class", "table", "less"), ROW_CLASSES)
def test_row_classes_have_the_columns_of_their_tables(row_class, table, less):
    columns = METADATA.tables[table].columns
    said = columns_of(row_class)
    assert set(said) <= set(columns.keys())
    assert less is None or set(columns.keys()) - set(said) - COUNTED == less
    for name, kind in said.items():
        assert columns[name].nullable == (type(None) in get_args(kind)), name


@given(st.integers(0, 10_000), st.integers(1, 300))
def test_pages_hold_everything_and_the_last_one_is_not_empty(total: int, size: int):
    pages = Page((), 1, size, total).total_pages
    assert pages * size >= total
    assert pages == 1 or (pages - 1) * size < total


@pytest.mark.parametrize("total", [0, 1, 1000])
def test_size_zero_is_one_page_of_everything(total: int):
    assert Page((), 1, 0, total).total_pages == 1
