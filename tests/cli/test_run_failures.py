"""What a run that fails says: what was printed once, what did not run, and how the step ended."""

import json
from pathlib import Path

from tests.cli.test_run import write
from tests.conftest import Run

CHAIN = """
pipeline: p
run: it
steps:
  a: {command: "echo first; exit 3", outputs: [a.txt], retries: 1}
  b: {inputs: {x: "p::a::output"}, command: "true"}
  c: {inputs: {x: "p::a::output"}, command: "true"}
  d: {command: "true"}
"""
SAID = "artifactctl: step 'a' of run 'it' failed: its command ended with exit code 3"


def test_a_failed_run_says_once_what_was_printed_and_what_did_not_run(run: Run, work: Path) -> None:
    write(work, CHAIN)
    failed = run("run", "run.yaml", "--jobs", "1")
    assert failed.code == 13
    *_, step, left, of_run, log, error = failed.err.splitlines()
    assert step.startswith("a: failed in ")
    assert step.endswith(" (exit code 3, 2 attempts)")
    assert left == "b, c, d: not run"
    assert of_run.startswith("run it failed in ")
    assert of_run.endswith(", 1 of 4 steps")
    assert log == "artifactctl runs logs it a prints its whole log"
    assert error == SAID
    assert failed.err.count("first") == 2  # both attempts


def test_a_program_gets_the_last_lines_with_the_error(run: Run, work: Path) -> None:
    write(work, CHAIN)
    quiet = run("run", "run.yaml", "-q")
    assert quiet.err.splitlines()[0] == SAID
    assert quiet.err.splitlines()[-1] == "artifactctl:   a | first"
    failed = run("run", "run.yaml", "-o", "json")
    assert json.loads(failed.err)["error"]["details"][-1] == "  a | first"


def test_steps_that_were_served_or_run_are_not_among_those_that_were_not(
    run: Run, work: Path
) -> None:
    (work / "code.py").write_text(
        "from artifactctl import pipeline, step\n\n\n@step\ndef one() -> int:\n    return 1\n\n\n"
        "@step\ndef two(x: int) -> int:\n    print('here')\n    raise ValueError('no')\n\n\n"
        "@step\ndef three(x: int) -> int:\n    return x\n\n\n"
        "@pipeline\ndef made():\n    three(two(one()))\n"
    )
    write(work, "pipeline: code:made\nrun: it\n")
    for status in ("completed", "cached"):
        failed = run("run", "run.yaml")
        assert failed.code == 13
        lines = failed.err.splitlines()
        assert any(line.startswith(f"one: {status}") for line in lines)
        assert "three: not run" in lines
        assert any(
            line.startswith("run it failed in") and " 2 of 3 steps " in line for line in lines
        )
        assert failed.err.count("here") == 1
        assert lines[-1] == "artifactctl: step 'two' of run 'it' failed: ValueError: no"
