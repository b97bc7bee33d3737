"""`metrics: FILE` of a step: what it measured is compared, whatever the file is like."""

import json
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.cli.test_run import last_run, one_step, statuses, write
from tests.conftest import Run

TRAINING = """
pipeline: training
vars: {rate: 0.1, epochs: 2}
steps:
  load:
    command: seq 10 > data.txt && echo '{"rows":10}' > load.json
    metrics: load.json
    outputs: {data: {path: data.txt}}
  train:
    inputs: {data: data}
    command: |
      rm -f train.jsonl
      for i in $(seq ${epochs}); do echo '{"epoch":'$i',"loss":'${rate}'}' >> train.jsonl; done
      echo model > model.txt && echo '{"accuracy": 0.5, "of": {"size": '${epochs}'}}' > model.json
    metrics: train.jsonl
    outputs: {model: {path: model.txt, metadata_file: model.json}}
  test:
    inputs: {model: model}
    command: 'printf "test:\\n  f1: ${rate}\\n  auc: .nan\\n" > out.yaml'
    metrics: out.yaml
"""


def compared(run: Run, *words: str) -> dict[str, list]:
    rows = json.loads(run("compare", *words, "-o", "json").ok().out)["rows"]
    return {row["key"]: row["values"] for row in rows}


def test_what_steps_measured_is_metadata_of_the_run_and_compared(
    run: Run, work: Path, home: Path
) -> None:
    write(work, TRAINING)
    first = run("run", "run.yaml").ok()
    assert "test: 1 value is NaN or infinite in 'out.yaml'; kept as null" in first.err
    run("run", "run.yaml", "--set", "rate=0.05", "--set", "epochs=3").ok()
    found = compared(run, "--pipeline", "training")
    assert {key: values for key, values in found.items() if key != "data.storage_size"} == {
        "rows": [10, 10],
        "epoch": [2, 3],
        "loss": [0.1, 0.05],
        "test.f1": [0.1, 0.05],
        "test.auc": [None, None],
        "model.accuracy": [0.5, 0.5],
        "model.of.size": [2, 3],
        "vars.rate": [0.1, 0.05],
        "vars.epochs": [2, 3],
    }
    made = last_run(home)
    points = {key: one.points for key, one in made.series.items()}
    assert points["epoch"].values == points["epoch"].steps == (1, 2, 3)
    assert points["loss"].values == (0.05,) * 3
    # The steps that the cache serves have measured what the steps have that it serves.
    again = run("run", "run.yaml", "--set", "rate=0.05", "--set", "epochs=3", "-o", "json").ok()
    assert set(statuses(again).values()) == {"cached"}
    assert last_run(home).all_metadata == made.all_metadata
    assert {key: one.points for key, one in last_run(home).series.items()} == points
    run("catalog", "backup", "old.db").ok()
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    assert last_run(home).all_metadata == made.all_metadata
    again = compared(run, "--pipeline", "training")
    assert {key: values[:2] for key, values in again.items()} == found


def test_metrics_are_shown_with_their_run(run: Run, work: Path) -> None:
    one_step(work, 'echo \'{"acc": 0.5, "by": {"x": 1}}\' > m.json\n', "    metrics: m.json\n")
    run("run", "run.yaml").ok()
    name = run("runs", "list", "-q").ok().out.strip()
    described = json.loads(run("runs", "describe", name, "-o", "json").ok().out)
    assert (
        described["metadata"] == described["steps"][0]["metadata"] == {"acc": 0.5, "by": {"x": 1}}
    )
    assert '"acc": 0.5' in run("runs", "describe", name).ok().out
    assert "acc" in run("runs", "describe", name, "-o", "csv").ok().out
    listed = run("runs", "list", "--columns", "name,metadata.acc", "-o", "csv").ok().out
    assert listed.splitlines()[1].endswith(",0.5")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("true", "metrics file 'm.json' was not written"),
        ("mkdir m.json", "metrics file 'm.json' is not a regular file"),
        ("ln -s /etc/passwd m.json", "metrics file 'm.json' is a link that leads out of the run's"),
        ("echo '{' > m.json", "metrics file 'm.json':2:1: "),
        ("echo '[1]' > m.json", "metrics file 'm.json' must hold keys and values"),
        ("printf '\\377' > m.json", "metrics file 'm.json' is not UTF-8 text"),
        ("head -c 1048577 /dev/zero > m.json", "metrics file 'm.json' is larger than 1 MiB"),
    ],
)
def test_metrics_that_cannot_be_read_fail_the_step_and_nothing_is_published(
    run: Run, work: Path, home: Path, script: str, said: str
) -> None:
    more = "    metrics: m.json\n    outputs: {x: {path: x}}\n"
    one_step(work, f"echo 1 > x\n{script}\n", more)
    failed = run("run", "run.yaml")
    assert (failed.code, said in failed.err) == (13, True), failed.err
    made = last_run(home)
    assert (made.status, made.steps["it"].status, made.steps["it"].metadata) == (
        "failed",
        "failed",
        {},
    )
    client = Client(home)
    assert client.list_artifact_versions().total == 0
    client.close()


def test_metrics_of_a_command_that_fails_are_not_kept(run: Run, work: Path, home: Path) -> None:
    one_step(work, "echo '{\"a\": 1}' > m.json; exit 3\n", "    metrics: m.json\n")
    assert run("run", "run.yaml").code == 13
    assert last_run(home).all_metadata == {}


def test_metrics_left_from_earlier_are_named(run: Run, work: Path, home: Path) -> None:
    (work / "m.json").write_text('{"a": 1}')
    one_step(work, "true\n", "    metrics: m.json\n")
    assert "it: 'm.json' is as it was before the command ran" in run("run", "run.yaml").ok().err


def test_secrets_are_not_in_metrics(run: Run, work: Path, home: Path) -> None:
    script = 'printf \'{"a": "%s", "n": %s, "k-%s": {"%s": [1]}}\' $T $T $T $T > m.json\n'
    one_step(work, script, "    env: {T: '${env:SECRET}'}\n    metrics: m.json\n")
    done = run("run", "run.yaml", "-o", "json", SECRET="123456789").ok()
    assert json.loads(done.out)["metadata"] == {"a": "***", "n": "***", "k-***": {"***": [1]}}
    for path in home.rglob("*"):
        assert not path.is_file() or b"123456789" not in path.read_bytes()


def test_a_path_of_metrics_may_hide_a_secret(run: Run, work: Path) -> None:
    one_step(work, "true\n", "    metrics: '${env:SECRET}/m.json'\n")
    failed = run("run", "run.yaml", SECRET="hushhush")
    assert (failed.code, "hush" in failed.err) == (13, False)
    assert "metrics file '***/m.json' was not written" in failed.err


def test_a_key_of_the_cache_counts_metrics_only_where_there_are_some(
    run: Run, work: Path, home: Path
) -> None:
    one_step(work, "echo '{\"a\": 1}' | tee m.json > n.json\n")
    run("run", "run.yaml").ok()
    assert "metrics" not in last_run(home).steps["it"].details["cache_parts"]
    for name in ("m.json", "n.json"):
        one_step(work, "echo '{\"a\": 1}' | tee m.json > n.json\n", f"    metrics: {name}\n")
        done = run("run", "run.yaml", "-o", "json").ok()
        assert statuses(done) == {"it": "completed"}
        assert last_run(home).all_metadata == {"a": 1}


def test_a_step_without_a_command_counts_by_its_metrics(run: Run, work: Path, home: Path) -> None:
    write(work, "pipeline: p\nsteps: {it: {metrics: m.json, outputs: {x: {path: x}}}}")
    (work / "x").write_text("x")
    missing = run("run", "run.yaml")
    assert (missing.code, "run.yaml:2:14: steps.it.metrics: 'm.json' does not" in missing.err) == (
        3,
        True,
    )
    for value, status in ((1, "completed"), (1, "cached"), (2, "completed")):
        (work / "m.json").write_text(json.dumps({"a": value}))
        assert statuses(run("run", "run.yaml", "-o", "json").ok()) == {"it": status}
        assert last_run(home).all_metadata == {"a": value}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metrics: [a, b]", "run.yaml:5:14: steps.it.metrics: must be a text, not a list"),
        ("metrics: ''", "run.yaml:5:14: steps.it.metrics: must not be empty"),
        ("metric: m.json", "unknown key 'metric'; did you mean 'metrics'?"),
        ("metrics: ../home/catalog.db", "steps.it.metrics: '../home/catalog.db' is among"),
        ("metrics: m.json\n    metrics: n.json", "key 'metrics' is given twice"),
    ],
)
def test_mistakes_are_said_before_anything_runs(run: Run, work: Path, text: str, said: str) -> None:
    one_step(work, "touch ran\n", f"    {text}\n")
    refused = run("run", "run.yaml")
    assert said in refused.err
    assert not (work / "ran").exists()


def test_metrics_are_for_commands(run: Run, work: Path) -> None:
    (work / "code.py").write_text("")
    write(work, "pipeline: code:made\nsteps: {it: {metrics: m.json}}")
    refused = run("run", "run.yaml")
    assert "steps.it.metrics: is for steps that are commands" in refused.err


def test_a_schema_has_metrics_for_commands_alone(run: Run) -> None:
    schema = json.loads(run("run", "--schema").ok().out)
    assert schema["$defs"]["commandStep"]["properties"]["metrics"]["$ref"] == "#/$defs/text"
    assert "metrics" not in schema["$defs"]["pythonStep"]["properties"]
