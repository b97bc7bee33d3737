"""`run FILE` for pipelines of Python: the same record, the same flags, the same exit codes."""

import json
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.cli.test_run import outputs_of
from tests.conftest import Run

CODE = """
from typing import Annotated
from artifactctl import ArtifactConfig, pipeline, save_artifact, step

@step
def load(seed: int = 1) -> Annotated[int, "number"]:
    print("loading with", open("seed.txt").read().strip())
    return seed

@step
def train(number: int, rate: float = 0.5) -> Annotated[float, "model"]:
    if rate > 1:
        print("about to fail")
        raise ValueError(f"rate {rate} is too high")
    return number * rate

@pipeline
def training(seed: int = 1) -> None:
    train(load(seed))
"""
FILE = """
pipeline: trainers:training
run: r-{date}
tags: [nightly]
vars: {rate: 0.25}
parameters: {seed: 4}
steps:
  load:
    outputs: {number: {name: numbers, tags: [raw]}}
  train:
    parameters: {rate: "${rate}"}
    enable_cache: false
"""


@pytest.fixture
def folder(work: Path) -> Path:
    made = work / "project"
    made.mkdir()
    (made / "trainers.py").write_text(CODE)
    (made / "run.yaml").write_text(FILE)
    (made / "seed.txt").write_text("7\n")
    return made


def test_a_file_configures_and_runs_a_pipeline(run: Run, folder: Path, home: Path) -> None:
    done = run("run", "project/run.yaml", "-o", "json").ok()
    report = json.loads(done.out)
    assert [(step["status"], outputs_of(step)) for step in report["steps"]] == [
        ("completed", {"number": "numbers:1"}),
        ("completed", {"model": "model:1"}),
    ]
    assert done.err == ""
    again = json.loads(run("run", "project/run.yaml", "-o", "json").ok().out)
    assert [step["status"] for step in again["steps"]] == ["cached", "completed"]
    client = Client(home)
    made = client.get_pipeline_run(report["id"])
    assert made.name.startswith("r-20")
    assert made.steps["load"].log() == "loading with 7\n"
    assert client.find_artifact_version("model:1").load() == 1.0
    assert client.find_artifact_version("numbers").tags == ("nightly", "raw")
    client.close()


def test_variables_steps_and_the_cache_are_chosen_on_the_command_line(run, folder, home) -> None:
    run("run", "project/run.yaml", "--set", "rate=0.5").ok()
    only = run("run", "project/run.yaml", "--step", "load", "--no-cache", "-q").ok()
    assert only.out == "numbers:2\n"
    assert run("run", "project/run.yaml", "--step", "lode").code == 3
    client = Client(home)
    assert client.find_artifact_version("model").load() == 2.0
    client.close()


def test_a_dry_run_runs_nothing(run: Run, folder: Path, home: Path) -> None:
    plan = json.loads(run("run", "project/run.yaml", "--dry-run", "-o", "json").ok().out)
    assert [step["action"] for step in plan["steps"]] == ["run", "run"]
    assert not home.exists()
    run("run", "project/run.yaml").ok()
    plan = json.loads(run("run", "project/run.yaml", "--dry-run", "-o", "json").ok().out)
    assert [(step["action"], step["reason"]) for step in plan["steps"]] == [
        ("cached", "nothing has changed"),
        ("run", "the cache is off"),
    ]
    assert plan["steps"][0]["outputs"] == {"number": "numbers:1"}


def test_a_step_that_raises_ends_with_13(run: Run, folder: Path, home: Path) -> None:
    failed = run("run", "project/run.yaml", "--set", "rate=2", "-q")
    assert (failed.code, failed.out) == (13, "")
    assert "step 'train' of run 'r-" in failed.err
    assert "failed: ValueError: rate 2.0 is too high" in failed.err
    assert "about to fail" in failed.err
    assert "Traceback" not in failed.err
    client = Client(home)
    found = client.list_pipeline_runs().items[0]
    assert (found.status, found.error["type"]) == ("failed", "ValueError")
    assert client.find_artifact_version("numbers").version == "1"
    client.close()


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("nowhere:training", 3, "there is no module 'nowhere'"),
        ("trainers:trainig", 3, "has no 'trainig'"),
        ("trainers:CODE", 3, "it has the pipelines training"),
        ("trainers:load", 5, "is not a pipeline"),
        ("broken:training", 5, "cannot be loaded: SyntaxError"),
    ],
)
def test_a_pipeline_that_is_not_there_is_found_before_anything_runs(
    run: Run, folder: Path, home: Path, source: str, code: int, said: str
) -> None:
    (folder / "broken.py").write_text("def\n")
    (folder / "run.yaml").write_text(f"pipeline: {source}\n")
    failed = run("run", "project/run.yaml")
    assert failed.code == code
    assert said in failed.err
    assert "run.yaml:1:" in failed.err
    assert not home.exists()


def test_a_version_that_exists_is_found_before_anything_runs(run: Run, folder: Path) -> None:
    pinned = FILE.replace("name: numbers", "name: numbers, version: v1")
    (folder / "run.yaml").write_text(pinned)
    run("run", "project/run.yaml").ok()
    run("run", "project/run.yaml").ok()
    failed = run("run", "project/run.yaml", "--no-cache")
    assert failed.code == 4
    assert "running" not in failed.err


def test_secrets_are_not_in_logs_and_records(run: Run, folder: Path, home: Path) -> None:
    code = CODE.replace('print("about to fail")', "").replace("rate > 1", "True")
    (folder / "trainers.py").write_text(
        code.replace("rate: float = 0.5", "rate: str").replace("rate {rate} is", "rate {rate}")
    )
    (folder / "run.yaml").write_text(FILE.replace("${rate}", "${env:TOKEN}"))
    failed = run("run", "project/run.yaml", TOKEN="hidden-from-all")
    assert failed.code == 13
    assert "hidden" not in failed.err + failed.out
    for path in home.rglob("*"):
        assert not path.is_file() or b"hidden-from-all" not in path.read_bytes(), path


def test_standard_output_is_for_results_whatever_a_module_prints(run, folder: Path) -> None:
    (folder / "trainers.py").write_text(
        CODE + "\nimport os\nprint('said on import')\nos.write(1, b'said below\\n')\n"
    )
    for more in (["--dry-run"], []):
        done = run("run", "project/run.yaml", "-o", "csv", *more).ok()
        assert [row.split(",")[0] for row in done.out.splitlines()] == ["step", "load", "train"]
        assert "said on import\n" in done.err
        assert "said below\n" in done.err


def test_a_module_that_exits_is_one_that_cannot_be_loaded(run: Run, folder: Path) -> None:
    (folder / "trainers.py").write_text("raise SystemExit(3)\n")
    failed = run("run", "project/run.yaml")
    assert failed.code == 5
    assert "cannot be loaded: SystemExit: 3" in failed.err


PRINTS = """
    import subprocess, sys
    sys.stdout.buffer.write("bytes é".encode()[:-1])
    sys.stdout.buffer.write("bytes é\\n".encode()[-2:])
    subprocess.run(["echo", "program"], stdout=sys.stdout)
    sys.stdout.close()
    print("after", sys.stdout.encoding, sys.stdout.errors, sys.stdout.writable(), end="")
"""


def test_steps_print_as_to_any_standard_output(run: Run, folder: Path, home: Path) -> None:
    (folder / "trainers.py").write_text(CODE.replace("    return seed", f"{PRINTS}    return seed"))
    done = run("run", "project/run.yaml", "-o", "csv").ok()
    assert done.out.startswith("step,status,artifacts\n")
    assert "load | bytes é\n" in done.err
    assert "program\n" in done.err
    assert "| after utf-8 backslashreplace True" in done.err
    client = Client(home)
    log = client.list_pipeline_runs().items[0].steps["load"].log()
    assert "bytes é\nafter utf-8" in log
    client.close()


@pytest.mark.parametrize(
    ("ends", "said"), [("raise ValueError('no data')", "ValueError: no data"), ("exit(9)", "9")]
)
def test_a_pipeline_that_cannot_be_put_together_is_no_bug_of_ours(
    run: Run, folder: Path, home: Path, ends: str, said: str
) -> None:
    (folder / "trainers.py").write_text(CODE + f"    {ends}\n")
    for more in ((), ("--dry-run",)):
        failed = run("run", "project/run.yaml", *more)
        assert failed.code == 5
        assert "pipeline: its function failed: " in failed.err
        assert failed.err.endswith(f"{said}\n")
    assert not home.exists()


def test_a_result_of_another_type_fails_the_step_and_is_said_once(
    run: Run, folder: Path, home: Path
) -> None:
    (folder / "trainers.py").write_text(CODE.replace("return seed", "return str(seed)"))
    failed = run("run", "project/run.yaml")
    assert failed.code == 13
    assert failed.err.count("output 'number' must be int, not str") == 1
    assert failed.err.count("return what the annotation says") == 1
    assert "Traceback" not in failed.err
    client = Client(home)
    found = client.list_pipeline_runs().items[0].steps["load"]
    assert "output 'number' must be int, not str" in found.log()
    assert found.error["message"].count("return what the annotation says") == 1
    client.close()


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("__import__('threading').Lock()", "write a materializer for it"),
        ("__import__('pathlib').Path('nowhere')", "save str(path) to keep its text"),
    ],
)
def test_an_output_that_cannot_be_kept_fails_the_step(
    run: Run, folder: Path, value: str, hint: str
) -> None:
    code = CODE.replace('-> Annotated[int, "number"]', '-> Annotated[object, "number"]')
    (folder / "trainers.py").write_text(code.replace("return seed", f"return {value}"))
    failed = run("run", "project/run.yaml")
    assert failed.code == 13
    assert failed.err.count("output 'number' of step 'load'") == 1
    assert failed.err.count(hint) == 1


def test_an_input_of_another_type_fails_the_step_that_takes_it(run: Run, folder: Path) -> None:
    (folder / "trainers.py").write_text(CODE.replace("number: int,", "number: list[str],"))
    failed = run("run", "project/run.yaml")
    assert failed.code == 13
    assert "step 'train' of run 'r-" in failed.err
    assert "input 'number' of step 'train': " in failed.err
    assert failed.err.count("it must be list[str]") == 1


def test_a_parameter_in_code_and_file_is_a_mistake_of_the_file(run, folder, home: Path) -> None:
    (folder / "run.yaml").write_text(
        FILE.replace("  load:\n", "  load:\n    parameters: {seed: 5}\n")
    )
    failed = run("run", "project/run.yaml")
    assert failed.code == 5
    assert (
        "run.yaml:9:18: steps.load.parameters.seed: a conflict, 4 in the code and 5" in failed.err
    )
    assert not home.exists()


def test_names_in_braces_of_a_file_for_python_are_the_environments(run, folder, home) -> None:
    (folder / "run.yaml").write_text(
        "pipeline: trainers:training\nextra: {token: '${TOKEN}'}\nparameters: {seed: '${SEED}'}\n"
    )
    run("run", "project/run.yaml", TOKEN="hidden-from-all", SEED="9").ok()
    client = Client(home)
    made = client.list_pipeline_runs().items[0]
    assert made.config.extra == {"token": "***"}
    assert made.steps["load"].output.load() == 9
    client.close()
    failed = run("run", "project/run.yaml", TOKEN="x")
    assert failed.code == 5
    assert "${SEED} is not in vars nor in the environment" in failed.err
