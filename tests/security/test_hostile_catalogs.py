"""A home that somebody else could write to: what its catalog and store say runs no code."""

import json
import os
import pickle
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated, Any

import pytest

from artifactctl import materializers, pipeline, save_artifact, step
from artifactctl.catalog.facts import facts_of
from artifactctl.client import Client
from artifactctl.errors import ArtifactctlError, IntegrityError, UnsafeError
from artifactctl.materializers import BaseMaterializer, registry
from artifactctl.verbs import loading

KNOWN = sorted(registry._BUILT_IN)


class Bomb:
    """Makes a marker when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.marker}",)


class Mine:
    """A class of the user's."""

    def __init__(self, args: Any) -> None:
        self.args = args


class MineMaterializer(BaseMaterializer):
    """Written as ZenML's documentation says: it calls the type it is given."""

    ASSOCIATED_TYPES = (Mine,)

    def save(self, data: Any) -> None:
        Path(self.uri, "args").write_text(str(data.args))

    def load(self, data_type: type[Any]) -> Any:
        return data_type(args=Path(self.uri, "args").read_text())


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "marker"


@pytest.fixture
def here(home: Path, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The home that is in force; it is this user's own."""
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    return client


@pytest.fixture
def become_a_stranger(here: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the home be another user's from now on."""
    return lambda: monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "stranger"))


def alter(client: Client, sql: str, *values: Any) -> None:
    """What somebody with another tool does to the catalog."""
    client.close()
    with closing(sqlite3.connect(client.settings.catalog_path)) as connection, connection:
        connection.execute(sql, values)


def vouch_for_rows(client: Client) -> None:
    """The same somebody, who knows how the rows are hashed."""
    client.close()
    with closing(sqlite3.connect(client.settings.catalog_path)) as connection, connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute(
            "SELECT v.*, a.id AS artifact_id FROM artifact_version v"
            " JOIN artifact a ON a.seq = v.artifact_seq"
        )
        for row in rows.fetchall():
            connection.execute(
                "UPDATE artifact_version SET facts = ? WHERE id = ?", (facts_of(row), row["id"])
            )


def plant(client: Client, work: Path, marker: Path) -> str:
    """Register a pickle that makes the marker, under the name that cloudpickle's files have."""
    (work / "planted").mkdir()
    (work / "planted" / "artifact.pkl").write_bytes(pickle.dumps(Bomb(marker)))
    return client.register("planted", work / "planted").version.id_text


@pytest.mark.parametrize("materializer", KNOWN)
def test_a_row_that_names_another_materializer_runs_no_code_of_a_stranger(
    here: Client, work: Path, marker: Path, become_a_stranger: Callable[[], None], materializer: str
):
    planted = plant(here, work, marker)
    save_artifact({"a": 1}, "json")
    become_a_stranger()
    for name in ("planted", "json"):
        alter(here, "UPDATE artifact_version SET materializer = ?, data_type = 'builtins.dict'",
              materializer)  # fmt: skip
        with suppress(ArtifactctlError):
            here.load(name)
    assert not marker.exists()
    alter(here, "UPDATE artifact_version SET materializer = 'cloudpickle'")
    with pytest.raises(UnsafeError):
        here.load(planted)


def test_a_planted_pickle_is_one_indeed_where_it_is_vouched_for(
    here: Client, work: Path, marker: Path, become_a_stranger: Callable[[], None]
):
    planted = plant(here, work, marker)
    alter(here, "UPDATE artifact_version SET materializer = 'cloudpickle'")
    become_a_stranger()
    here.load(planted, allow_pickle=True)
    assert marker.exists()


def test_what_is_no_pickle_is_an_error_in_an_own_home_too(here: Client):
    save_artifact([1, 2], "x")
    alter(here, "UPDATE artifact_version SET materializer = 'cloudpickle'")
    with pytest.raises(ArtifactctlError):
        here.load("x")


@pytest.mark.parametrize("has_right_hashes", [False, True])
def test_a_cache_that_a_stranger_has_filled_runs_no_code(
    here: Client,
    work: Path,
    marker: Path,
    become_a_stranger: Callable[[], None],
    has_right_hashes: bool,
):
    @step
    def give() -> Annotated[dict[str, int], "given"]:
        return {"a": 1}

    @step
    def take(given: dict[str, int]) -> Annotated[int, "taken"]:
        return len(given)

    @pipeline
    def giving() -> None:
        take(give())

    giving()
    planted = plant(here, work, marker)
    columns = "manifest, digest, size_bytes, file_count, kind"
    alter(
        here,
        f"UPDATE artifact_version SET materializer = 'cloudpickle', ({columns}) ="
        f" (SELECT {columns} FROM artifact_version WHERE id = ?)",
        planted,
    )
    become_a_stranger()
    if has_right_hashes:
        vouch_for_rows(here)
        with pytest.raises((UnsafeError, IntegrityError)):
            giving()
    else:  # a row that was altered serves nobody: the step runs
        giving()
        assert giving.model.last_run.steps["give"].status == "completed"
    assert not marker.exists()


def test_bytes_that_are_swapped_after_they_were_verified_are_not_loaded(
    here: Client,
    marker: Path,
    become_a_stranger: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
):
    save_artifact({1: Mine("x")}, "x", materializer="cloudpickle")
    become_a_stranger()
    blobs = list((here.settings.home_path / "store" / "blobs").glob("*/*"))
    contents = {path: path.read_bytes() for path in blobs}

    def swap(*args: Any, **options: Any) -> Any:
        for path in blobs:
            path.unlink()
            path.write_bytes(pickle.dumps(Bomb(marker)))
        try:
            return materializers.load(*args, **options)
        finally:
            for path, content in contents.items():
                path.unlink()
                path.write_bytes(content)
                path.chmod(0o444)

    class Swapping:
        load = staticmethod(swap)

    monkeypatch.setattr(loading, "materializers", Swapping)
    assert here.load("x", allow_pickle=True)[1].args == "x"
    assert not marker.exists()


def test_the_type_that_a_row_names_is_not_called_unless_it_is_the_materializers(
    here: Client, marker: Path, become_a_stranger: Callable[[], None]
):
    save_artifact(Mine(["touch", str(marker)]), "x")
    assert here.load("x").args == str(["touch", str(marker)])
    alter(here, "UPDATE artifact_version SET data_type = 'subprocess.Popen'")
    become_a_stranger()
    with pytest.raises(UnsafeError):
        here.load("x")
    alter(here, "UPDATE artifact_version SET data_type = ?", f"{__name__}.Mine")
    assert isinstance(here.load("x"), Mine)


@pytest.mark.parametrize(
    "workspace",
    ["", "..", "../tmp", "/etc/passwd", "0123456789abcdef-../../x", "0123456789abcdef-\x00",
     "0123456789abcdef-lock\n", "0123456789abcdef-work", "é" * 16 + "-work", 7, None, ["a"]],
)  # fmt: skip
def test_the_workspace_that_a_run_names_leads_nowhere_else(
    here: Client, tmp_path: Path, workspace: Any
):
    @step
    def one() -> int:
        return 1

    one()
    details = f"json_object('workspace', {'NULL' if workspace is None else '?'})"
    values = (
        [] if workspace is None else [workspace if isinstance(workspace, int) else str(workspace)]
    )
    alter(here, f"UPDATE run SET status = 'running', ended = NULL, details = {details}", *values)
    before = sorted(tmp_path.iterdir())
    one()
    assert [run.status for run in here.list_pipeline_runs()] == ["completed", "failed"]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE artifact SET name = '../outside'",
        "UPDATE artifact SET id = '../../outside', revision = revision + 1",
        "UPDATE artifact_version SET id = '../../outside', revision = revision + 1",
        "UPDATE artifact_version SET version = '../1'",
        "UPDATE artifact_version SET manifest = 'blake3:../../outside'",
        "UPDATE artifact_version SET digest = x'00ff'",
    ],
)
def test_a_row_that_is_none_of_ours_is_listed_named_refused_and_healed(
    here: Client, work: Path, tmp_path: Path, sql: str
):
    (work / "f").write_text("one")
    made = here.register("x", work / "f", tags=["t"], metadata={"k": 1}).version
    here.register("other", work / "f")
    alter(here, f"{sql} WHERE seq = 1")
    before = sorted(tmp_path.iterdir())
    assert len(here.list_artifact_versions(size=0)) == 2
    (bad,) = [item for item in here.list_artifact_versions(size=0) if item.tags]
    for use in (lambda: here.download(bad.ref, tmp_path / "out"), lambda: here.load(bad.id)):
        with pytest.raises(ArtifactctlError):
            use()
    assert here.verify() != []
    here.register("fresh", work / "f")
    assert sorted(tmp_path.iterdir()) == before
    done = here.rebuild_catalog()
    assert done.kept is not None
    assert here.verify() == []
    again = here.get_artifact_version("x:1")
    assert (again.id, again.tags, again.metadata["k"]) == (made.id, ("t",), 1)
    assert {item.ref for item in here.list_artifact_versions()} == {"x:1", "other:1", "fresh:1"}
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("ended", "x"), ("started", "2026-13-01"), ("details", "text"), ("status", "done"),
     ("name", "\x1b[31m"), ("tags", ["a,b"]), ("steps", [{"name": "x"}]), ("id", "../x")],
)  # fmt: skip
def test_a_forged_record_of_a_run_is_one_problem_and_the_others_come_back(
    here: Client, field: str, value: Any
):
    @step
    def give() -> int:
        return 1

    @pipeline
    def giving() -> None:
        give()

    giving()
    giving()
    store = here.settings.home_path / "store" / "records"
    here.close()
    here.settings.catalog_path.unlink()
    forged = next(
        path for path in sorted(store.iterdir()) if json.loads(path.read_bytes())["record"] == "run"
    )
    forged.write_text(json.dumps({**json.loads(forged.read_bytes()), field: value}))
    assert len(here.rebuild_catalog().problems) == 1
    assert len(here.list_pipeline_runs()) == 1
    forged.unlink()
