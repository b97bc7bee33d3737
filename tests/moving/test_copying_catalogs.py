"""A whole catalog goes to another engine and comes back, and nothing of it is lost."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.catalog.engine.protocol import Database
from artifactctl.client import Client
from artifactctl.errors import ConflictError, WrongUsageError
from artifactctl.home import opening
from artifactctl.home.other_ends import settings_of_catalog
from tests.checker import check_home
from tests.conftest import Run
from tests.faults.changes import state_of
from tests.recorded import Did, record


@pytest.fixture
def filled(client: Client, work: Path) -> Client:
    """A home with something in every table."""
    (work / "f").write_text("content")
    client.register("x", work / "f", tags=["raw"], metadata={"a": {"b": 1.5}, "text": "t" * 500})
    client.register("x", work / "f", inputs=["x:1"], metadata={"big": 1 << 60, "none": None})
    client.register("x", work / "f")
    client.delete_artifact_version("x:3")
    client.update_artifact("x", add_tags=["of-artifact"])
    record(client, "nightly", Did("fit", inputs={"x": "x:1"}, outputs=["m"], log="hello"))
    record(client, "gone", Did("fit"))
    client.delete_pipeline_run("gone")
    client.tag("x:1", ["prod"], exclusive=True)
    client.tag_pipeline("training", ["weekly"])
    return client


def opened(client: Client, url: str) -> Database:
    settings = settings_of_catalog(url, client.settings)
    return opening.open_catalog(settings, is_lost=lambda: False, new_id=lambda: None)


def test_a_copy_in_a_file_has_every_row_and_the_same_id(filled: Client, work: Path):
    done = filled.copy_catalog(str(work / "copy.db"))
    assert (done.versions, done.different_records) == (3, 0)
    with closing(opened(filled, str(work / "copy.db"))) as copy:
        assert copy.catalog_id() == filled.catalog.catalog_id()
        copy.check()
    (work / "as-home").mkdir()
    (work / "copy.db").rename(work / "as-home" / "catalog.db")
    assert state_of(work / "as-home") == state_of(filled.settings.home_path)


def test_a_copy_goes_into_a_new_catalog_only(filled: Client, work: Path):
    filled.copy_catalog(str(work / "copy.db"))
    before = (work / "copy.db").read_bytes()
    with pytest.raises(ConflictError, match="already"):
        filled.copy_catalog(str(work / "copy.db"))
    assert (work / "copy.db").read_bytes() == before
    with pytest.raises(WrongUsageError, match="itself"):
        filled.copy_catalog(str(filled.settings.catalog_path))


def test_a_catalog_goes_to_postgresql_and_back(
    filled: Client, postgres_url: str, work: Path, monkeypatch: pytest.MonkeyPatch
):
    assert filled.copy_catalog(postgres_url).different_records == 0
    home = filled.settings.home_path
    before = state_of(home)
    monkeypatch.setenv("ARTIFACTCTL_CATALOG", postgres_url)
    with closing(Client(home)) as there:
        assert there.verify() == []
        assert [version.ref for version in there.list_artifact_versions(size=0)] == [
            "x:1",
            "x:2",
            "m:1",
        ]
        done = there.copy_catalog(str(work / "back.db"))
        assert "geheim" not in done.source
        # Numbers go on where they were, also those of deleted versions.
        assert there.register("x", work / "f").version.version == "4"
    monkeypatch.delenv("ARTIFACTCTL_CATALOG")
    (work / "as-home").mkdir()
    (work / "back.db").rename(work / "as-home" / "catalog.db")
    assert state_of(work / "as-home") == before


def test_the_command_says_how_to_switch_and_the_copy_is_used_then(
    run: Run, home: Path, work: Path, tmp_path: Path
):
    Path("f").write_text("content")
    run("register", "x", "f").ok()
    done = run("catalog", "copy", "--to", tmp_path / "new.db").ok()
    assert done.out.startswith(f"Copied the catalog to sqlite:///{tmp_path}/new.db (1 version")
    assert f"catalog: sqlite:///{tmp_path}/new.db" in done.err
    (home / "config.yaml").write_text(f"catalog: sqlite:///{tmp_path}/new.db\n")
    (home / "catalog.db").rename(tmp_path / "old.db")
    assert json.loads(run("info", "-o", "json").ok().out)["trust"] == "your own"
    run("register", "x", "f").ok()
    assert run("artifact", "version", "list", "-q").ok().out == "x:2\nx:1\n"
    run("verify").ok()
    (home / "config.yaml").unlink()
    (tmp_path / "new.db").rename(home / "catalog.db")
    check_home(home)


Push = Callable[..., object]


def test_versions_are_pushed_to_a_catalog_on_postgresql_and_pulled_again(
    filled: Client, postgres_url: str, tmp_path: Path, work: Path
):
    store = f"file://{tmp_path}/team-store"
    refs = ["x:1", "x:2", "m"]
    done = filled.push(refs, postgres_url, store=store)
    assert (len(done.moved), done.runs) == (3, 1)
    assert "geheim" not in done.target
    again = filled.push(refs, postgres_url, store=store)
    assert (len(again.moved), again.size_bytes) == (0, 0)
    with closing(Client(tmp_path / "other")) as other:
        pulled = other.pull(refs, postgres_url, store=store, trust=True)
        assert (len(pulled.moved), pulled.runs) == (3, 1)
        assert other.verify() == []
    check_home(tmp_path / "other")
