"""The promises a home must keep at every moment, checked without any of the product's code.

Every stored version has all its bytes and they hash right; versions of a name are unique, those
that were deleted included; automatic numbers have neither gap nor repeat; what else lies about is
temporary or unreferenced; nothing is anywhere it should not be. Runs refer to versions there are or
were, their logs are there, and their records say what the rows do.
"""

import json
import re
import shutil
import sqlite3
import stat
import tempfile
from pathlib import Path
from typing import Any

from blake3 import blake3

# What a process that was killed leaves of a home's token or settings.
DRAFT = re.compile(r"[0-9a-f]{16}-(lock|draft)")
UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
TEMPORARY = re.compile(r"[0-9a-f]{16}-\w+(-journal|-wal|-shm)?")
SET_ASIDE = re.compile(r"[0-9a-f]{64}(\.json)?\.[0-9a-f]{8}|catalog\.db\.[0-9a-f]{8}.*")
# What a record says of itself, by its kind: see SPEC, "On disk".
RECORDS = {
    "version": {"artifact", "version", "number", "manifest", "tags", "metadata", "facts", "link"},
    "artifact": {"name", "last_number", "tags", "deleted"},
    "deletion": {"artifact", "version", "number", "deleted"},
    "run": {"name", "pipeline", "status", "steps"},
    "run_deletion": {"name", "pipeline", "started", "deleted"},
    "tag": {"name", "exclusive"},
    "pipeline": {"name", "tags"},
}


def check_home(home: Path, *, damaged: bool = False) -> list[dict[str, Any]]:
    """Assert every promise of the home; return its versions.

    `damaged`: bytes, manifests and records may be wrong.
    """
    if not home.exists():
        return []
    store = home / "store"
    _check_places(home, damaged=damaged)
    if not (home / "catalog.db").exists():
        assert not list((store / "records").glob("*")), "records without a catalog"
        return []
    versions = _versions(home / "catalog.db")
    deleted = _read(home / "catalog.db", _DELETED)
    _check_numbers(versions, deleted)
    _check_seqs(versions, deleted)
    check_runs(home, damaged=damaged)
    _check_inputs(home, damaged=damaged)
    for version in versions:
        if not damaged:
            _check_bytes(version, store)
    if not damaged:
        _check_names_of_blobs(store)
    return versions


def check_runs(home: Path, *, damaged: bool = False) -> None:
    """Assert every promise of the home about runs; `damaged` as in `check_home`."""
    catalog = home / "catalog.db"
    runs = _read(catalog, "SELECT * FROM run ORDER BY seq")
    if not runs:
        return
    steps = _read(catalog, "SELECT * FROM run_step ORDER BY seq")
    for run in runs:
        _check_run(run, [step for step in steps if step["run_seq"] == run["seq"]])
    if damaged:
        return
    for step in steps:
        _check_log(step, home)
    links = _read(catalog, _LINKS)
    for link in links:
        assert link["id"] is not None, (
            f"a step refers to version {link['version_seq']}, that never was"
        )
    for version in _read(catalog, _MADE):
        made = (version["producer_run"], version["producer_step"], version["seq"])
        known = [
            (link["run_id"], link["step"], link["version_seq"])
            for link in links
            if link["direction"] == "output"
        ]
        assert made in known, f"run {made[0]} does not know what it made"
    for run in runs:
        _check_record_of_run(run, home)


def _check_inputs(home: Path, *, damaged: bool) -> None:
    """What versions were made from there is, or was; their records say it, unless they are late."""
    found: dict[str, list[str]] = {}
    for row in _read(home / "catalog.db", _INPUTS):
        assert damaged or row["input_id"] is not None, "a version was made from one that never was"
        found.setdefault(row["id"], []).append(row["input_id"])
    for record in [] if damaged else records(home, "version"):
        is_late = [row for row in _read(home / "catalog.db", _LATE) if row["id"] == record["id"]]
        if record["id"] in found and not is_late:
            assert record["inputs"] == found[record["id"]]


def count_versions(home: Path) -> int:
    """How many versions the catalog has."""
    return len(_versions(home / "catalog.db")) if (home / "catalog.db").exists() else 0


def records(home: Path, kind: str) -> list[dict[str, Any]]:
    """The records of one kind."""
    found = [json.loads(path.read_bytes()) for path in (home / "store" / "records").glob("*")]
    return [record for record in found if record["record"] == kind]


def leftovers(home: Path) -> list[str]:
    """Temporary files that something cut short left behind."""
    return sorted(path.name for path in (home / "store" / "tmp").glob("*"))


def drafts_in(folder: Path) -> list[str]:
    """Drafts of files in a home, or of tokens in the user's folder, that a kill left."""
    return sorted(path.name for path in folder.glob("*") if DRAFT.fullmatch(path.name))


_LIVING = (
    "SELECT v.*, a.name, a.last_number, a.deleted FROM artifact_version v"
    " JOIN artifact a ON a.seq = v.artifact_seq ORDER BY v.seq"
)
_DELETED = (
    "SELECT d.*, a.name, a.last_number FROM deleted_version d"
    " JOIN artifact a ON a.seq = d.artifact_seq ORDER BY d.seq"
)


_LINKS = (
    "SELECT u.*, s.name AS step, r.id AS run_id, COALESCE(v.id, d.id) AS id FROM step_version u"
    " JOIN run_step s ON s.seq = u.step_seq JOIN run r ON r.seq = s.run_seq"
    " LEFT JOIN artifact_version v ON v.seq = u.version_seq"
    " LEFT JOIN deleted_version d ON d.seq = u.version_seq"
    " ORDER BY u.step_seq, u.direction, u.name, u.version_seq"
)
_INPUTS = (
    "SELECT v.id, COALESCE(w.id, d.id) AS input_id FROM version_input i"
    " JOIN artifact_version v ON v.seq = i.version_seq"
    " LEFT JOIN artifact_version w ON w.seq = i.input_seq"
    " LEFT JOIN deleted_version d ON d.seq = i.input_seq ORDER BY i.version_seq, i.input_seq"
)
_LATE = "SELECT id FROM artifact_version WHERE recorded < revision"
_MADE = (
    "SELECT v.* FROM artifact_version v JOIN run r ON r.id = v.producer_run"
    " WHERE v.producer_step IS NOT NULL"
)


def _versions(catalog: Path) -> list[dict[str, Any]]:
    return _read(catalog, _LIVING)


def _read(catalog: Path, sql: str) -> list[dict[str, Any]]:
    journal = catalog.with_name(f"{catalog.name}-journal")
    if not journal.exists():
        return _read_rows(catalog, sql)
    # What a kill left is taken back by the next one to open the catalog; here, on a copy.
    with tempfile.TemporaryDirectory() as folder:
        for path in (catalog, journal):
            shutil.copy(path, folder)
        return _read_rows(Path(folder) / catalog.name, sql, mode="rw")


def _read_rows(catalog: Path, sql: str, mode: str = "ro") -> list[dict[str, Any]]:
    connection = sqlite3.connect(f"file:{catalog}?mode={mode}", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = connection.execute(sql).fetchall()
    finally:
        connection.close()
    return [dict(row) for row in rows]


def _check_numbers(versions: list[dict[str, Any]], deleted: list[dict[str, Any]]) -> None:
    seen = set()
    for version in [*versions, *deleted]:
        key = (version["name"], version["version"])
        assert key not in seen, f"{key} exists twice"
        seen.add(key)
        if version["number"] is not None:
            assert str(version["number"]) == version["version"]
            assert version["number"] <= version["last_number"], f"{key} is not used up"
    for version in versions:
        assert version["deleted"] is None, f"{version['name']} is deleted and has a version"


def _check_seqs(versions: list[dict[str, Any]], deleted: list[dict[str, Any]]) -> None:
    """The order of allocation, and IDs, are never used twice."""
    for key in ("seq", "id"):
        values = [row[key] for row in [*versions, *deleted]]
        assert len(set(values)) == len(values), f"a {key} was used twice"


def _check_run(run: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    name = run["name"]
    assert run["status"] in {"running", "completed", "failed", "cancelled"}, name
    if run["status"] == "running":
        assert run["ended"] is None, f"run {name} ended and is running"
    for step in steps:
        assert step["status"] in {"running", "completed", "cached", "failed", "cancelled"}, name
        if step["status"] == "running":
            assert run["status"] == "running", f"a step of {name} outlived it"
            assert (step["ended"], step["log"]) == (None, None), f"a step of {name} ended twice"


def _check_log(step: dict[str, Any], home: Path) -> None:
    if step["log"] is None:
        return
    digest = step["log"].removeprefix("blake3:")
    blob = home / "store" / "blobs" / digest[:2] / digest
    assert blob.stat().st_size == step["log_bytes"], f"the log of step {step['name']}"


def _check_record_of_run(run: dict[str, Any], home: Path) -> None:
    """The record of a run says what its rows do, unless a crash kept it from being written."""
    path = home / "store" / "records" / f"{run['id']}.json"
    if not path.exists():
        assert run["recorded"] < run["revision"], f"run {run['name']} was not recorded"
        return
    record = json.loads(path.read_bytes())
    if record["revision"] < run["revision"]:
        assert run["recorded"] < run["revision"], f"the record of run {run['name']} is late"
        return
    catalog = home / "catalog.db"
    assert record["tags"] == _labels(catalog, "tag", "run", run["seq"])
    assert record["metadata"] == _labels(catalog, "metadata", "run", run["seq"])
    for name in ("id", "name", "pipeline", "status", "started", "ended", "revision"):
        assert record[name] == run[name], f"the record of run {run['name']} has another {name}"
    assert record["details"] == json.loads(run["details"])
    steps = _read(catalog, f"SELECT * FROM run_step WHERE run_seq = {run['seq']} ORDER BY seq")
    assert len(steps) == len(record["steps"])
    for step, said in zip(steps, record["steps"], strict=True):
        for name in ("id", "name", "status", "started", "ended", "cache_key", "log", "log_bytes"):
            assert said[name] == step[name], f"the record of step {step['name']} has another {name}"
        assert said["details"] == json.loads(step["details"])
        assert said["metadata"] == _labels(catalog, "metadata", "step", step["seq"])
        links = [link for link in _read(catalog, _LINKS) if link["step_seq"] == step["seq"]]
        assert said["version_ids"] == [link["id"] for link in links]
        pairs = [[link["direction"], link["name"]] for link in links]
        assert [version[:2] for version in said["versions"]] == pairs


def _labels(catalog: Path, kind: str, owner: str, seq: int) -> Any:
    rows = _read(catalog, f"SELECT * FROM {owner}_{kind} WHERE {owner}_seq = {seq}")
    if kind == "tag":
        return sorted(row["tag"] for row in rows)
    return {row["key"]: json.loads(row["value"]) for row in rows}


def assert_gapless(home: Path, name: str, count: int) -> None:
    """Assert that the artifact has had exactly the versions 1 to `count`, deleted ones included."""
    catalog = home / "catalog.db"
    rows = [*_versions(catalog), *_read(catalog, _DELETED)]
    found = [row["number"] for row in rows if row["name"] == name]
    assert sorted(found) == list(range(1, count + 1))


def _check_bytes(version: dict[str, Any], store: Path) -> None:
    digest = version["manifest"].removeprefix("blake3:")
    if (
        version["data_deleted"]
        and not (store / "manifests" / digest[:2] / f"{digest}.json").exists()
    ):
        return  # brought back from a backup, when everything but the row had gone
    content = (store / "manifests" / digest[:2] / f"{digest}.json").read_bytes()
    assert blake3(content).hexdigest() == digest, "a manifest is not its digest"
    manifest = json.loads(content)
    assert len(manifest["files"]) == version["file_count"]
    assert sum(file["size"] for file in manifest["files"]) == version["size_bytes"]
    assert manifest.get("link") == version["link"]
    if version["link"] is not None or version["data_deleted"] is not None:
        return
    for file in [*manifest["files"], *(manifest.get("visualizations") or ())]:
        name = file["digest"].removeprefix("blake3:")
        blob = store / "blobs" / name[:2] / name
        assert blob.stat().st_size == file["size"], f"{version['name']}: {file['path']}"
        assert blake3(blob.read_bytes()).hexdigest() == name, f"{version['name']}: {file['path']}"


def _check_names_of_blobs(store: Path) -> None:
    for blob in (store / "blobs").glob("*/*"):
        assert blob.parent.name == blob.name[:2]
        assert blake3(blob.read_bytes()).hexdigest() == blob.name, "a blob is not its digest"
        assert stat.S_IMODE(blob.stat().st_mode) & 0o222 == 0, "a blob can be written"


def _linked_inside(home: Path, store: Path) -> set[str]:
    """What lies in the store and is none of its own, because it was linked in its place."""
    if not (home / "catalog.db").exists():
        return set()
    links = _read(home / "catalog.db", "SELECT link FROM artifact_version WHERE link IS NOT NULL")
    inside = f"file://{store}/"
    return {
        row["link"].removeprefix(inside).partition("/")[0]
        for row in links
        if row["link"].startswith(inside)
    }


def _check_places(home: Path, *, damaged: bool) -> None:
    known = {"config.yaml", "catalog.db", "store", "catalog.db-journal", ".gitignore"}
    known |= {"catalog.db-wal", "catalog.db-shm", "token", "homes", "locks"}
    assert {path.name for path in home.iterdir()} - {*drafts_in(home)} <= known
    store = home / "store"
    if not store.exists():
        return
    folders = {"blobs", "manifests", "records", "owners", "quarantine", "tmp", "format.json"}
    folders |= {"outputs"}  # steps' own files, which are none of the store's
    assert {path.name for path in store.iterdir()} <= folders | _linked_inside(home, store)
    for path in (store / "tmp").glob("*"):
        assert TEMPORARY.fullmatch(path.name), f"tmp/{path.name} has no known form"
    for path in (store / "quarantine").glob("*"):
        assert SET_ASIDE.fullmatch(path.name), f"quarantine/{path.name} has no known form"
    for path in (store / "records").glob("*"):
        assert UUID.fullmatch(path.name.removesuffix(".json"))
        record = json.loads(path.read_bytes())
        assert isinstance(record, dict)
        if not damaged:
            assert record["id"] == path.name.removesuffix(".json")
            missing = RECORDS[record["record"]] - record.keys()
            assert not missing, f"a record lacks {missing}"
