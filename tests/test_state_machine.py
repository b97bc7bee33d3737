"""Any order of commands leaves a home that keeps its promises and agrees with a plain model."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from artifactctl.client import Client
from artifactctl.errors import ConflictError, IntegrityError
from tests.checker import check_home


def content_of(kind: str) -> bytes:
    return {"long": b"x" * 5000, "big": b"y" * (1 << 20) + b"z"}.get(kind, kind.encode())


names = st.sampled_from(["data", "model", "p::s::output"])
tags = st.sampled_from(["prod", "raw", "é"])
custom = st.sampled_from(["raw_2023", "v1.0", "5", "05", "12"])
blobs = st.sampled_from(["", "1", "other", "long", "big"]).map(content_of)
trees = st.dictionaries(st.sampled_from(["a", "b.csv", "sub/c", "sub/deep/d"]), blobs, min_size=1)

Key = tuple[str, str]
Files = dict[str, bytes]


class Home(RuleBasedStateMachine):
    """`files` and `tags` say what the home must have, `last` the highest number of each name."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="machine"))
        self.home = self.folder / "home"
        self.client = Client(self.home)
        self.files: dict[Key, Files] = {}
        self.tags: dict[Key, set[str]] = {}
        self.last: dict[str, int] = {}
        self.count = 0

    def teardown(self) -> None:
        self.client.close()
        shutil.rmtree(self.folder)

    @rule(name=names, tree=trees, version=st.none() | custom, tag=st.none() | tags)
    def register_a_folder(self, name: str, tree: Files, version: str | None, tag: str | None):
        self.register(name, self.write(tree), tree, version, tag)

    @rule(name=names, content=blobs, version=st.none() | custom)
    def register_a_file(self, name: str, content: bytes, version: str | None) -> None:
        folder = self.write({"one.bin": content})
        self.register(name, folder / "one.bin", {"one.bin": content}, version, None)

    @rule(name=names, tree=trees, tag=tags)
    def register_what_may_be_unchanged(self, name: str, tree: Files, tag: str) -> None:
        latest = self.latest(name)
        done = self.client.register(name, self.write(tree), tags=[tag], if_changed=True)
        assert done.is_new == (latest is None or self.files[latest] != tree)
        if done.is_new:
            self.note(name, done.version.version, tree, {tag})
        else:
            assert done.version.version == latest[1]
            self.tags[latest] |= {tag}

    @precondition(lambda self: self.files)
    @rule(data=st.data(), add=st.sets(tags), remove=st.sets(tags), exclusive=st.booleans())
    def tag(self, data: st.DataObject, add: set[str], remove: set[str], exclusive: bool) -> None:
        key = self.choose(data)
        self.client.tag(ref(key), sorted(add - remove), sorted(remove), exclusive=exclusive)
        if exclusive:
            for other in self.tags:
                if other[0] == key[0] and other != key:
                    self.tags[other] -= add - remove
        self.tags[key] = (self.tags[key] | add) - remove

    @precondition(lambda self: self.files)
    @rule(data=st.data(), mode=st.sampled_from(["copy", "hardlink", "symlink"]))
    def download(self, data: st.DataObject, mode: str) -> None:
        key = self.choose(data)
        dest = self.new_folder()
        self.client.download(ref(key), dest, mode=mode)
        assert read_tree(dest) == self.files[key]

    @precondition(lambda self: self.files)
    @rule(data=st.data(), harm=st.sampled_from(["flip", "truncate", "delete"]))
    def damage_and_heal(self, data: st.DataObject, harm: str) -> None:
        key = self.choose(data)
        blob = self.blob_of(key)
        if blob is None:
            return
        spoil(blob, harm)
        assert ref(key) in {f"{found.artifact}:{found.version}" for found in self.client.verify()}
        with pytest.raises(IntegrityError):
            self.client.download(ref(key), self.new_folder() / "dest")
        self.client.register("healed", self.write(self.files[key]))
        self.note("healed", str(self.last.get("healed", 0) + 1), self.files[key], set())

    @rule()
    def open_again(self) -> None:
        self.client.close()
        self.client = Client(self.home)

    @rule()
    def verify(self) -> None:
        assert self.client.verify() == []

    @invariant()
    def keeps_its_promises(self) -> None:
        check_home(self.home)

    @invariant()
    def agrees_with_the_model(self) -> None:
        found = self.client.list_artifact_versions(size=0).items
        listed = {(row.artifact, row.version): set(row.tags) for row in found}
        assert listed == self.tags
        assert [(row.artifact, row.version) for row in found] == [*self.files][::-1]

    def register(
        self, name: str, path: Path, tree: Files, version: str | None, tag: str | None
    ) -> None:
        marks = [] if tag is None else [tag]
        if version is not None and (name, version) in self.files:
            with pytest.raises(ConflictError):
                self.client.register(name, path, version=version, tags=marks)
            return
        made = self.client.register(name, path, version=version, tags=marks).version
        assert made.version == (version or str(self.last.get(name, 0) + 1))
        self.note(name, made.version, tree, set(marks))

    def note(self, name: str, version: str, tree: Files, marks: set[str]) -> None:
        self.files[name, version] = tree
        self.tags[name, version] = marks
        if version.isdigit() and not version.startswith("0"):
            self.last[name] = max(self.last.get(name, 0), int(version))

    def latest(self, name: str) -> Key | None:
        return next((key for key in reversed(self.files) if key[0] == name), None)

    def choose(self, data: st.DataObject) -> Key:
        return data.draw(st.sampled_from([*self.files]))

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

    def blob_of(self, key: Key) -> Path | None:
        files = self.client.describe_artifact_version(ref(key)).files
        digests = [str(file.digest)[7:] for file in files if file.size_bytes]
        blobs = self.home / "store" / "blobs"
        return blobs / digests[0][:2] / digests[0] if digests else None


def ref(key: Key) -> str:
    return f"{key[0]}:{key[1]}"


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


TestHome = Home.TestCase
TestHome.settings = settings(max_examples=25, stateful_step_count=20)
