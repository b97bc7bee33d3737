"""Reserving a prefix: who works on it is known for as long as it lives."""

import os
import re
import stat
from pathlib import Path

import pytest

from artifactctl.durable import abandoned, make_folder, reserve, sync_folder
from tests.store.places import at_once, open_descriptors
from tests.store.test_housekeeping import working


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
    from artifactctl import durable

    real = durable._lock
    lost: list[str] = []

    def lock(descriptor: int) -> bool:
        if not lost:
            lost.append(os.readlink(f"/proc/self/fd/{descriptor}"))
            os.unlink(lost[0])
        return real(descriptor)

    monkeypatch.setattr(durable, "_lock", lock)
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


def test_folders_are_made_with_their_parents_and_left_as_they_are(tmp_path: Path) -> None:
    make_folder(str(tmp_path / "a" / "b"))
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    (tmp_path / "a" / "b").chmod(0o755)
    make_folder(str(tmp_path / "a" / "b"))
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o755
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        make_folder(str(tmp_path / "file" / "x"))
    with pytest.raises(NotADirectoryError):
        sync_folder(str(tmp_path / "file"))


def test_folders_made_by_several_at_once_are_made_once(tmp_path: Path) -> None:
    at_once(6, lambda _number: make_folder(str(tmp_path / "a" / "b" / "c")))
    assert (tmp_path / "a" / "b" / "c").is_dir()
