"""The promises a home must keep at every moment, checked without any of the product's code.

Every stored version has all its bytes and they hash right; versions of a name are unique, those
that were deleted included; automatic numbers have neither gap nor repeat; what else lies about is
temporary or unreferenced; nothing is anywhere it should not be. Runs refer to versions there are or
were, their logs are there, and their records say what the rows do.
"""

import json
import re
from pathlib import Path
from typing import Any

from blake3 import blake3

from tests.kept import Catalog, Folder, Kept, exists, read_rows

# What a user has hashed for a home.
KNOWN_FILES = re.compile(r"known-files\.\d+")
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
    "series": {"owner", "key", "count", "points"},
}


def check_home(home: Path, *, damaged: bool = False) -> list[dict[str, Any]]:
    """Assert every promise of a home with its catalog and store inside; return its versions.

    `damaged`: bytes, manifests and records may be wrong.
    """
    if not home.exists():
        return []
    store = home / "store"
    _check_places(home, damaged=damaged)
    return check_catalog(home / "catalog.db", Folder(store), damaged=damaged)


def check_catalog(catalog: Catalog, store: Kept, *, damaged: bool = False) -> list[dict[str, Any]]:
    """Assert every promise of a catalog of either engine and any store; return its versions."""
    _check_names(store, damaged=damaged)
    if not exists(catalog):
        assert not store.keys("records"), "records without a catalog"
        return []
    versions = _versions(catalog)
    deleted = read_rows(catalog, _DELETED)
    _check_numbers(versions, deleted)
    _check_seqs(versions, deleted)
    _check_runs(catalog, store, damaged=damaged)
    _check_inputs(catalog, store, damaged=damaged)
    if not damaged:
        for version in versions:
            _check_bytes(version, store)
        _check_names_of_blobs(store)
    return versions


def check_runs(home: Path, *, damaged: bool = False) -> None:
    """Assert every promise of the home about runs; `damaged` as in `check_home`."""
    _check_runs(home / "catalog.db", Folder(home / "store"), damaged=damaged)


def _check_runs(catalog: Catalog, store: Kept, *, damaged: bool) -> None:
    runs = read_rows(catalog, "SELECT * FROM run ORDER BY seq")
    if not runs:
        return
    steps = read_rows(catalog, "SELECT * FROM run_step ORDER BY seq")
    for run in runs:
        _check_run(run, [step for step in steps if step["run_seq"] == run["seq"]])
    if damaged:
        return
    for step in steps:
        _check_log(step, store)
    links = read_rows(catalog, _LINKS)
    for link in links:
        assert link["id"] is not None, (
            f"a step refers to version {link['version_seq']}, that never was"
        )
    for version in read_rows(catalog, _MADE):
        made = (version["producer_run"], version["producer_step"], version["seq"])
        known = [
            (link["run_id"], link["step"], link["version_seq"])
            for link in links
            if link["direction"] == "output"
        ]
        assert made in known, f"run {made[0]} does not know what it made"
    for run in runs:
        _check_record_of_run(run, catalog, store)


def _check_inputs(catalog: Catalog, store: Kept, *, damaged: bool) -> None:
    """What versions were made from there is, or was; their records say it, unless they are late."""
    found: dict[str, list[str]] = {}
    for row in read_rows(catalog, _INPUTS):
        assert damaged or row["input_id"] is not None, "a version was made from one that never was"
        found.setdefault(row["id"], []).append(row["input_id"])
    for record in [] if damaged else _records(store, "version"):
        is_late = [row for row in read_rows(catalog, _LATE) if row["id"] == record["id"]]
        if record["id"] in found and not is_late:
            assert record["inputs"] == found[record["id"]]


def count_versions(home: Path) -> int:
    """How many versions the catalog has."""
    catalog = home / "catalog.db"
    return len(_versions(catalog)) if catalog.exists() else 0


def records(home: Path, kind: str) -> list[dict[str, Any]]:
    """The records of one kind."""
    return _records(Folder(home / "store"), kind)


def _records(store: Kept, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(store.read(key) or b"") for key in store.keys("records")]
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


def _versions(catalog: Catalog) -> list[dict[str, Any]]:
    return read_rows(catalog, _LIVING)


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


def _check_log(step: dict[str, Any], store: Kept) -> None:
    if step["log"] is None:
        return
    digest = step["log"].removeprefix("blake3:")
    content = store.read(f"blobs/{digest[:2]}/{digest}")
    assert content is not None, f"the log of step {step['name']} is missing"
    assert len(content) == step["log_bytes"], f"the log of step {step['name']}"


def _check_record_of_run(run: dict[str, Any], catalog: Catalog, store: Kept) -> None:
    """The record of a run says what its rows do, unless a crash kept it from being written."""
    content = store.read(f"records/{run['id']}.json")
    if content is None:
        assert run["recorded"] < run["revision"], f"run {run['name']} was not recorded"
        return
    record = json.loads(content)
    if record["revision"] < run["revision"]:
        assert run["recorded"] < run["revision"], f"the record of run {run['name']} is late"
        return
    assert record["tags"] == _labels(catalog, "tag", "run", run["seq"])
    assert record["metadata"] == _labels(catalog, "metadata", "run", run["seq"])
    for name in ("id", "name", "pipeline", "status", "started", "ended", "revision"):
        assert record[name] == run[name], f"the record of run {run['name']} has another {name}"
    assert record["details"] == json.loads(run["details"])
    steps = read_rows(catalog, f"SELECT * FROM run_step WHERE run_seq = {run['seq']} ORDER BY seq")
    assert len(steps) == len(record["steps"])
    for step, said in zip(steps, record["steps"], strict=True):
        for name in ("id", "name", "status", "started", "ended", "cache_key", "log", "log_bytes"):
            assert said[name] == step[name], f"the record of step {step['name']} has another {name}"
        assert said["details"] == json.loads(step["details"])
        assert said["metadata"] == _labels(catalog, "metadata", "step", step["seq"])
        links = [link for link in read_rows(catalog, _LINKS) if link["step_seq"] == step["seq"]]
        assert said["version_ids"] == [link["id"] for link in links]
        pairs = [[link["direction"], link["name"]] for link in links]
        assert [version[:2] for version in said["versions"]] == pairs


def _labels(catalog: Catalog, kind: str, owner: str, seq: int) -> Any:
    rows = read_rows(catalog, f"SELECT * FROM {owner}_{kind} WHERE {owner}_seq = {seq}")
    if kind == "tag":
        return sorted(row["tag"] for row in rows)
    return {row["key"]: json.loads(row["value"]) for row in rows}


def assert_gapless(home: Path | str, name: str, count: int) -> None:
    """Assert that the artifact has had exactly the versions 1 to `count`, deleted ones included.

    A text is the URL of a catalog in PostgreSQL.
    """
    catalog = home if isinstance(home, str) else home / "catalog.db"
    rows = [*_versions(catalog), *read_rows(catalog, _DELETED)]
    found = [row["number"] for row in rows if row["name"] == name]
    assert sorted(found) == list(range(1, count + 1))


def _check_bytes(version: dict[str, Any], store: Kept) -> None:
    digest = version["manifest"].removeprefix("blake3:")
    content = store.read(f"manifests/{digest[:2]}/{digest}.json")
    if version["data_deleted"] and content is None:
        return  # brought back from a backup, when everything but the row had gone
    assert content is not None, f"{version['name']}:{version['version']} has no manifest"
    assert blake3(content).hexdigest() == digest, "a manifest is not its digest"
    manifest = json.loads(content)
    assert len(manifest["files"]) == version["file_count"]
    assert sum(file["size"] for file in manifest["files"]) == version["size_bytes"]
    assert manifest.get("link") == version["link"]
    if version["link"] is not None or version["data_deleted"] is not None:
        return
    for file in [*manifest["files"], *(manifest.get("visualizations") or ())]:
        name, what = file["digest"].removeprefix("blake3:"), f"{version['name']}: {file['path']}"
        blob = store.read(f"blobs/{name[:2]}/{name}")
        assert blob is not None, f"{what} is missing"
        assert len(blob) == file["size"], what
        assert blake3(blob).hexdigest() == name, what


def _check_names_of_blobs(store: Kept) -> None:
    for key in store.keys("blobs"):
        _, shard, *rest = key.split("/")
        if len(rest) != 1:
            continue
        (name,) = rest
        assert shard == name[:2]
        assert blake3(store.read(key) or b"").hexdigest() == name, "a blob is not its digest"
        assert not store.is_writable(key), "a blob can be written"


def _linked_inside(home: Path, store: Path) -> set[str]:
    """What lies in the store and is none of its own, because it was linked in its place."""
    if not (home / "catalog.db").exists():
        return set()
    links = read_rows(
        home / "catalog.db", "SELECT link FROM artifact_version WHERE link IS NOT NULL"
    )
    inside = f"file://{store}/"
    return {
        row["link"].removeprefix(inside).partition("/")[0]
        for row in links
        if row["link"].startswith(inside)
    }


def _check_places(home: Path, *, damaged: bool) -> None:
    known = {"config.yaml", "catalog.db", "store", "catalog.db-journal", ".gitignore"}
    known |= {"catalog.db-wal", "catalog.db-shm", "token", "homes", "locks"}
    names = {path.name for path in home.iterdir()} - {*drafts_in(home)}
    assert {name for name in names if not KNOWN_FILES.fullmatch(name)} <= known
    store = home / "store"
    if not store.exists():
        return
    folders = {"blobs", "manifests", "records", "owners", "quarantine", "tmp", "format.json"}
    folders |= {"outputs"}  # steps' own files, which are none of the store's
    assert {path.name for path in store.iterdir()} <= folders | _linked_inside(home, store)


def _check_names(store: Kept, *, damaged: bool) -> None:
    """Nothing but what has a known form is in the folders of which the product knows all."""
    for key in store.keys("tmp"):
        assert TEMPORARY.fullmatch(key.split("/")[1]), f"{key} has no known form"
    for key in store.keys("quarantine"):
        assert SET_ASIDE.fullmatch(key.split("/")[1]), f"{key} has no known form"
    for key in store.keys("records"):
        assert UUID.fullmatch(key.removeprefix("records/").removesuffix(".json"))
        record = json.loads(store.read(key) or b"")
        assert isinstance(record, dict)
        if not damaged:
            assert record["id"] == key.removeprefix("records/").removesuffix(".json")
            missing = RECORDS[record["record"]] - record.keys()
            assert not missing, f"a record lacks {missing}"
