"""Facts that a registered file tells of itself, beside what its user says of it."""

import os
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from artifactctl import contents
from artifactctl.client import Client

IRIS = {"content_type": "text/csv", "rows": 2, "columns": ["x", "y"], "column_count": 2}


@pytest.fixture
def table(work: Path) -> Path:
    path = work / "t.csv"
    path.write_text("x,y\n1,2\n3,4\n")
    return path


def test_a_file_has_the_facts_that_its_format_tells(client: Client, table: Path) -> None:
    made = client.register("x", table).version
    assert made.metadata == IRIS
    assert client.get_artifact_version("x").metadata == IRIS
    assert client.list_artifact_versions(metadata={"rows": "gte:2"}).total == 1


def test_what_the_user_says_wins(client: Client, table: Path) -> None:
    given = {"rows": {"train": 1}, "content_type": "text/x-mine", "k": 1}
    made = client.register("x", table, metadata=given).version
    assert made.metadata == {**IRIS, **given}


def test_a_linked_file_has_facts_too(client: Client, table: Path) -> None:
    for path in (str(table), f"file://{table}"):
        assert client.register("x", path, link=True).version.metadata == IRIS


def test_a_link_to_a_file_is_called_by_its_own_name(client: Client, table: Path) -> None:
    named = table.with_name("t.txt")
    named.symlink_to(table)
    assert client.register("x", named).version.metadata == {"content_type": "text/plain"}


@pytest.mark.parametrize("link", [False, True])
def test_a_folder_has_none_and_needs_no_code_for_them(
    client: Client, table: Path, monkeypatch: pytest.MonkeyPatch, link: bool
) -> None:
    monkeypatch.setattr(contents, "facts_of", lambda *_: pytest.fail("asked"))
    assert client.register("x", table.parent, link=link).version.metadata == {}
    (table.parent / "second").write_text("x")
    several = [table, table.with_name("second")]
    assert link or client.register("x", several).version.metadata == {}


def test_standard_input_has_none(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"x,y\n1,2\n")))
    made = client.register("x", "-", stdin_name="t.csv").version
    assert made.metadata == {}


def test_unchanged_content_gets_no_facts_anew(client: Client, table: Path) -> None:
    client.register("x", table, metadata={"rows": "mine"})
    done = client.register("x", table, if_changed=True, metadata={"k": 1})
    assert not done.is_new
    assert done.version.metadata == {**IRIS, "rows": "mine", "k": 1}
    table.write_text("x,y\n1,2\n")
    assert client.register("x", table, if_changed=True).version.metadata == {**IRIS, "rows": 1}


def test_a_file_that_changes_meanwhile_has_no_facts_of_its_other_content(
    client: Client, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts_of = contents.facts_of

    def late(path: str, name: str, size_bytes: int) -> dict[str, Any]:
        table.write_text("other\n" * 9)
        return facts_of(path, name, size_bytes)

    monkeypatch.setattr(contents, "facts_of", late)
    assert client.register("x", table).version.metadata == {}
    monkeypatch.setattr(contents, "facts_of", lambda *_: os.unlink(table) or IRIS)
    assert client.register("x", table).version.metadata == {}


def test_files_that_lie_are_registered_all_the_same(client: Client, work: Path) -> None:
    for name in ("a.csv", "a.npy", "a.png", "a.parquet", "a.safetensors", "a.jsonl"):
        (work / name).write_bytes(b"\xff\xfe\x00 lies")
        assert client.register(name, work / name).version.metadata.keys() == {"content_type"}
