"""Any order of commands leaves a home that keeps its promises and agrees with a plain model."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from artifactctl.client import Client
from artifactctl.errors import ArtifactctlError, IntegrityError, NotFoundError
from tests.checker import check_home, leftovers
from tests.commands import command, environment
from tests.faults.model import Files, Metadata, Model, RefusedError


def content_of(kind: str) -> bytes:
    return {"long": b"x" * 5000, "big": b"y" * (1 << 20) + b"z"}.get(kind, kind.encode())


names = st.sampled_from(["data", "model", "p::s::output"])
new_names = st.sampled_from(["data", "model", "renamed", "other"])
tags = st.sampled_from(["prod", "raw", "é"])
custom = st.sampled_from(["raw_2023", "v1.0", "5", "05", "12"])
blobs = st.sampled_from(["", "1", "other", "long", "big"]).map(content_of)
trees = st.dictionaries(st.sampled_from(["a", "b.csv", "sub/c", "sub/deep/d"]), blobs, min_size=1)
parts = st.dictionaries(st.sampled_from("uvw"), st.integers(0, 3), max_size=2)
metadata = st.dictionaries(
    st.sampled_from(["acc", "note", "o"]),
    st.integers(-3, 3) | st.sampled_from(["1", "x", True, None, 0.5]) | parts,
    min_size=1,
)

has_versions = precondition(lambda self: self.model.refs())
FACTS = {"content_type": "application/octet-stream"}  # of one.bin
CALLS = ["fsync", "fdatasync", "pwrite64", "write", "rename", "unlink", "openat"]
CAN_KILL = (
    shutil.which("strace") is not None
    and subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode == 0
)


class Home(RuleBasedStateMachine):
    """Every rule does one thing to the home and to the model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="machine"))
        self.home = self.folder / "home"
        self.client = Client(self.home)
        self.model = Model()
        self.backup: Model | None = None
        self.count = 0

    def teardown(self) -> None:
        self.client.close()
        shutil.rmtree(self.folder)

    @rule(
        name=names,
        tree=trees,
        version=st.none() | custom,
        tag=st.none() | tags,
        again=st.booleans(),
    )
    def register(
        self, name: str, tree: Files, version: str | None, tag: str | None, again: bool
    ) -> None:
        marks = [] if tag is None else [tag]
        if again:
            version = None
        path = self.write(tree)

        def do() -> bool:
            return self.client.register(
                name, path, version=version, tags=marks, if_changed=again
            ).is_new

        is_new = self.both(
            do, lambda model: model.register(name, tree, version, marks, if_changed=again)
        )
        assert is_new is None or is_new[0] == is_new[1]
        self.note_ids()

    @rule(name=names, content=blobs)
    def register_a_file(self, name: str, content: bytes) -> None:
        path = self.write({"one.bin": content}) / "one.bin"
        self.both(
            lambda: self.client.register(name, path),
            lambda model: model.register(name, {"one.bin": content}, facts=FACTS),
        )
        self.note_ids()

    @has_versions
    @rule(data=st.data(), add=st.sets(tags), remove=st.sets(tags), exclusive=st.booleans())
    def tag(self, data: st.DataObject, add: set[str], remove: set[str], exclusive: bool) -> None:
        ref = self.choose(data)
        expect = data.draw(st.none() | st.just("") | st.sampled_from(self.model.refs()))
        add -= remove
        self.both(
            lambda: self.client.tag(
                ref, sorted(add), sorted(remove), exclusive=exclusive, expect=expect
            ),
            lambda model: model.tag(ref, add, remove, exclusive=exclusive, expect=expect),
        )

    @has_versions
    @rule(data=st.data(), wanted=metadata)
    def log_metadata(self, data: st.DataObject, wanted: Metadata) -> None:
        ref = self.choose(data)
        self.both(
            lambda: self.client.log_metadata(ref, wanted), lambda model: model.log(ref, wanted)
        )

    @precondition(lambda self: self.model.living())
    @rule(data=st.data(), new=st.none() | new_names, add=st.sets(tags), remove=st.sets(tags))
    def update(self, data: st.DataObject, new: str | None, add: set[str], remove: set[str]) -> None:
        name = self.choose_artifact(data)
        add -= remove
        self.both(
            lambda: self.client.update_artifact(name, new, sorted(add), sorted(remove)),
            lambda model: model.update(name, new, add, remove),
        )

    @has_versions
    @rule(data=st.data(), with_bytes=st.booleans())
    def delete(self, data: st.DataObject, with_bytes: bool) -> None:
        refs = data.draw(st.lists(st.sampled_from(self.model.refs()), min_size=1, max_size=2))
        self.both(
            lambda: self.client.delete_artifact_version(
                refs, delete_from_artifact_store=with_bytes
            ),
            lambda model: model.delete(refs),
        )

    @precondition(lambda self: self.model.living())
    @rule(data=st.data())
    def delete_artifact(self, data: st.DataObject) -> None:
        name = self.choose_artifact(data)
        self.both(
            lambda: self.client.delete_artifact(name), lambda model: model.delete_artifact(name)
        )

    @precondition(lambda self: self.model.living())
    @rule(data=st.data(), keep_last=st.integers(0, 2), keep_tag=tags, only_data=st.booleans())
    def prune(self, data: st.DataObject, keep_last: int, keep_tag: str, only_data: bool) -> None:
        name = self.choose_artifact(data)
        rules = {"keep_last": keep_last, "keep_tags": [keep_tag], "only_artifact": only_data}
        rules |= {"only_versions": False, "delete_from_artifact_store": True}
        plan = self.client.prune_artifacts(names=[name], dry_run=True, **rules)
        done = self.both(
            lambda: self.client.prune_artifacts(names=[name], **rules),
            lambda model: model.prune(name, keep_last, keep_tag, only_data=only_data),
        )
        assert done is not None
        pruning, gone = done
        assert [choice.version.version for choice in plan.going] == gone
        assert len(pruning.deleted) == len(gone)
        assert pruning.freed_bytes == sum(choice.frees_bytes for choice in plan.going)

    @rule()
    def collect_garbage(self) -> None:
        self.client.collect_garbage(grace_s=0)
        found = {path.name for path in (self.home / "store" / "blobs").glob("*/*")}
        assert found == self.model.needed()
        assert leftovers(self.home) == []

    @has_versions
    @rule(data=st.data(), mode=st.sampled_from(["copy", "hardlink", "symlink"]))
    def download(self, data: st.DataObject, mode: str) -> None:
        ref, dest = self.choose(data), self.new_folder()
        _, version = self.model.get(ref)
        if not version.has_data:
            with pytest.raises(NotFoundError):
                self.client.download(ref, dest, mode=mode)
            return
        self.client.download(ref, dest, mode=mode)
        assert read_tree(dest) == version.files

    @has_versions
    @rule(data=st.data())
    def compare(self, data: st.DataObject) -> None:
        first, second = self.choose(data), self.choose(data)
        old, new = self.model.get(first)[1], self.model.get(second)[1]
        found = self.client.diff(first, second)
        files = found.files
        renamed = {item.old_path for item in files.renamed}
        assert {item.path for item in files.removed} | renamed == old.files.keys() - new.files
        renamed = {item.path for item in files.renamed}
        assert {item.path for item in files.added} | renamed == new.files.keys() - old.files
        common = old.files.keys() & new.files.keys()
        changed = {path for path in common if old.files[path] != new.files[path]}
        assert {item.path for item in files.changed} == changed
        assert set(found.tags.added) == new.tags - old.tags
        assert set(found.tags.removed) == old.tags - new.tags

    @rule(tag=tags, least=st.integers(-3, 3))
    def filter(self, tag: str, least: int) -> None:
        self.assert_listed(lambda version: tag in version.tags, tag=tag)
        self.assert_listed(lambda version: tag not in version.tags, tag=f"notequals:{tag}")
        self.assert_listed(
            lambda version: (
                is_number(version.metadata.get("acc")) and version.metadata["acc"] >= least
            ),
            metadata={"acc": f"gte:{least}"},
        )
        self.assert_listed(
            lambda version: (
                isinstance(version.metadata.get("o"), dict)
                and version.metadata["o"].get("u") == abs(least)
            ),
            metadata={"o.u": f"equals:{abs(least)}"},
        )

    @has_versions
    @rule(data=st.data(), harm=st.sampled_from(["flip", "truncate", "delete"]))
    def damage_and_heal(self, data: st.DataObject, harm: str) -> None:
        ref = self.choose(data)
        _, version = self.model.get(ref)
        content = next((content for content in version.files.values() if content), None)
        if content is None or not version.has_data:
            return
        digest = blake3(content).hexdigest()
        blob = self.home / "store" / "blobs" / digest[:2] / digest
        spoil(blob, harm)
        shared = self.model.refs(lambda other: other.has_data and content in other.files.values())
        found = {f"{item.artifact}:{item.version}" for item in self.client.verify()}
        assert found == set(shared)
        assert not blob.exists()
        with pytest.raises(IntegrityError):
            self.client.download(ref, self.new_folder() / "dest")
        self.both(
            lambda: self.client.register("healed", self.write(version.files)),
            lambda model: model.register("healed", version.files),
        )
        self.note_ids()

    @precondition(lambda self: self.model.artifacts)
    @rule()
    def back_up(self) -> None:
        self.client.backup_catalog(self.folder / "backup.db", force=True)
        self.backup = deepcopy(self.model)

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore(self) -> None:
        assert self.backup is not None
        blobs = {path.name for path in (self.home / "store" / "blobs").glob("*/*")}
        manifests = {path.stem for path in (self.home / "store" / "manifests").glob("*/*")}
        lost = [version for _, version in self.backup.versions()]
        lost = [version for version in lost if version.manifest not in manifests]
        if not self.backup.needed() <= blobs or any(version.has_data for version in lost):
            with pytest.raises(IntegrityError):
                self.client.restore_catalog(self.folder / "backup.db")
            return
        assert self.client.restore_catalog(self.folder / "backup.db").problems == ()
        self.model = self.backup.restored(self.model)

    @precondition(lambda self: self.model.artifacts)
    @rule()
    def lose_the_catalog_and_rebuild(self) -> None:
        assert self.client.verify() == []
        self.client.close()
        (self.home / "catalog.db").unlink()
        assert self.client.rebuild_catalog().problems == ()

    @rule()
    def open_again(self) -> None:
        self.client.close()
        self.client = Client(self.home)

    @rule()
    def verify(self) -> None:
        assert self.client.verify() == []

    @precondition(lambda self: CAN_KILL and self.model.refs())
    @rule(data=st.data(), call=st.sampled_from(CALLS), number=st.integers(1, 12), name=names)
    def be_killed(self, data: st.DataObject, call: str, number: int, name: str) -> None:
        """Some command is killed at some call: it is done or it is not, and nothing between."""
        ref = self.choose(data)
        owner = ref.rpartition(":")[0]
        tree = data.draw(trees)
        words, change = data.draw(
            st.sampled_from(
                [
                    (("register", name, self.write(tree)), lambda m: m.register(name, tree)),
                    (("tag", ref, "prod"), lambda m: m.tag(ref, {"prod"}, set())),
                    (("metadata", "log", ref, "acc=3"), lambda m: m.log(ref, {"acc": 3})),
                    (("artifact", "delete", owner, "-y"), lambda m: m.delete_artifact(owner)),
                    (
                        ("artifact", "version", "delete", ref, "-y", "--delete-data"),
                        lambda m: m.delete([ref]),
                    ),
                    (
                        ("artifact", "prune", owner, "--keep-last", "1", "-y"),
                        lambda m: m.prune(owner, 1, "", only_data=False),
                    ),
                    (("gc", "--grace", "0"), nothing),
                    (("verify",), nothing),
                    (("catalog", "rebuild"), nothing),
                ]
            )
        )
        self.client.close()
        inject = f"inject={call}:signal=SIGKILL:when={number + (60 if call == 'openat' else 0)}"
        watched = ["strace", "-qq", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject]
        killed = subprocess.run(
            [*watched, "--", *command(*words)],
            env=environment(self.home, PYTHONDONTWRITEBYTECODE="1"),
            cwd=self.folder,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert killed.returncode in (-9, 0), killed.stderr
        after = deepcopy(self.model)
        change(after)
        if self.shown() != (self.model.shown(), self.model.shown_artifacts()):
            self.model = after
        elif killed.returncode == 0:
            assert self.shown() == (after.shown(), after.shown_artifacts())
            self.model = after
        self.note_ids()

    @invariant()
    def keeps_its_promises(self) -> None:
        check_home(self.home)

    @invariant()
    def agrees_with_the_model(self) -> None:
        assert self.shown() == (self.model.shown(), self.model.shown_artifacts())

    def shown(self) -> tuple[Any, Any]:
        versions = [
            (row.artifact, row.version, set(row.tags), dict(row.metadata), not row.data_deleted)
            for row in self.client.list_artifact_versions(sort_by="desc:created", size=0).items
        ]
        artifacts = {
            (row.name, frozenset(row.tags), row.version_count)
            for row in self.client.list_artifacts(size=0).items
        }
        return versions, artifacts

    def assert_listed(self, condition: Callable[[Any], bool], **filters: Any) -> None:
        found = self.client.list_artifact_versions(sort_by="desc:created", size=0, **filters).items
        assert [row.ref for row in found] == self.model.refs(condition)

    def both(self, do: Callable[[], Any], change: Callable[[Model], Any]) -> tuple[Any, Any] | None:
        """Do it, and change the model likewise; None where both refuse."""
        model = deepcopy(self.model)
        try:
            wanted = change(model)
        except RefusedError as refused:
            with pytest.raises(ArtifactctlError) as caught:
                do()
            code = caught.value.exit_code
            return None if code == refused.code else pytest.fail(f"exit code {code}")
        done = do()
        self.model = model
        return done, wanted

    def note_ids(self) -> None:
        for artifact in self.model.living():
            artifact.id = artifact.id or self.client.get_artifact(artifact.name).id_text
        for owner, version in self.model.versions():
            if not version.manifest:
                uri = self.client.get_artifact_version(f"{owner.name}:{version.name}").uri
                version.manifest = Path(uri).stem

    def choose(self, data: st.DataObject) -> str:
        return str(data.draw(st.sampled_from(self.model.refs())))

    def choose_artifact(self, data: st.DataObject) -> str:
        return str(data.draw(st.sampled_from([item.name for item in self.model.living()])))

    def new_folder(self) -> Path:
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        return folder

    def write(self, tree: Files) -> Path:
        folder = self.new_folder()
        for path, content in tree.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return folder


def nothing(_model: Model) -> None:
    """What commands do that only look, clear away or mend."""


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_tree(folder: Path) -> Files:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def spoil(blob: Path, harm: str) -> None:
    content = blob.read_bytes()
    blob.unlink()
    changed = content[:-1] if harm == "truncate" else bytes([content[0] ^ 1]) + content[1:]
    if harm != "delete":
        blob.write_bytes(changed)
        blob.chmod(0o444)


class LongHome(Home):
    """The same, for longer."""


TestHome = Home.TestCase
TestHome.settings = settings(max_examples=20, stateful_step_count=25)
TestLongHome = pytest.mark.slow(pytest.mark.timeout(3600)(LongHome.TestCase))
TestLongHome.settings = settings(max_examples=400, stateful_step_count=60)
