"""What a run costs beyond the commands in it."""

import sys
from pathlib import Path

from tests.benchmarks.measuring import Row, Sample, pairs, timed

_STEPS = 20
_OVERHEAD_S = 0.050


def shell_steps(folder: Path, runs: int) -> list[Row]:
    """A shell step with an output and an input, beyond its command; and a run that is cached."""
    commands = [f"seq {{turn}}{number} > o{number}" for number in range(_STEPS)]
    _write(folder / "many.yaml", _STEPS)
    _write(folder / "one.yaml", 1)
    words = [sys.executable, "-m", "artifactctl", "run", "-q"]
    home = folder / "home-runs"

    def ours(turn: int) -> Sample:
        many = timed([*words, "many.yaml", "--set", f"turn={turn}1"], home, folder)
        one = timed([*words, "one.yaml", "--set", f"turn={turn}2"], home, folder)
        return Sample((many.wall_s - one.wall_s) / (_STEPS - 1), many.peak_mib)

    def theirs(turn: int) -> Sample:
        script = " && ".join(f"/bin/sh -c '{line}'" for line in commands)
        plain = timed(["/bin/sh", "-c", script.replace("{turn}", str(turn))], home, folder)
        return Sample(_OVERHEAD_S + plain.wall_s / _STEPS, plain.peak_mib)

    def cached(_: int) -> Sample:
        return timed([*words, "many.yaml"], home, folder)

    def start_and_a_second(_: int) -> Sample:
        start = timed([sys.executable, "-m", "artifactctl", "artifact", "list"], home, folder)
        return Sample(start.wall_s + 1, start.peak_mib)

    steps = Row("a shell step of a run", "the command + 50 ms", *pairs(ours, theirs, runs), 1.0)
    again = Row(
        f"a run of {_STEPS} cached steps",
        "a listing + 1 s",
        *pairs(cached, start_and_a_second, runs),
        1.0,
    )
    return [steps, again]


def _write(path: Path, count: int) -> None:
    steps = [
        f"  s{number}:\n    command: seq ${{turn}}{number} > o{number}\n"
        + (f"    inputs: {{before: '{path.stem}-o{number - 1}'}}\n" if number else "")
        + f"    outputs: {{{path.stem}-o{number}: {{path: o{number}}}}}\n"
        for number in range(count)
    ]
    path.write_text(f"pipeline: {path.stem}\nvars: {{turn: 1}}\nsteps:\n{''.join(steps)}")
