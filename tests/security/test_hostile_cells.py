"""Every cell of every table in turn holds what nobody has put there: nothing crashes, or leaves."""

import json
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.catalog.backups import checked_copy
from artifactctl.catalog.cells import CELLS
from artifactctl.catalog.engine.glance import Glance
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.reading import completing
from artifactctl.catalog.tables import METADATA
from artifactctl.cli import run as run_in_process
from artifactctl.client import Client
from artifactctl.errors import ArtifactctlError
from tests.recorded import Did, record
from tests.security.cells import add_passing_rows

pytestmark = pytest.mark.sweep

NOT_UTF8 = object()
VALUES: tuple[Any, ...] = (
    NOT_UTF8, "../../../outside/x", "/etc/passwd", "..", "", ".", "-rf", "a\x1b[31m\n\u202e\0b",
    "a" * 300, b"\xff\0..", 7, -1, 1.5, 2**62, None, "2026-13-01", "2026-01-01", '{"a": NaN}',
    '{"a": 1e999}', '{"a": "\\ud800"}', "[" * 50_000, "[" * 100 + "]" * 100, "{", "[]", '"x"',
    '{"git": "text", "error": 1, "parameters": [], "environment": 2, "vars": 3, "attempts": "x"}',
    '{"command": {"a": 1}, "source": 1, "ci": 1, "exit_code": [1], "workspace": "../x"}',
    '{"command": [1, null], "vars": [1], "error": {"message": [1], "type": {}}, "file": 3}',
)  # fmt: skip
NAMES = [(table, column) for table, columns in CELLS.items() for column in columns]
LISTINGS = (
    ("artifact", "list", "-o", "json"),
    ("artifact", "version", "list", "-o", "json", "--columns", "all"),
    ("runs", "list", "-o", "json", "--columns", "all"),
    ("pipeline", "list", "-o", "json", "--columns", "all"),
    ("tags", "list", "-o", "json", "--columns", "all"),
)
COMMANDS = (
    ("artifact", "list"),
    ("artifact", "version", "list"),
    ("runs", "list", "--columns", "all"),
    ("pipeline", "list", "--tag", "isnotnull:"),
    ("tags", "list", "--columns", "all"),
    ("artifact", "version", "describe", "x", "-o", "json"),
    ("runs", "describe", "nightly"),
    ("runs", "describe", "nightly", "-o", "json"),
    ("runs", "logs", "nightly"),
    ("compare", "--pipeline", "training"),
    ("compare", "x:1", "x:3"),
    ("lineage", "x:1"),
    ("log", "x"),
    ("log", "--deleted"),
    ("find", "x"),
    ("sql", "SELECT * FROM versions"),
    ("usage",),
    ("metadata", "list", "run:nightly", "--series", "curve", "-o", "json"),
    ("page", "all.html"),
    ("download", "x:1", "out"),
    ("metadata", "log", "run:nightly", "curve=2", "--step", "5"),
    ("restore", "x:2"),
    ("tag", "y", "new"),
    ("tags", "update", "t", "--name", "renamed", "--color", "red"),
    ("tags", "delete", "renamed", "-y"),
    ("artifact", "prune", "--unused", "--dry-run"),
    ("gc", "--grace", "0"),
    ("verify",),
    ("catalog", "rebuild"),
    ("register", "fresh", "f"),
    ("artifact", "version", "delete", "y:1", "-y", "--force"),
)
_touched: list[str] | None = None


def note(event: str, arguments: tuple[Any, ...]) -> None:
    """Hear what is opened for writing, made, renamed and removed."""
    if _touched is None:
        return
    if event == "open" and isinstance(arguments[0], str) and (arguments[2] or 0) & 3:
        _touched.append(arguments[0])
    elif event in ("os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.symlink"):
        _touched.extend(os.fsdecode(item) for item in arguments if isinstance(item, str | bytes))


sys.addaudithook(note)


@contextmanager
def nothing_leaves(*folders: Path) -> Iterator[None]:
    """Nothing but what is in these folders is written in the block."""
    global _touched  # noqa: PLW0603 (a hook stays as long as the process)
    _touched = []
    try:
        yield
    finally:
        touched, _touched = _touched, None
    # What is loaded lies in a folder of the user's among the temporary ones.
    loaded = f"{tempfile.gettempdir()}/artifactctl-"
    allowed = (*(f"{folder}/" for folder in folders), "/dev/", loaded)
    strange = [path for path in touched if os.path.isabs(path) and not path.startswith(allowed)]
    assert [path for path in strange if path not in map(str, folders)] == []
    assert [path for path in touched if ".." in path.split("/")] == []


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with rows in all tables, in a folder with a file `f`."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("f").write_text("one")
        client = Client(folder / "home")
        for name, inputs in (("x", []), ("y", ["x:1"]), ("x", []), ("x", [])):
            metadata = {"k": {"in": 1}, "n": 2}
            client.register(name, "f", tags=["t"], metadata=metadata, inputs=inputs)
        client.delete_artifact_version("x:2")
        client.tag_artifact("x", ["of-all"])
        client.tag("y", ["prod"], exclusive=True)
        Path("o").write_text("made")
        did = Did(inputs={"i": "x:1"}, outputs=["o"], log="said", metadata={"m": {"a": 1}})
        for name in ("gone", "nightly", "other"):
            record(client, name, did, tags=["r"], metadata={"run": {"a": 1}})
        client.log_run_metadata("nightly", {"curve": 0.5}, step=1)
        client.update_artifact_version("x:1", description="described")
        client.tag_pipeline("training", ["of-pipelines"])
        client.delete_pipeline_run("gone")
        client.close()
        add_passing_rows(folder / "home" / "catalog.db")
        yield folder


def put(catalog: Path, table: str, column: str, value: Any) -> bool:
    """Have all rows of a table hold a value, as far as the database takes it; whether it did."""
    place, values = ("CAST(x'ff2e2e2f' AS TEXT)", ()) if value is NOT_UTF8 else ("?", (value,))
    with closing(sqlite3.connect(catalog)) as connection, connection:
        rows = connection.execute(f"SELECT rowid FROM {table}").fetchall()
        assert rows, f"{table} has no rows here"
        # Rather one row than none, where no two may be alike.
        for where, keys in (("1 = 1", ()), ("rowid = ?", rows[0])):
            with suppress(sqlite3.IntegrityError):
                connection.execute(
                    f'UPDATE {table} SET "{column}" = {place} WHERE {where}', (*values, *keys)
                )
                return True
    return False


@pytest.fixture
def here(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return filled


def copied(filled: Path, folder: Path) -> Path:
    """A copy of that home and file, to be spoilt."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(filled, folder)
    return folder / "home"


def command(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> str:
    """Run a command in its home's folder; it ends with a code that is no bug's."""
    os.chdir(home.parent)
    code = run_in_process(["--home", str(home), *words])
    shown = capsys.readouterr()
    assert code not in (1, 70), (words, shown.err)
    assert not set(shown.out) & {"\x1b", "\u202e", "\0"}, words
    assert code == 0 or len(shown.err.splitlines()) >= 1
    return shown.out if code == 0 else ""


def check(capsys: pytest.CaptureFixture[str], filled: Path, folder: Path, *cells: Any) -> None:
    home = copied(filled, folder)
    for table, column, value in cells:
        if not put(home / "catalog.db", table, column, value):
            return
    with nothing_leaves(folder, folder.parent / "data"):
        for words in LISTINGS:
            listed = json.loads(command(capsys, home, *words))  # what is bad is shown, too
            assert set(listed) == {"items", "pagination"}
        for kind in ("name", "version", "tag", "run", "pipeline", "step"):
            with suppress(ArtifactctlError), closing(Glance(home / "catalog.db")) as glance:
                completing.complete(glance, kind, "", "x")  # type: ignore[arg-type]
        for words in COMMANDS:
            command(capsys, home, *words)


def test_every_column_of_every_table_has_a_rule():
    defined = {name: set(table.columns.keys()) for name, table in METADATA.tables.items()}
    assert {table: set(columns) for table, columns in CELLS.items()} == defined


@pytest.mark.slow
@pytest.mark.parametrize("cell", NAMES, ids=".".join)
def test_no_cell_makes_a_command_crash_or_leave_its_home(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], cell: Any
):
    # Each cell meets other values than its neighbours do.
    check(capsys, here, tmp_path / "copy", (*cell, VALUES[NAMES.index(cell) % len(VALUES)]))


@pytest.mark.slow
@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text() | st.binary()),
        min_size=1,
        max_size=4,
    )
)
def test_no_cells_together_make_a_command_crash(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], cells: list[Any]
):
    usual = [(*cell, "?" if is_lone(value) else value) for cell, value in cells]
    check(capsys, here, tmp_path / "copy", *usual)


def is_lone(value: Any) -> bool:
    """Whether it is text that no database takes."""
    return isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value)


@pytest.mark.parametrize("cell", NAMES, ids=".".join)
def test_a_backup_of_which_a_cell_is_none_of_ours_is_not_put_back(
    here: Path, tmp_path: Path, cell: Any
):
    table, column = cell
    home = copied(here, tmp_path / "copy")
    value = 1.5 if column in ("number", "last_number") else b"\xff../x"
    if not put(home / "catalog.db", table, column, value):
        pytest.skip("the tables themselves refuse it")
    if (table.endswith(("metadata", "_leaf")) and column == "number") or table == "catalog":
        pytest.skip("a number compares as what it is; a backup's ID is not used")
    db = SqliteDatabase(
        tmp_path / "ours" / "catalog.db", tmp_path / "ours" / "drafts", lambda: False
    )
    with (
        closing(db),
        pytest.raises(ArtifactctlError) as caught,
        checked_copy(db, home / "catalog.db"),
    ):
        pass
    assert caught.value.exit_code == 6
