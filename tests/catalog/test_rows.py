"""Pages; and the small catalog that the tests of this folder share."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.catalog import adding
from artifactctl.catalog.rows import NewVersion, Page
from artifactctl.catalog.sqlite import Database
from artifactctl.digests import digest_of


def open_database(folder: Path) -> Database:
    """A catalog in `folder` that does not exist yet."""
    return Database(folder / "catalog.db", folder / "drafts", lambda: False)


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
        "find_missing": tuple,
    }
    return NewVersion(**{**values, **changed})


def add(db: Database, artifact: str = "a", version: str | None = None, **changed: Any) -> str:
    """Add a version; return its ID."""
    return adding.add_version(db, new_version(artifact, version, **changed)).id


@given(st.integers(0, 10_000), st.integers(1, 300))
def test_pages_hold_everything_and_the_last_one_is_not_empty(total: int, size: int):
    pages = Page((), 1, size, total).total_pages
    assert pages * size >= total
    assert pages == 1 or (pages - 1) * size < total


@pytest.mark.parametrize("total", [0, 1, 1000])
def test_size_zero_is_one_page_of_everything(total: int):
    assert Page((), 1, 0, total).total_pages == 1
