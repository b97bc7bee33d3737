"""A disk that fails or is full at one system call: exit code 7, and nothing half-done."""

import os
import re
from pathlib import Path

import pytest

from artifactctl.ownership import is_own
from tests.commands import Result
from tests.faults.changes import CHANGES, Change
from tests.faults.scenarios import DOWNLOAD, REGISTER, Place
from tests.faults.strace import (
    EIO,
    ENOSPC,
    SYNCS,
    Point,
    Subject,
    find_points,
    run_with_fault,
    spread,
)

pytestmark = pytest.mark.sweep

by_name = pytest.mark.parametrize(
    "scenario", [*REGISTER, *DOWNLOAD, *CHANGES], ids=lambda scenario: scenario.name
)
# What a temporary file of the program is named, in the store's tmp/, the home or the user's folder.
TEMPORARY = r"[0-9a-f]{16}-[\w-]+"
NEW_JOURNAL = re.compile(r"f(data)?sync .*-journal")
USERS_TOKEN = re.compile(r"/artifactctl/homes(/|$)")
NEW_TOKEN = re.compile(rf"unlink /home/{TEMPORARY}")


@by_name
def test_a_call_that_fails_here_and_there_ends_in_one_line(scenario: Subject, tmp_path: Path):
    base = scenario.prepare(tmp_path / "base")
    points = find_points(scenario, base, at_most=2)
    chosen = [points[i - 1] for i in spread(len(points), 4 if scenario in REGISTER else 2)]
    assert _broken_promises(scenario, base, chosen[::2], EIO) == []
    assert _broken_promises(scenario, base, chosen[1::2], ENOSPC) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("fault", [EIO, ENOSPC])
@by_name
def test_any_writing_call_that_fails_ends_in_one_line(
    scenario: Subject, fault: str, tmp_path: Path
):
    base = scenario.prepare(tmp_path / "base")
    assert _broken_promises(scenario, base, find_points(scenario, base, at_most=25), fault) == []


def _broken_promises(scenario: Subject, base: Place, points: list[Point], fault: str) -> list[str]:
    return [
        f"{fault} at {point}: {problem}"
        for point in points
        if (problem := _fail_at(point, fault, scenario, base)) is not None
    ]


def _fail_at(point: Point, fault: str, scenario: Subject, base: Place) -> str | None:
    with base.copied(f"{point.call}-{point.number}") as place:
        broken = run_with_fault(fault, point, scenario, place)
        try:
            if isinstance(scenario, Change):
                _check_answer_to_change(scenario, broken)
            else:
                may_be_survived = _may_be_survived(point) or _is_unclaimed(base, place)
                _check_answer(broken, may_be_survived=may_be_survived)
            scenario.judge(place, base, broken)
        except AssertionError as error:
            return str(error) or repr(error)
    return None


def _is_unclaimed(base: Place, place: Place) -> bool:
    """Whether the command made a home that does not count as the user's own."""
    home = place.home
    return not base.home.exists() and not is_own(home, home / "catalog.db", home / "store")


def _may_be_survived(point: Point) -> bool:
    """Whether a command may go on when this fails; the result is judged like any other success."""
    if point.call in SYNCS and NEW_JOURNAL.fullmatch(point.follows):
        # The folder, once its journal is durable: "Many systems are unable to fsync a directory, so
        # ignore errors on the fsync" (unixSync in SQLite's os_unix.c).
        return True
    if point.call in SYNCS and point.path == "/home" and NEW_TOKEN.fullmatch(point.follows):
        # Claiming a home fails no command, and making its catalog syncs the same folder again.
        return True
    if point.call in SYNCS and USERS_TOKEN.search(point.path):
        # The claim in the user's folder: a power cut may take it, and `trust` gives it again.
        return True
    if point.call in ("chmod", "fchmod"):  # SQLite gives a journal the catalog's mode if it can
        return point.path.endswith("-journal")
    # What cannot be removed of the program's own temporary files is left to `gc`.
    name = os.path.basename(point.path)
    return point.call in ("unlink", "unlinkat") and re.fullmatch(TEMPORARY, name) is not None


def _check_answer(broken: Result, *, may_be_survived: bool) -> None:
    if broken.code == 0 and broken.err:
        # The version is committed and durable by then; only its copy in the store is late.
        assert broken.err.startswith("a record could not be written")
        assert broken.err.endswith("; the next change will\n")
        return
    if broken.code == 0 and may_be_survived:
        return
    assert broken.code == 7, f"exit code {broken.code}: {broken.err}"
    assert broken.err.startswith("artifactctl: ")
    assert len(broken.err.splitlines()) == 1, broken.err


def _check_answer_to_change(change: Change, broken: Result) -> None:
    # What says that it is done is judged by what there is; a late record is no failure.
    assert "Traceback" not in broken.err
    if broken.code != change.code:
        assert broken.code == 7, f"exit code {broken.code}: {broken.err}"
        assert broken.err.splitlines()[-1].startswith("artifactctl: "), broken.err
