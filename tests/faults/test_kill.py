"""Kill -9 at every system call that writes: nothing half-done, and the command works again."""

from pathlib import Path

import pytest

from tests.faults.changes import CHANGES
from tests.faults.scenarios import DOWNLOAD, REGISTER, Place
from tests.faults.strace import KILL, Point, Subject, find_points, run_with_fault, spread

pytestmark = pytest.mark.sweep

ALL = [*REGISTER, *DOWNLOAD, *CHANGES]
by_name = pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)


@by_name
def test_a_command_killed_here_and_there_loses_nothing(scenario: Subject, tmp_path: Path):
    base = scenario.prepare(tmp_path / "base")
    points = find_points(scenario, base, at_most=2)
    chosen = [points[i - 1] for i in spread(len(points), 5 if scenario in REGISTER else 3)]
    assert _broken_promises(scenario, base, chosen) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@by_name
def test_a_command_killed_at_any_writing_call_loses_nothing(scenario: Subject, tmp_path: Path):
    base = scenario.prepare(tmp_path / "base")
    assert _broken_promises(scenario, base, find_points(scenario, base, at_most=60)) == []


def _broken_promises(scenario: Subject, base: Place, points: list[Point]) -> list[str]:
    return [
        f"killed at {point}: {problem}"
        for point in points
        if (problem := _kill_at(point, scenario, base)) is not None
    ]


def _kill_at(point: Point, scenario: Subject, base: Place) -> str | None:
    with base.copied(f"{point.call}-{point.number}") as place:
        broken = run_with_fault(KILL, point, scenario, place)
        try:
            assert broken.code in (-9, scenario.code), broken.err
            scenario.judge(place, base, broken)
        except AssertionError as error:
            return str(error) or repr(error)
    return None
