"""The promises a home must keep at every moment, checked without any of the product's code.

Every stored version has all its bytes and they hash right; versions of a name are unique, those
that were deleted included; automatic numbers have neither gap nor repeat; what else lies about is
temporary or unreferenced; nothing is anywhere it should not be.
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

UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
TEMPORARY = re.compile(r"[0-9a-f]{16}-\w+(-journal|-wal|-shm)?")
SET_ASIDE = re.compile(r"[0-9a-f]{64}(\.json)?\.[0-9a-f]{8}|catalog\.db\.[0-9a-f]{8}.*")
# What a record says of itself, by its kind: see SPEC, "On disk".
RECORDS = {
    "version": {"artifact", "version", "number", "manifest", "tags", "metadata", "facts", "link"},
    "artifact": {"name", "last_number", "tags", "deleted"},
    "deletion": {"artifact", "version", "number", "deleted"},
    "run": {"name", "pipeline", "status", "steps"},
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
    for version in versions:
        if not damaged:
            _check_bytes(version, store)
    if not damaged:
        _check_names_of_blobs(store)
    return versions


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


_LIVING = (
    "SELECT v.*, a.name, a.last_number, a.deleted FROM artifact_version v"
    " JOIN artifact a ON a.seq = v.artifact_seq ORDER BY v.seq"
)
_DELETED = (
    "SELECT d.*, a.name, a.last_number FROM deleted_version d"
    " JOIN artifact a ON a.seq = d.artifact_seq ORDER BY d.seq"
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
    for file in manifest["files"]:
        name = file["digest"].removeprefix("blake3:")
        blob = store / "blobs" / name[:2] / name
        assert blob.stat().st_size == file["size"], f"{version['name']}: {file['path']}"
        assert blake3(blob.read_bytes()).hexdigest() == name, f"{version['name']}: {file['path']}"


def _check_names_of_blobs(store: Path) -> None:
    for blob in (store / "blobs").glob("*/*"):
        assert blob.parent.name == blob.name[:2]
        assert blake3(blob.read_bytes()).hexdigest() == blob.name, "a blob is not its digest"
        assert stat.S_IMODE(blob.stat().st_mode) & 0o222 == 0, "a blob can be written"


def _check_places(home: Path, *, damaged: bool) -> None:
    known = {"config.yaml", "catalog.db", "store", "catalog.db-journal", ".gitignore"}
    known |= {"catalog.db-wal", "catalog.db-shm"}
    assert {path.name for path in home.iterdir()} <= known
    store = home / "store"
    if not store.exists():
        return
    folders = {"blobs", "manifests", "records", "quarantine", "tmp", "format.json"}
    assert {path.name for path in store.iterdir()} <= folders
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
