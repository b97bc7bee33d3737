"""Drafts: who works on one is known for as long as it lives, and what the dead leave is removed."""

import os
import re
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from artifactctl import drafts
from artifactctl.client import Client
from artifactctl.drafts import abandoned, clear_drafts, replace, reserve, write_new
from artifactctl.home.trusting import trust_home
from artifactctl.settings import make_home
from tests.checker import check_home, drafts_in
from tests.store.places import at_once, open_descriptors
from tests.store.test_listing_and_clearing import working


def is_abandoned(folder: Path, prefix: str) -> bool:
    with abandoned(str(folder), prefix) as found:
        return found


def test_a_prefix_is_in_use_inside_of_the_block_and_free_behind_it(tmp_path: Path) -> None:
    with reserve(str(tmp_path)) as prefix:
        assert re.fullmatch("[0-9a-f]{16}", prefix)
        (lock,) = tmp_path.iterdir()
        assert lock.name == f"{prefix}-lock"
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600
        assert not is_abandoned(tmp_path, prefix)
    assert list(tmp_path.iterdir()) == []
    assert is_abandoned(tmp_path, prefix)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_prefix_is_given_up_whatever_happens(tmp_path: Path, error: type[BaseException]) -> None:
    before = open_descriptors()
    with pytest.raises(error), reserve(str(tmp_path)):
        raise error
    assert list(tmp_path.iterdir()) == []
    assert open_descriptors() == before


def test_another_process_is_seen_to_work_until_it_dies(tmp_path: Path) -> None:
    with working(tmp_path) as (process, prefix):
        assert not is_abandoned(tmp_path, prefix)
        process.kill()
        process.wait()
        assert is_abandoned(tmp_path, prefix)
        assert (tmp_path / f"{prefix}-lock").exists()


def test_while_somebody_clears_up_nobody_else_does(tmp_path: Path) -> None:
    (tmp_path / "0123456789abcdef-lock").touch()
    with abandoned(str(tmp_path), "0123456789abcdef") as first:
        assert first
        assert not is_abandoned(tmp_path, "0123456789abcdef")
    assert is_abandoned(tmp_path, "0123456789abcdef")


def test_a_sign_that_is_cleared_away_before_it_is_locked_is_not_relied_upon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = drafts._lock
    lost: list[str] = []

    def lock(descriptor: int) -> bool:
        if not lost:
            lost.append(os.readlink(f"/proc/self/fd/{descriptor}"))
            os.unlink(lost[0])
        return real(descriptor)

    monkeypatch.setattr(drafts, "_lock", lock)
    with reserve(str(tmp_path)) as prefix:
        assert prefix not in lost[0]
        assert (tmp_path / f"{prefix}-lock").exists()


def test_nobody_shares_a_prefix(tmp_path: Path) -> None:
    seen: list[str] = []

    def act(_number: int) -> None:
        for _ in range(20):
            with reserve(str(tmp_path)) as prefix:
                seen.append(prefix)

    at_once(4, act)
    assert len(set(seen)) == 80
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_written_new_is_whole_and_replaces_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_new(file, b"first")
    with pytest.raises(FileExistsError):
        write_new(file, b"second")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"first", 0o600)
    replace(file, b"third")
    assert file.read_bytes() == b"third"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"kept")
    (tmp_path / "file").symlink_to("victim")
    replace(tmp_path / "file", b"new")
    assert (tmp_path / "victim").read_bytes() == b"kept"
    assert not (tmp_path / "file").is_symlink()


def test_only_drafts_that_nobody_works_on_are_removed(tmp_path: Path) -> None:
    kept = ["file", "0123456789abcdef", "0123456789abcdef-work", "0123456789ABCDEF-draft"]
    for name in (*kept, "0123456789abcdef-draft", "0123456789abcdef-lock"):
        (tmp_path / name).write_bytes(b"12345")
    (tmp_path / "1123456789abcdef-draft").symlink_to("file")
    (tmp_path / "2123456789abcdef-draft").mkdir()
    os.mkfifo(tmp_path / "3123456789abcdef-draft")
    before = sorted(tmp_path.iterdir())
    assert clear_drafts(tmp_path, dry_run=True) == [5, 5]
    with reserve(str(tmp_path)) as prefix:
        (tmp_path / f"{prefix}-draft").touch()
        assert clear_drafts(tmp_path) == [5, 5]
        assert (tmp_path / f"{prefix}-draft").exists()
        (tmp_path / f"{prefix}-draft").unlink()
    gone = {"0123456789abcdef-draft", "0123456789abcdef-lock"}
    assert sorted(tmp_path.iterdir()) == [path for path in before if path.name not in gone]
    assert clear_drafts(tmp_path / "missing") == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_drafts_of_another_user_stay(tmp_path: Path) -> None:
    draft = tmp_path / "0123456789abcdef-draft"
    draft.touch()
    os.chown(draft, 65534, 65534)
    assert clear_drafts(tmp_path) == []
    assert draft.exists()


@pytest.mark.parametrize("files_before", range(2))
def test_what_a_first_register_leaves_that_dies_is_removed_by_the_next(
    home: Path, work: Path, files_before: int, user_homes: Path
) -> None:
    (work / "f").write_text("x")
    _die(files_before, lambda: Client(home).register("x", work / "f"))
    assert drafts_in(home) or drafts_in(user_homes)
    Client(home).register("x", work / "f")
    assert [*drafts_in(home), *drafts_in(user_homes)] == []


@pytest.mark.parametrize("files_before", range(4))
def test_what_an_init_leaves_that_dies_is_removed_by_gc(
    home: Path, files_before: int, user_homes: Path
) -> None:
    _die(files_before, lambda: make_home(home, store="store"))
    assert drafts_in(home) or drafts_in(user_homes)
    _assert_gc_counts_and_removes_them(home, user_homes)


@pytest.mark.parametrize("files_before", range(2))
def test_what_a_trust_leaves_that_dies_is_removed_by_gc(
    home: Path, work: Path, files_before: int, user_homes: Path
) -> None:
    (work / "f").write_text("x")
    Client(home).register("x", work / "f")
    (home / "token").unlink()
    _die(files_before, lambda: trust_home(home, shared=False))
    assert drafts_in(home) or drafts_in(user_homes)
    _assert_gc_counts_and_removes_them(home, user_homes)


def test_what_making_a_catalog_leaves_that_dies_is_removed_by_gc_wherever_the_store_is(
    home: Path, work: Path, user_homes: Path
) -> None:
    (work / "f").write_text("x")
    make_home(home, store=str(work / "elsewhere"))
    _die(0, lambda: Client(home).register("x", work / "f"))
    assert len(list((home / "store" / "tmp").iterdir())) == 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTIFACTCTL_STORE", str(work / "elsewhere"))
        _assert_gc_counts_and_removes_them(home, user_homes)
    assert list((home / "store" / "tmp").iterdir()) == []


def test_drafts_beside_a_catalog_that_is_elsewhere_are_removed_by_gc(
    home: Path, work: Path, user_homes: Path
) -> None:
    make_home(home, catalog=str(work / "catalog.db"))
    for kind in ("catalog", "catalog-journal", "lock", "notes"):
        (work / f"0123456789abcdef-{kind}").touch()
    _assert_gc_counts_and_removes_them(home, user_homes)
    assert "0123456789abcdef-notes" in os.listdir(work)


@pytest.fixture
def user_homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's data folder has the tokens of homes."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "artifactctl" / "homes"


def _die(files_before: int, act: Callable[[], object]) -> None:
    """Have a child process act, and end without clearing up when it finishes one more draft."""
    child = os.fork()
    if child == 0:
        left = iter([*range(files_before), None])

        def die_at_a_file(real: Callable[..., None], file: int | str, *rest: int) -> None:
            if stat.S_ISREG(os.stat(file).st_mode) and next(left) is None:
                os._exit(7)
            real(file, *rest)

        os.fsync = partial(die_at_a_file, os.fsync)
        os.chmod = partial(die_at_a_file, os.chmod)  # what making a catalog ends with
        try:
            act()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7, "it got to its end"


def _assert_gc_counts_and_removes_them(home: Path, user_homes: Path) -> None:
    client = Client(home)
    planned = client.collect_garbage(dry_run=True)
    done = client.collect_garbage()
    client.close()
    assert done.temporary == planned.temporary > 0
    assert [*drafts_in(home), *drafts_in(user_homes)] == []
    check_home(home)
