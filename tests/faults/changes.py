"""Commands that change what is there already, and what must be true when one is cut short."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blake3 import blake3

from artifactctl.client import Client
from tests.checker import check_home
from tests.commands import Result
from tests.faults.scenarios import Place, Words, files_of, make_sources
from tests.recorded import Did, record

State = dict[str, list[tuple[Any, ...]]]
Arrange = Callable[[Place, Client], None]
DAMAGED = b"damaged bytes"


def _nothing(_place: Place, _client: Client) -> None:
    """What was registered is all that a command needs."""


@dataclass(frozen=True)
class Change:
    """A command that leaves either what was there or what one whole run leaves.

    `code` is what a whole run ends with, `again` what it may end with when it was done already.
    """

    name: str
    words: Words
    arrange: Arrange = field(default=_nothing)
    code: int = 0
    again: int = 0
    goals: dict[Path, State] = field(default_factory=dict, compare=False)

    def prepare(self, folder: Path) -> Place:
        place = Place(folder)
        place.work.mkdir(parents=True)
        make_sources(place.work)
        with closing(Client(place.home)) as client:
            client.register("x", place.work / "one.txt", metadata={"a": 0, "b": {"c": 1}})
            client.register("x", place.work / "few", tags=["prod"])
            client.register("x", place.work / "big", version="raw")
            client.register("y", place.work / "few" / "a")
            client.register("y", place.work / "few" / "deep", tags=["keep"])
            client.register("l", place.work / "many", link=True)
            self.arrange(place, client)
        return place

    def goal(self, base: Place) -> State:
        """What one whole run leaves."""
        if base.folder not in self.goals:
            with base.copied("goal") as place:
                done = place.run(*self.words)
                assert done.code == self.code, done.err
                found = state_of(place.home)
                assert found is not None
                self.goals[base.folder] = found
        return self.goals[base.folder]

    def judge(self, place: Place, base: Place, broken: Result) -> None:
        """Assert all promises after the fault, and again after the same command has run again."""
        before, goal = state_of(base.home), self.goal(base)
        found = state_of(place.home)
        assert found in (before, goal), "neither what was there nor what a whole run leaves"
        if broken.code == self.code:
            assert found == goal, "the command says that it is done, and it is not"
        self.look(place, base)
        again = place.run(*self.words)
        codes = {self.code, self.again} if found == goal else {self.code}
        assert again.code in codes, again.err
        assert state_of(place.home) == goal
        self.look(place, base)
        _clean_up(place)
        assert state_of(place.home) == goal
        _judge_store(place.home)

    def look(self, place: Place, base: Place) -> None:
        """Assert what is true at every moment."""
        assert _strangers(place) == _strangers(base)
        if state_of(place.home) is not None:
            check_home(place.home, damaged=self.code == 8)
        if self.code == 8:
            store = place.home / "store"
            kept = [path.read_bytes() for path in _files(store / "quarantine")]
            blobs = [path.read_bytes() for path in _files(store / "blobs")]
            assert (kept + blobs).count(DAMAGED) == 1
        backup = place.work / "backup.db"
        if backup.exists():
            with tempfile.TemporaryDirectory() as folder:
                shutil.copy(backup, f"{folder}/catalog.db")
                copy = Path(folder) / "catalog.db"
                assert backup.name in map(str, self.words) or self.name.startswith("restore")
                if not self.name.startswith("restore"):
                    assert _read_state(copy) == state_of(place.home)


def _clean_up(place: Place) -> None:
    """What `verify` and `gc` have to do after anything; damage is healed first."""
    with closing(Client(place.home)) as client:
        client.register("healer", place.work / "few")
        client.delete_artifact("healer")
        assert client.verify() == []
        shutil.copytree(place.home, place.folder / "again")
        client.collect_garbage(grace_s=0)
    again = place.folder / "again"
    (again / "catalog.db").unlink()
    with closing(Client(again)) as client:
        assert client.rebuild_catalog().problems == ()
    assert state_of(again, healer=True) == state_of(place.home, healer=True), "records lack it"
    shutil.rmtree(again)


def _judge_store(home: Path) -> None:
    """Assert that after `gc` there are the bytes of living versions, and nothing else."""
    versions = check_home(home)
    assert _files(home / "store" / "tmp") == []
    needed = {
        digest
        for version in versions
        if version["link"] is None and version["data_deleted"] is None
        for digest in files_of(home, version).values()
    }
    with closing(sqlite3.connect(home / "catalog.db")) as connection:
        logs = connection.execute("SELECT log FROM run_step WHERE log IS NOT NULL").fetchall()
    needed |= {log.removeprefix("blake3:") for (log,) in logs}
    assert {path.name for path in _files(home / "store" / "blobs")} == needed
    manifests = {version["manifest"].removeprefix("blake3:") + ".json" for version in versions}
    assert {path.name for path in _files(home / "store" / "manifests")} == manifests


def state_of(home: Path, *, healer: bool = False) -> State | None:
    """Every row but times, read without the product; None without a catalog.

    `healer`: with the artifact of that name.
    """
    if not (home / "catalog.db").exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        # What a kill left is taken back by whoever opens the catalog next; here, on a copy.
        for path in home.glob("catalog.db*"):
            shutil.copy(path, folder)
        return _read_state(Path(folder) / "catalog.db", healer=healer)


def _read_state(catalog: Path, *, healer: bool = False) -> State:
    spared = "" if healer else "healer"
    with closing(sqlite3.connect(catalog)) as connection:

        def rows(sql: str) -> list[tuple[Any, ...]]:
            owner = "(SELECT seq FROM artifact WHERE name <> ?)"
            return connection.execute(sql.replace("OWNER", owner), (spared,)).fetchall()

        return {
            "artifacts": rows(
                "SELECT id, name, last_number, deleted IS NULL FROM artifact"
                " WHERE seq IN OWNER ORDER BY seq"
            ),
            "versions": rows(
                "SELECT v.seq, v.id, a.id, v.version, v.number, v.type, v.digest, v.manifest,"
                " v.link, v.size_bytes, v.created, v.facts, v.data_deleted IS NULL"
                " FROM artifact_version v JOIN artifact a ON a.seq = v.artifact_seq"
                " WHERE a.seq IN OWNER ORDER BY v.seq"
            ),
            "deletions": rows(
                "SELECT d.seq, d.id, a.id, d.version, d.number FROM deleted_version d"
                " JOIN artifact a ON a.seq = d.artifact_seq"
                " WHERE a.seq IN OWNER ORDER BY d.seq"
            ),
            "artifact tags": rows(
                "SELECT a.id, t.tag FROM artifact_tag t JOIN artifact a ON a.seq = t.artifact_seq"
                " WHERE a.seq IN OWNER ORDER BY a.seq, t.tag"
            ),
            "tags": rows(
                "SELECT v.id, t.tag FROM version_tag t JOIN artifact_version v"
                " ON v.seq = t.version_seq WHERE v.artifact_seq IN OWNER ORDER BY v.seq, t.tag"
            ),
            "metadata": rows(
                "SELECT v.id, m.key, m.value, m.number, m.text FROM version_metadata m"
                " JOIN artifact_version v ON v.seq = m.version_seq"
                " WHERE v.artifact_seq IN OWNER ORDER BY v.seq, m.key"
            ),
            "inputs": rows(
                "SELECT v.id, i.input_seq FROM version_input i JOIN artifact_version v"
                " ON v.seq = i.version_seq WHERE v.artifact_seq IN OWNER ORDER BY v.seq, 2"
            ),
            "runs": rows("SELECT seq, id, name, status FROM run WHERE name <> ? ORDER BY seq"),
            "deleted runs": rows(
                "SELECT seq, id, name FROM deleted_run WHERE name <> ? ORDER BY 1"
            ),
        }


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _strangers(place: Place) -> list[str]:
    """Everything outside of the home, but for a backup and what a kill left of one."""
    return sorted(
        str(path.relative_to(place.folder))
        for path in place.folder.rglob("*")
        if not path.is_relative_to(place.home) and not path.name.startswith(("backup.db", ".b"))
    )


def _delete_some(place: Place, client: Client) -> None:
    client.delete_artifact_version(["x:2", "x:raw"])
    (place.home / "store" / "tmp" / "0123456789abcdef-catalog").write_text("left by a kill")
    (place.home / "store" / "tmp" / "0123456789abcdef-lock").touch()


def _delete_artifact(_place: Place, client: Client) -> None:
    client.tag_artifact("x", ["team"])
    client.delete_artifact("x")


def _damage(place: Place, _client: Client) -> None:
    digest = blake3((place.work / "few" / "b").read_bytes()).hexdigest()
    blob = place.home / "store" / "blobs" / digest[:2] / digest
    blob.chmod(0o644)
    blob.write_bytes(DAMAGED)


def _run(_place: Place, client: Client) -> None:
    for name in ("nightly", "kept"):
        record(client, name, Did(inputs={"x": "x:1"}, outputs=["o"], metadata={"k": {"d": 1}}))


def _back_up_and_go_on(place: Place, client: Client) -> None:
    client.backup_catalog(place.work / "backup.db")
    client.delete_artifact_version("x:2")
    client.delete_artifact("y")
    client.tag("x:1", ["late"])
    client.update_artifact("x", "renamed")
    client.log_metadata("l", {"late": True})
    client.register("renamed", place.work / "many")
    client.register("new", place.work / "one.txt")


def _lose_catalog(place: Place, client: Client) -> None:
    _run(place, client)
    client.delete_artifact_version("x:2")
    client.delete_artifact("y")
    client.update_artifact("x", "renamed")
    client.tag("renamed:1", ["late"])
    client.register("made", place.work / "one.txt", inputs=["renamed:1", "renamed:raw"])
    client.delete_pipeline_run("nightly")
    client.close()
    (place.home / "catalog.db").unlink()


_PULL = ("--from", "theirs", "--trust")


def _bundle(place: Place, _client: Client) -> None:
    """Another home with a run, labels and bytes of all sizes, and a bundle of it."""
    with closing(Client(place.work / "theirs")) as theirs:
        theirs.register("t", place.work / "many", tags=["from"], metadata={"k": {"d": 1}})
        theirs.register("t", place.work / "big", version="raw")
        theirs.register("t", place.work / "few" / "a", inputs=["t:1"])
        theirs.update_artifact("t", add_tags=["of-artifact"])
        record(theirs, "far", Did(inputs={"t": "t:1"}, outputs=["m"], log="said"))
        theirs.export(["t:1", "t:raw", "t:2", "m"], place.work / "theirs.zip")


CHANGES = [
    Change("delete", ("artifact", "version", "delete", "x:2", "x:raw", "--yes"), again=3),
    Change(
        "delete with bytes",
        ("artifact", "version", "delete", "x:2", "x:raw", "--yes", "--delete-data"),
        again=3,
    ),
    Change("delete artifact", ("artifact", "delete", "x", "--yes"), again=3),
    Change("prune", ("artifact", "prune", "--unused", "--keep-tag", "keep", "--yes")),
    Change("prune data", ("artifact", "prune", "x", "--unused", "-a", "--yes")),
    Change("delete runs", ("runs", "delete", "nightly", "--yes"), _run, again=3),
    Change("rename", ("artifact", "update", "x", "-n", "z", "-t", "team"), again=3),
    Change("tag", ("tag", "x:1", "prod", "--exclusive", "--expect", "x:2"), again=4),
    Change("metadata", ("metadata", "log", "x:1", "a=1", 'b={"d": [2]}', "new=text")),
    Change("metadata remove", ("metadata", "remove", "x:1", "a", "b"), again=3),
    Change("describe", ("artifact", "version", "update", "x:1", "--description", "*text*")),
    Change("bring back", ("restore", "x"), _delete_artifact, again=4),
    Change("configure", ("config", "set", "timeout", "30")),
    Change("gc", ("gc", "--grace", "0"), _delete_some),
    Change("verify", ("verify",), _damage, code=8, again=8),
    Change("backup", ("catalog", "backup", "backup.db"), again=4),
    Change("restore", ("catalog", "restore", "backup.db"), _back_up_and_go_on),
    Change("rebuild", ("catalog", "rebuild"), _lose_catalog),
    Change("import", ("import", "theirs.zip", "--trust"), _bundle),
    Change("pull", ("pull", "t:1", "t:raw", "t:2", "m", *_PULL), _bundle),
]
