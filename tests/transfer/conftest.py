"""A store, trees of files in it, and manifests of them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from artifactctl.enums import VersionKind
from artifactctl.manifest import Manifest
from artifactctl.selection import Selection
from artifactctl.store.local import LocalStore
from artifactctl.transfer import (
    CollectOptions,
    DownloadOptions,
    DownloadPlan,
    collect,
    plan_download,
    upload,
)

Tree = Mapping[str, bytes]
TREE: Tree = {
    "a.csv": b"1,2\n",
    "sub/b.csv": b"3,4\n" * 500,
    "sub/deep/c.bin": b"",
    "run.sh": b"#!",
}


def write_tree(folder: Path, tree: Tree) -> Path:
    """Make these files."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def read_tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def planned(manifest: Manifest, dest: Path, **options: object) -> DownloadPlan:
    """The plan of a download to `dest`."""
    selection = options.pop("selection", Selection())
    return plan_download(manifest, "name", str(dest), DownloadOptions(selection, **options))


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def stored(store: LocalStore, tmp_path: Path) -> Callable[[Tree], Manifest]:
    """Stores a tree; gives its manifest."""

    def put(tree: Tree) -> Manifest:
        folder = write_tree(tmp_path / "source" / str(len(list(tmp_path.glob("source/*")))), tree)
        manifest = upload(collect([str(folder)], CollectOptions()), store)
        assert manifest.kind is VersionKind.FOLDER
        return manifest

    return put


@pytest.fixture
def stored_file(store: LocalStore, tmp_path: Path) -> Callable[[bytes], Manifest]:
    """Stores a file called `f.bin`; gives its manifest."""

    def put(content: bytes) -> Manifest:
        path = write_tree(tmp_path / "source", {"f.bin": content}) / "f.bin"
        return upload(collect([str(path)], CollectOptions()), store)

    return put
