"""`run FILE`: everything that is wrong is one report, whoever finds it out."""

import json
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.pipelines.engine.reports import Watch
from artifactctl.pipelines.run_files import RunOptions, plan_file
from tests.conftest import Run


@pytest.fixture
def taken(run: Run, work: Path) -> Path:
    """A catalog in which version v1 of `old` exists."""
    (work / "old").write_text("1")
    run("register", "old", "old", "-v", "v1").ok()
    return work


def lines(result) -> list[str]:
    """What was said on standard error: `2:3: steps.a: …`, a line each."""
    return [line.partition("run.yaml:")[2] for line in result.err.splitlines()]


MISSING = "there is no artifact 'missing'; see 'artifactctl artifact list'"
EVERYTHING = """\
pipeline: p
stepz: 1
steps:
  a: {inputs: {b: made_b}, command: touch a, outputs: {made_a: {path: a}}}
  b: {inputs: {a: made_a, m: missing}, command: touch b, outputs: {made_b: {path: b}}}
  c: {}
  d: {command: x, timeout: soon}
  e: {inputs: {i: missing}, command: touch e, outputs: {old: {path: e, version: v1}}}
  f: {inputs: {i: nothing}, comand: touch f}
  g: echo hi
"""


def test_what_the_file_and_the_catalog_tell_is_said_at_once(run: Run, taken: Path) -> None:
    (taken / "run.yaml").write_text(EVERYTHING)
    for more in ([], ["--dry-run"]):
        failed = run("run", "run.yaml", *more)
        assert failed.code == 5
        assert lines(failed) == [
            "2:1: unknown key 'stepz'; did you mean 'steps'?",
            "4:7: steps.a.inputs: steps form a cycle: a -> b -> a",
            f"5:27: steps.b.inputs.m: {MISSING}",
            "6:3: steps.c: has neither a command nor outputs",
            "7:28: steps.d.timeout: must be a time such as 10m, 90s or 1h30m, not 'soon'",
            f"8:16: steps.e.inputs.i: {MISSING}",
            "8:72: steps.e.outputs.old.version: version 'v1' of 'old' exists already, "
            "and e has to run (an input is missing); "
            "give another version, or none to count up",
            "9:29: steps.f: unknown key 'comand'; did you mean 'command'?",
            "10:6: steps.g: must be keys and values of a step, not a text; "
            "write {command: echo hi}",
        ]
    as_json = json.loads(run("run", "run.yaml", "-o", "json").err)["error"]
    assert (as_json["code"], len(as_json["details"])) == (5, 9)
    assert all(isinstance(line, str) and "\n" not in line for line in as_json["details"])


VERSION = "  v: {command: touch e, outputs: {old: {path: e, version: v1}}}\n"
INPUT = "  i: {inputs: {i: missing}, command: x}\n"
FILE = "  f: {outputs: {f: nowhere.txt}}\n"
KEY = "  k: {command: x, kommand: y}\n"


@pytest.mark.parametrize(
    ("steps", "code", "found"),
    [
        (VERSION, 4, ["steps.v.outputs.old.version"]),
        (INPUT, 3, ["steps.i.inputs.i"]),
        (FILE, 3, ["steps.f.outputs.f"]),
        (FILE + INPUT, 3, ["steps.f.outputs.f", "steps.i.inputs.i"]),
        (VERSION + INPUT, 5, ["steps.v.outputs.old.version", "steps.i.inputs.i"]),
        (VERSION + KEY, 5, ["steps.v.outputs.old.version", "steps.k"]),
        (FILE + KEY, 5, ["steps.f.outputs.f", "steps.k"]),
    ],
)
def test_the_exit_code_says_what_is_all(run: Run, taken: Path, steps: str, code: int, found):
    (taken / "run.yaml").write_text(f"pipeline: p\nsteps:\n{steps}")
    failed = run("run", "run.yaml")
    assert failed.code == code
    told = [line.split(": ")[1].removesuffix(".path") for line in lines(failed)]
    assert told == found


@pytest.mark.parametrize(
    "faulty",
    [
        "  s: {command: x, outpts: {made: {path: y}}}",
        "  s: {command: x, outputs: {made: {path: y}}, retries: no}",
        "  s: {command: x, outputs: {made: [y]}}",
        "  s: {command: x, outputs: {o: {nam: made, path: y}}}",
        "  s: {command: x, outputs: [{path: y, name: '${undefined}'}]}",
        "  s: {command: '${undefined}', outputs: {made: y}}",
        "  s: [command, made]",
        "  'b/d': {command: x, outputs: {made: y}}",
    ],
)
def test_one_mistake_does_not_bring_others_along(run: Run, work: Path, faulty: str) -> None:
    text = f"pipeline: p\nsteps:\n{faulty}\n  t: {{inputs: {{i: made}}, command: x}}\n"
    (work / "run.yaml").write_text(text)
    failed = run("run", "run.yaml")
    assert failed.code == 5
    assert len(lines(failed)) == 1
    (work / "run.yaml").write_text(text.replace("i: made", "i: other"))
    assert len(lines(run("run", "run.yaml"))) == (1 if "undefined}'}" in faulty else 2)


def test_a_mistake_in_a_variable_does_not_bring_others_along(run: Run, work: Path) -> None:
    (work / "run.yaml").write_text(
        "pipeline: p\nvars: {c: 'touch ${x}'}\n"
        "steps:\n  a: {command: '${c}'}\n  b: {inputs: {i: 'p::a::output'}, command: x}\n"
    )
    failed = run("run", "run.yaml")
    assert lines(failed) == [
        "2:11: vars.c: variable ${x} is not in vars",
        "5:16: steps.b.inputs.i: step 'a' has no unnamed output 'output'",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: {a: {command: x, enable_cache: maybe}}", ["'pipeline' is missing", "maybe"]),
        (
            "pipeline: a/b\nsteps: {a: {command: x, retries: -1}, b: {}}",
            ["'a/b'", "'-1'", "has ne"],
        ),
        ("pipeline: a/b\nsteps: {b: {}}", ["'a/b'"]),
        ("pipeline:\nsteps: {b: {}}", ["run.yaml:1:1: 'pipeline' is missing"]),
        ("pipeline: p\ntags: ['a,b']", ["there are no steps", "'a,b'"]),
        ("pipeline: p\nstep: {a: {command: x}}", ["unknown key 'step'"]),
        ("pipeline: p\nsteps: 5", ["must be keys and values"]),
        ("pipeline: p\nrun: '{x}'\nsteps: {a: {}}", ["{x}", "has neither"]),
    ],
)
def test_what_a_file_lacks_is_said_with_the_rest(run: Run, work: Path, text: str, said) -> None:
    (work / "run.yaml").write_text(text)
    failed = run("run", "run.yaml")
    assert failed.code == 5
    found = failed.err.splitlines()
    assert len(found) == len(said)
    assert all(word in line for word, line in zip(said, found, strict=True))


def test_only_the_chosen_steps_are_looked_up(run: Run, taken: Path) -> None:
    text = f"pipeline: p\nsteps:\n{VERSION}{INPUT}  ok: {{command: 'true'}}\n"
    (taken / "run.yaml").write_text(text)
    run("run", "run.yaml", "--step", "ok").ok()


def test_a_version_that_the_cache_serves_is_no_mistake_beside_others(run, work: Path) -> None:
    text = "pipeline: p\nsteps:\n  a: {command: echo 1 > e, outputs: {e: {path: e, version: v1}}}\n"
    (work / "run.yaml").write_text(text)
    run("run", "run.yaml").ok()
    (work / "run.yaml").write_text(text + INPUT)
    failed = run("run", "run.yaml")
    assert failed.code == 3
    assert len(lines(failed)) == 1


def test_keys_that_mean_nothing_are_notes(run: Run, work: Path, home: Path) -> None:
    (work / "run.yaml").write_text(
        "pipeline: p\nsettings: {docker: {}}\n"
        "steps: {a: {command: 'true', step_operator: x, settings: {}}}\n"
    )
    done = run("run", "run.yaml").ok()
    told = [line for line in done.err.splitlines() if "has no effect" in line]
    assert [line.partition("run.yaml:")[2] for line in told] == [
        "2:1: 'settings' has no effect here and is ignored",
        "3:30: 'step_operator' has no effect here and is ignored",
    ]
    assert "Warning" not in done.err
    notes: list[str] = []
    client = Client(home)
    plan_file(client, work / "run.yaml", RunOptions(), Watch(note=notes.append))
    client.close()
    assert [note.partition("run.yaml:")[2] for note in notes] == lines(done)[:2]


def test_values_of_the_environment_are_not_in_the_catalog(run: Run, work: Path, home: Path) -> None:
    (work / "run.yaml").write_text(
        "pipeline: p\nvars: {key: 'k-${env:KEY}'}\nmetadata: {a: '${key}', b: '${env:KEY}'}\n"
        "steps:\n  s:\n    command: 'echo 1 > x'\n"
        "    outputs: {x: {path: x, metadata: {c: ['${key}']}}}\n"
    )
    run("run", "run.yaml", KEY="hush-hush").ok()
    client = Client(home)
    made = client.list_pipeline_runs().items[0]
    assert (made.metadata, made.details["vars"]) == ({"a": "k-***", "b": "***"}, {"key": "k-***"})
    assert client.find_artifact_version("x").metadata["c"] == ["k-***"]
    client.close()
    for path in home.rglob("*"):
        assert not path.is_file() or b"hush-hush" not in path.read_bytes(), path


CODE = """
from typing import Annotated
from artifactctl import pipeline, step

@step
def load(rows: int = 1) -> Annotated[int, "number"]:
    return rows

@step
def train(number: int, rate: float = 0.5) -> Annotated[float, "model"]:
    return number * rate

@pipeline
def training(depth: int = 1) -> None:
    train(load(depth))

@pipeline
def needy(depth: int) -> None:
    load(depth)

@pipeline
def broken() -> None:
    raise ValueError("no\\nway")
"""


@pytest.fixture
def code(work: Path) -> Path:
    (work / "trainers.py").write_text(CODE)
    return work


def test_what_a_pipeline_of_python_has_not_is_said_with_the_rest(run: Run, code: Path) -> None:
    (code / "m").write_text("1")
    run("register", "old", "m", "-v", "v1").ok()
    (code / "run.yaml").write_text(
        "pipeline: trainers:training\nstepz: 1\nparameters: {depth: deep, speed: 1}\nsteps:\n"
        "  lod: {}\n  train: {parameters: {rate: fast, ratio: 1}, outputs: {modl: {}}}\n"
        "  load: {outputs: {number: {name: old, version: v1}}, enable_cache: false}\n"
    )
    failed = run("run", "run.yaml")
    assert failed.code == 5
    assert lines(failed) == [
        "2:1: unknown key 'stepz'; did you mean 'steps'?",
        "3:14: parameters.depth: Input should be a valid integer, unable to parse string as an "
        "integer; it must be int",
        "3:27: parameters.speed: pipeline 'training' has no parameter 'speed'; there are: depth",
        "5:3: steps.lod: pipeline 'training' has no step 'lod'; did you mean 'load'?",
        "6:24: steps.train.parameters.rate: Input should be a valid number, unable to parse string "
        "as a number; it must be float",
        "6:36: steps.train.parameters.ratio: step 'train' has no parameter 'ratio'; "
        "did you mean 'rate'?",
        "6:57: steps.train.outputs.modl: step 'train' has no output 'modl'; did you mean 'model'?",
        "7:40: steps.load.outputs.number.version: version 'v1' of 'old' exists already; "
        "give another version, or none to count up",
    ]


@pytest.mark.parametrize(
    ("text", "code_of", "said"),
    [
        ("trainers:needy", 5, ["1:1: parameters.depth: pipeline 'needy' needs it"]),
        ("trainers:needy\nparameters: {depth: x}", 5, ["2:14: parameters.depth: Input should"]),
        ("trainers:none\ntags: ['a,b']", 5, ["1:1: pipeline: module 'trainers'", "2:8: tags[0]"]),
        (
            "trainers:broken\ntags: ['a,b']",
            5,
            ["1:1: pipeline: its function failed: ValueError: no way", "2:8: tags[0]"],
        ),
        ("trainers:none", 3, ["1:1: pipeline: module 'trainers' has no 'none'"]),
    ],
)
def test_a_pipeline_that_cannot_be_put_together_is_said_with_the_rest(
    run: Run, code: Path, text: str, code_of: int, said: list[str]
) -> None:
    (code / "run.yaml").write_text(f"pipeline: {text}\n")
    failed = run("run", "run.yaml")
    assert failed.code == code_of
    found = lines(failed)
    assert len(found) == len(said)
    assert all(line.startswith(start) for line, start in zip(found, said, strict=True))
