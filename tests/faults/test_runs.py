"""Scripts that save objects and run steps are cut short: nothing half-done, and they work again."""

from pathlib import Path

import pytest

from tests.faults.scenarios import Place
from tests.faults.scripts import SCRIPTS, Script
from tests.faults.strace import (
    EIO,
    ENOSPC,
    KILL,
    Point,
    find_points,
    run_with_fault,
    spread,
)

pytestmark = pytest.mark.sweep

by_name = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)


@by_name
def test_a_script_cut_short_here_and_there_loses_nothing(script: Script, tmp_path: Path):
    base = script.prepare(tmp_path / "base")
    points = find_points(script, base, at_most=4)
    chosen = [points[i - 1] for i in spread(len(points), 6)]
    problems = []
    for number, point in enumerate(chosen):
        fault = (KILL, EIO, KILL, ENOSPC)[number % 4]
        problems += _broken_promises(script, base, [point], fault)
    assert problems == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", [KILL, EIO, ENOSPC])
@by_name
def test_a_script_cut_short_at_any_writing_call_loses_nothing(
    script: Script, fault: str, tmp_path: Path
):
    base = script.prepare(tmp_path / "base")
    assert _broken_promises(script, base, find_points(script, base, at_most=60), fault) == []


def _broken_promises(script: Script, base: Place, points: list[Point], fault: str) -> list[str]:
    return [
        f"{fault} at {point}: {problem}"
        for point in points
        if (problem := _break_at(point, fault, script, base)) is not None
    ]


def _break_at(point: Point, fault: str, script: Script, base: Place) -> str | None:
    with base.copied(f"{point.call}-{point.number}") as place:
        broken = run_with_fault(fault, point, script, place)
        try:
            assert broken.code in ((-9, 0) if fault == KILL else (1, 0)), broken.err
            script.judge(place, base, broken)
        except AssertionError as error:
            return f"{error or repr(error)}\n{broken.err}"
    return None
