"""Which files `sources` means, and which are read for it."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.digests import digest_of
from artifactctl.pipelines.commands import keys
from artifactctl.pipelines.commands.keys import FileDigests, expand
from artifactctl.transfer.known_files import KnownFiles
from tests.on_disk import trusted_folder

FILES = [
    *("a.py", "b.txt", ".hidden.py", "src/c.py", "src/deep/d.py", "src/.tool/e.py"),
    *(".git/f.py", "src/__pycache__/g.py", "home/store/h.py"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "round").symlink_to(".")
    (tmp_path / "src" / "again").symlink_to("..")
    (tmp_path / "link.py").symlink_to("a.py")
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.py", ["a.py"]),
        ("*.py", ["a.py", "link.py"]),
        ("**/*.py", ["a.py", "link.py", "src/c.py", "src/deep/d.py"]),
        ("src", ["src/.tool/e.py", "src/c.py", "src/deep/d.py"]),
        ("src/*", ["src/c.py", "src/deep/d.py"]),
        ("src/**/d.py", ["src/deep/d.py"]),
        ("src/.tool/*", ["src/.tool/e.py"]),
        (".h*", [".hidden.py"]),
        ("./src/deep/../c.py", ["src/deep/../c.py"]),
        ("[ab].*", ["a.py", "b.txt"]),
        ("nothing/**", []),
        ("*.nothing", []),
    ],
)
def test_a_pattern_means(tree: Path, pattern: str, found: list[str]) -> None:
    paths = expand(tree, pattern, [str(tree / "home")])
    assert sorted(path.removeprefix(f"{tree}/") for path in paths) == found


def test_the_whole_folder_is_all_but_the_home_and_what_tools_keep(tree: Path) -> None:
    own = [str(tree / "home")]
    meant = {*FILES[:6], "link.py"}
    assert {path.removeprefix(f"{tree}/./").removeprefix(f"{tree}/")
            for path in expand(tree, ".", own)} == meant  # fmt: skip
    assert {*expand(tree, str(tree), own)} == {str(tree / name) for name in meant}


@pytest.fixture
def on_disk() -> Iterator[Path]:
    with trusted_folder() as folder:
        yield folder


def test_a_big_file_is_read_once_by_all_processes(
    on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, small = on_disk / "big", on_disk / "small"
    path.write_bytes(b"x" * (2 << 20))
    small.write_bytes(b"x")
    time.sleep(0.05)
    read: list[int] = []
    hashed = keys.hash_file

    def watched(descriptor: int) -> tuple[str, int]:
        read.append(os.fstat(descriptor).st_ino)
        return hashed(descriptor)

    monkeypatch.setattr(keys, "hash_file", watched)
    for _ in range(3):
        known = KnownFiles(str(on_disk / "table"), lambda: "secret", grain_ns=40_000_000)
        with closing(FileDigests(known_files=known)) as digests:
            assert digests.of(str(path)) == digest_of(b"x" * (2 << 20))
            assert digests.of(str(small)) == digest_of(b"x")
    assert read.count(path.stat().st_ino) == 1
    assert read.count(small.stat().st_ino) == 3
