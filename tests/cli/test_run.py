"""`run FILE` with real commands: what is made, what is reused, and how it fails."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.checker import check_home, count_versions, leftovers
from tests.commands import command, environment
from tests.conftest import Run

TWO_STEPS = """
pipeline: counting
tags: [nightly]
metadata: {trigger: test}
vars: {n: 3}
steps:
  make:
    command: mkdir -p out && seq ${n} > out/numbers.txt && echo made ${n}
    outputs:
      numbers: {path: out/numbers.txt, tags: [raw], metadata: {source: seq}}
  sum:
    inputs: {data: numbers}
    command: [python3, sum.py]
    env: {OFFSET: "1"}
    outputs:
      - {name: total, path: out/total.json, type: model, metadata_file: out/meta.json}
      - out/copy.txt
"""
SUM = """
import json, os, shutil
path = os.environ["ARTIFACTCTL_INPUT_DATA"]
total = sum(map(int, open(path))) + int(os.environ["OFFSET"])
json.dump({"total": total}, open("out/total.json", "w"))
json.dump({"lines": 1, "source": "meta"}, open("out/meta.json", "w"))
shutil.copy(path, "out/copy.txt")
"""


@pytest.fixture
def two(work: Path) -> Path:
    (work / "run.yaml").write_text(TWO_STEPS)
    (work / "sum.py").write_text(SUM)
    return work


def write(work: Path, text: str) -> None:
    (work / "run.yaml").write_text(text)


def one_step(work: Path, script: str, more: str = "", name: str = "it") -> None:
    (work / "script.sh").write_text(script)
    write(work, f"pipeline: p\nsteps:\n  {name}:\n    command: [sh, script.sh]\n{more}")


def outputs_of(step: dict) -> dict[str, str]:
    return {use["name"]: use["ref"] for use in step["outputs"]}


def statuses(result) -> dict[str, str]:
    return {step["name"]: step["status"] for step in json.loads(result.out)["steps"]}


def last_run(home: Path):
    with_home = Client(home)
    try:
        return with_home.list_pipeline_runs(size=1).items[0]
    finally:
        with_home.close()


def test_steps_make_versions_that_say_where_they_come_from(run: Run, two: Path, home: Path) -> None:
    done = run("run", "run.yaml", "-o", "json").ok()
    report = json.loads(done.out)
    assert (report["pipeline"], report["status"]) == ("counting", "completed")
    assert [outputs_of(step) for step in report["steps"]] == [
        {"numbers": "numbers:1"},
        {"total": "total:1", "output": "counting::sum::output:1"},
    ]
    assert done.err == ""
    client = Client(home)
    total = client.find_artifact_version("total")
    assert (total.type, sorted(total.tags)) == ("ModelArtifact", ["nightly"])
    assert (total.metadata["lines"], total.metadata["source"]) == (1, "meta")
    numbers = client.find_artifact_version("numbers")
    assert sorted(numbers.tags) == ["nightly", "raw"]
    assert numbers.metadata["source"] == "seq"
    made = client.get_pipeline_run(report["id"])
    assert made.metadata["trigger"] == "test"
    assert made.steps["sum"].inputs["data"].ref == "numbers:1"
    assert made.steps["make"].log() == "made 3\n"
    details = made.steps["sum"].details
    assert (details["command"], details["exit_code"]) == (["python3", "sum.py"], 0)
    assert details["duration_s"] > 0
    assert made.environment["python"]
    assert client.verify() == []
    client.close()
    assert leftovers(home) == []


def test_the_same_file_again_is_served_by_the_cache(run: Run, two: Path) -> None:
    run("run", "run.yaml").ok()
    again = run("run", "run.yaml", "-o", "json").ok()
    assert set(statuses(again).values()) == {"cached"}
    assert "running" not in again.err
    assert run("run", "run.yaml", "-q").ok().out.split() == [
        "numbers:1",
        "total:1",
        "counting::sum::output:1",
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("command", ["completed", "completed"]),
        ("script", ["cached", "completed"]),
        ("env", ["cached", "completed"]),
        ("tag", ["completed", "cached"]),
        ("--no-cache", ["completed", "completed"]),
        ("nothing but a touch", ["cached", "cached"]),
    ],
)
def test_what_a_change_has_run_again(run: Run, two: Path, change: str, expected) -> None:
    run("run", "run.yaml").ok()
    words = ["run", "run.yaml", "-o", "json"]
    if change == "command":
        words += ["--set", "n=4"]
    elif change == "script":
        (two / "sum.py").write_text(SUM + "# changed\n")
    elif change == "env":
        write(two, TWO_STEPS.replace('"1"', '"2"'))
    elif change == "tag":
        write(two, TWO_STEPS.replace("tags: [raw]", "tags: [rare]"))
    elif change == "--no-cache":
        words.append(change)
    else:
        (two / "sum.py").touch()
    assert list(statuses(run(*words).ok()).values()) == expected


def test_sources_count_for_the_cache_and_a_pattern_without_files_is_told(run, work) -> None:
    (work / "src").mkdir()
    (work / "src" / "a.py").write_text("1")
    more = "    sources: ['src/**/*.py', 'nothing/*']\n    outputs: [{name: x, path: x}]\n"
    one_step(work, "echo 1 > x", more)
    assert "'nothing/*'" in run("run", "run.yaml").ok().err
    assert statuses(run("run", "run.yaml", "-o", "json").ok()) == {"it": "cached"}
    (work / "src" / "a.py").write_text("2")
    assert statuses(run("run", "run.yaml", "-o", "json").ok()) == {"it": "completed"}


def test_a_step_without_a_command_registers_files(run: Run, work: Path) -> None:
    (work / "data").mkdir()
    (work / "data" / "a.csv").write_text("a\n1\n")
    write(work, "pipeline: p\nsteps: {it: {outputs: [{name: x, path: data, version: raw}]}}\n")
    assert run("run", "run.yaml", "-q").ok().out == "x:raw\n"
    assert statuses(run("run", "run.yaml", "-o", "json").ok()) == {"it": "cached"}
    (work / "data" / "a.csv").write_text("a\n2\n")
    taken = run("run", "run.yaml")
    assert (taken.code, taken.out) == (4, "")
    assert "run.yaml:2:" in taken.err
    assert "version 'raw' of 'x' exists already" in taken.err
    (work / "data" / "a.csv").unlink()
    (work / "data").rmdir()
    missing = run("run", "run.yaml")
    assert missing.code == 3
    assert "does not exist" in missing.err


def test_linked_outputs_stay_where_they_are(run: Run, work: Path, home: Path) -> None:
    write(
        work,
        "pipeline: p\nsteps:\n  a: {command: echo 1 > x, outputs: {x: {path: x, link: true}}}\n"
        "  b: {inputs: {x: x}, command: cat $ARTIFACTCTL_INPUT_X > y, outputs: [y]}\n",
    )
    run("run", "run.yaml").ok()
    client = Client(home)
    assert client.find_artifact_version("x").linked
    client.close()
    assert (work / "y").read_text() == "1\n"


def test_a_run_that_failed_names_the_steps_that_did_not_run(run: Run, two: Path) -> None:
    write(two, TWO_STEPS.replace("mkdir -p out", "false"))
    assert run("run", "run.yaml").code == 13
    described = json.loads(run("runs", "describe", "latest", "-o", "json").ok().out)
    assert described["details"]["not_run"] == ["sum"]
    assert re.search(r"NOT.RUN +sum\n", run("runs", "describe", "latest").ok().out)


def test_a_failing_step_stops_the_run_and_what_was_made_before_is_reused(
    run: Run, two: Path, home: Path
) -> None:
    (two / "sum.py").write_text("import sys\nprint('no luck')\nsys.exit(3)\n")
    failed = run("run", "run.yaml", "-q")
    assert (failed.code, failed.out) == (13, "")
    first, *tail = failed.err.splitlines()
    assert first.startswith("artifactctl: step 'sum' of run 'counting-20")
    assert first.endswith("failed: its command ended with exit code 3")
    assert tail == ["artifactctl:   sum | no luck"]
    found = last_run(home)
    assert (found.status, found.steps["make"].status) == ("failed", "completed")
    assert found.steps["sum"].status == "failed"
    assert found.steps["sum"].details["exit_code"] == 3
    assert "not_run" not in found.details
    as_json = run("run", "run.yaml", "-o", "json")
    error = json.loads(as_json.err)["error"]
    assert (error["code"], error["kind"]) == (13, "step_failed")
    assert error["details"][1:] == ["  sum | no luck"]
    (two / "sum.py").write_text(SUM)
    assert list(statuses(run("run", "run.yaml", "-o", "json").ok()).values()) == [
        "cached",
        "completed",
    ]
    assert count_versions(home) == 3


def test_nothing_is_published_when_one_output_is_missing(run: Run, work: Path, home: Path) -> None:
    one_step(work, "echo 1 > a", "    outputs: [{name: a, path: a}, {name: b, path: b}]\n")
    failed = run("run", "run.yaml")
    assert failed.code == 13
    assert "output 'b': 'b' was not written" in failed.err
    assert count_versions(home) == 0


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("ln -s /etc/passwd a", None),
        ("mkfifo a", "not a regular file"),
        ("mkdir a", "no file in"),
        ("mkdir a && ln -s /etc/passwd a/b", "points out of its folder"),
    ],
)
def test_what_cannot_be_taken_fails_the_step(run: Run, work: Path, home: Path, script, said):
    one_step(work, script, "    outputs: [{name: a, path: a}]\n")
    done = run("run", "run.yaml")
    assert done.code == (0 if said is None else 13)
    assert said is None or said in done.err


def test_a_program_that_is_not_there_fails_the_step(run: Run, work: Path) -> None:
    write(work, "pipeline: p\nsteps: {it: {command: [no-such-program]}}\n")
    failed = run("run", "run.yaml")
    assert failed.code == 13
    assert "could not be started (no-such-program: No such file or directory)" in failed.err


def test_a_step_that_takes_too_long_is_ended_with_all_that_it_started(run, work, home) -> None:
    script = "sleep 1000 &\necho $! > child\nwait\n"
    one_step(work, script, "    timeout: 3s\n")
    failed = run("run", "run.yaml")
    assert failed.code == 13
    assert "longer than 3 s" in failed.err
    assert not is_alive(int((work / "child").read_text()))


def is_alive(pid: int) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        if state in "ZX":
            return False
        time.sleep(0.05)
    return True


def test_a_failed_command_is_tried_again(run: Run, work: Path, home: Path) -> None:
    script = "echo try >> tries; test $(wc -l < tries) -ge 3 && echo ok > x\n"
    one_step(work, script, "    retries: 2\n    outputs: [{name: x, path: x}]\n")
    run("run", "run.yaml").ok()
    found = last_run(home).steps["it"]
    assert found.details["attempts"] == 3
    assert "attempt 3 of 3" in found.log()


def test_a_background_process_does_not_hold_the_step_up(run: Run, work: Path) -> None:
    script = "sleep 1000 &\necho $! > child\necho 1 > x"
    one_step(work, script, "    outputs: [{name: x, path: x}]\n")
    run("run", "run.yaml").ok()
    os.kill(int((work / "child").read_text()), signal.SIGTERM)  # it still runs


def test_a_long_log_is_kept_whole(run: Run, work: Path, home: Path) -> None:
    one_step(work, "seq 200000; printf 'no newline'")
    run("run", "run.yaml", "-q").ok()
    expected = "".join(f"{i}\n" for i in range(1, 200001)) + "no newline"
    client = Client(home)
    assert client.list_pipeline_runs().items[0].steps["it"].log() == expected
    client.close()


def test_control_characters_of_a_command_do_not_reach_the_terminal(run: Run, work: Path) -> None:
    one_step(work, r"printf '\033]0;owned\007 10%%\r 20%%\r\n\377\n'")
    shown = run("run", "run.yaml").ok().err
    assert "\033" not in shown
    assert "\r" not in shown
    assert "it |  20%\n" in shown


def test_inputs_are_links_that_cannot_be_changed_unseen(run: Run, two: Path, home: Path) -> None:
    (two / "sum.py").write_text(
        "import os\npath = os.environ['ARTIFACTCTL_INPUT_DATA']\n"
        "assert os.path.islink(path)\nopen(path, 'a').write('9')\n"
    )
    failed = run("run", "run.yaml")
    assert failed.code in (4, 13)
    if failed.code == 4:  # root may write anywhere: it is noticed
        assert "input 'data' was written to" in failed.err
        assert run("verify").code == 8
        (two / "out" / "numbers.txt").write_text("1\n2\n3\n")
        run("register", "numbers", "out/numbers.txt").ok()
        run("verify").ok()


@pytest.mark.parametrize(
    ("ref", "code", "said"),
    [
        ("nothing", 3, "there is no artifact 'nothing'"),
        ("numbers:9", 3, "there is no version '9'"),
        ("a/b", 5, "must not contain"),
    ],
)
def test_inputs_that_are_unknown_are_found_before_anything_runs(run, two, ref, code, said) -> None:
    run("run", "run.yaml", "--step", "make").ok()
    (two / "out" / "numbers.txt").unlink()
    write(
        two, TWO_STEPS.replace("data: numbers}", f"data: '{ref}'}}").replace("&& seq", "&& seq 9")
    )
    failed = run("run", "run.yaml")
    assert failed.code == code
    assert said in failed.err
    assert failed.err.count("run.yaml:12:") == 1
    assert not (two / "out" / "numbers.txt").exists()


def test_a_cycle_is_found_before_anything_runs(run: Run, work: Path, home: Path) -> None:
    write(
        work,
        "pipeline: p\nsteps:\n"
        "  a: {inputs: {y: y}, command: touch x, outputs: {x: {path: x}}}\n"
        "  b: {inputs: {x: x}, command: touch y, outputs: {y: {path: y}}}\n",
    )
    failed = run("run", "run.yaml")
    assert failed.code == 5
    assert "steps form a cycle: a -> b -> a" in failed.err
    assert not home.exists()


def test_a_version_that_exists_is_found_before_anything_runs(run: Run, two: Path) -> None:
    pinned = TWO_STEPS.replace("name: total,", "name: total, version: v1,")
    write(two, pinned)
    run("run", "run.yaml").ok()
    assert set(statuses(run("run", "run.yaml", "-o", "json").ok()).values()) == {"cached"}
    (two / "sum.py").write_text(SUM + "# changed\n")
    (two / "out" / "total.json").unlink()
    failed = run("run", "run.yaml")
    assert failed.code == 4
    assert "run.yaml:16:" in failed.err
    assert "version 'v1' of 'total' exists already" in failed.err
    assert not (two / "out" / "total.json").exists()


def test_step_selects_with_what_it_needs(run: Run, two: Path) -> None:
    write(two, TWO_STEPS + "  other: {command: touch other}\n")
    assert list(statuses(run("run", "run.yaml", "--step", "sum", "-o", "json").ok())) == [
        "make",
        "sum",
    ]
    assert not (two / "other").exists()
    unknown = run("run", "run.yaml", "--step", "sun")
    assert unknown.code == 3
    assert "did you mean 'sum'?" in unknown.err


def test_a_dry_run_says_what_would_run_and_why(run: Run, two: Path, home: Path) -> None:
    plan = json.loads(run("run", "run.yaml", "--dry-run", "-o", "json").ok().out)
    assert [(step["action"], step["reason"]) for step in plan["steps"]] == [
        ("run", "it has not run before"),
        ("run", "depends on what make makes"),
    ]
    assert plan["steps"][1]["outputs"] == {"total": "total", "output": "counting::sum::output"}
    assert not home.exists()
    run("run", "run.yaml").ok()
    write(two, TWO_STEPS.replace('"1"', '"2"'))
    plan = json.loads(run("run", "run.yaml", "--dry-run", "-o", "json").ok().out)
    assert [(step["action"], step["reason"]) for step in plan["steps"]] == [
        ("cached", "nothing has changed"),
        ("run", "changed: env"),
    ]
    assert plan["steps"][1]["inputs"] == {"data": "numbers:1"}
    table = run("run", "run.yaml", "--dry-run").ok().out
    assert "changed: env" in table
    assert run("run", "run.yaml", "--dry-run", "-q").ok().out == "sum\n"


def test_secrets_are_nowhere(run: Run, work: Path, home: Path) -> None:
    secret = "s3cr3t-of-mine"
    one_step(
        work,
        "printf s3cr3t-; sleep 0.2; printf 'of-mine\\n'; echo $TOKEN $1 >&2\n"
        'echo "{\\"said\\": \\"$TOKEN\\"}" > m.json; echo 1 > x; exit $2\n',
        "    env: {TOKEN: '${env:SECRET}'}\n    outputs: {x: {path: x, metadata_file: m.json}}\n",
    )
    text = (work / "run.yaml").read_text()
    write(work, text.replace("[sh, script.sh]", "[sh, script.sh, '${env:SECRET}', '${code}']"))
    for code in (0, 3):
        words = ["run", "run.yaml", "--set", f"code={code}"]
        for more in (["--dry-run"], ["--dry-run", "-o", "json"], ["-o", "json"], ["--no-cache"]):
            done = run(*words, *more, SECRET=secret)
            assert done.code == (0 if code == 0 or "--dry-run" in more else 13)
            assert secret not in done.out + done.err
    assert "***" in last_run(home).steps["it"].log()
    for path in home.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path
    rotated = run("run", "run.yaml", "--set", "code=3", SECRET="other-secret")
    assert rotated.code == 13


# What is asked to end has more time than any test.
PATIENT = """
from artifactctl.pipelines.commands import processes
processes.GRACE_S = 1000.0
from artifactctl.cli import main
main()
"""


def start(
    home: Path, work: Path, *words: object, program: str = "", **extra: str
) -> subprocess.Popen[bytes]:
    argv = command("run", "run.yaml", *words)
    return subprocess.Popen(
        [argv[0], "-c", program, *argv[3:]] if program else argv,
        cwd=work,
        env=environment(home, **extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(path: Path, timeout_s: float = 60) -> None:
    until = time.monotonic() + timeout_s
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < until, f"{path} did not appear"
        time.sleep(0.02)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_ends_its_children_and_can_be_run_again(
    run: Run, work: Path, home: Path, sent: int, code: int
) -> None:
    write(
        work,
        "pipeline: p\nsteps:\n"
        "  first: {command: echo 1 > x, outputs: {x: {path: x}}}\n"
        "  slow:\n    inputs: {x: x}\n"
        "    command: 'echo begun; test -e go || { sleep 60 & echo $! > child; wait; };"
        " echo 2 > y'\n"
        "    outputs: {y: {path: y}}\n",
    )
    process = start(home, work)
    wait_for(work / "child")
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, b"")
    assert b"Traceback" not in err
    assert not is_alive(int((work / "child").read_text()))
    found = last_run(home)
    assert found.status == "cancelled"
    assert {name: step.status for name, step in found.steps.items()} == {
        "first": "completed",
        "slow": "cancelled",
    }
    client = Client(home)
    assert client.get_pipeline_run(found.id).steps["slow"].log() == "begun\n"
    client.close()
    assert leftovers(home) == []
    (work / "go").touch()
    assert statuses(run("run", "run.yaml", "-o", "json").ok()) == {
        "first": "cached",
        "slow": "completed",
    }


def test_a_second_interruption_kills(work: Path, home: Path) -> None:
    script = "trap 'echo asked > asked' TERM\necho $$ > child\nwhile :; do sleep 0.1; done\n"
    one_step(work, script)
    process = start(home, work, program=PATIENT)
    wait_for(work / "child")
    process.send_signal(signal.SIGINT)
    wait_for(work / "asked")
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert not is_alive(int((work / "child").read_text()))


def test_a_run_that_was_killed_is_marked_by_the_next_one(run: Run, work: Path, home: Path) -> None:
    one_step(work, "test -e child && exit 0\necho $$ > child\nsleep 60\n")
    process = start(home, work)
    wait_for(work / "child")
    process.kill()
    process.communicate(timeout=60)
    subprocess.run(["kill", "-9", (work / "child").read_text().strip()])
    check_home(home)
    run("run", "run.yaml").ok()
    client = Client(home)
    assert [found.status for found in client.list_pipeline_runs().items] == ["completed", "failed"]
    client.close()


def test_two_runs_of_the_same_file_at_once(work: Path, home: Path) -> None:
    write(
        work,
        "pipeline: p\nsteps:\n"
        "  it: {command: sleep 0.5; echo $$ > x-$$; mv x-$$ x, outputs: {x: {path: x}}}\n"
        "  pinned: {command: sleep 1; echo 1 > y, outputs: {y: {path: y, version: v1}}}\n",
    )
    both = [start(home, work), start(home, work)]
    errors = [process.communicate(timeout=60)[1] for process in both]
    # Whoever is second waits, and finds the step in the cache.
    assert [process.returncode for process in both] == [0, 0], errors
    client = Client(home)
    pinned = client.list_artifact_versions(artifact="y")
    assert [version.version for version in pinned] == ["v1"]
    assert client.verify() == []
    client.close()


def test_steps_run_at_the_same_time(run: Run, work: Path, home: Path) -> None:
    meet = "touch {0}; for i in $(seq 200); do test -e {1} && exit 0; sleep 0.05; done; exit 1"
    write(
        work,
        "pipeline: p\nsteps:\n"
        f"  a: {{command: '{meet.format('a', 'b')}', outputs: {{a: {{path: a}}}}}}\n"
        f"  b: {{command: '{meet.format('b', 'a')}', outputs: {{b: {{path: b}}}}}}\n"
        "  c: {inputs: {a: a, b: b}, command: echo all}\n",
    )
    done = run("run", "run.yaml", "--jobs", "2", "-o", "json").ok()
    assert set(statuses(done)) == {"a", "b", "c"}
    assert list(last_run(home).steps)[2] == "c"


def test_others_come_to_their_end_when_one_fails(run: Run, work: Path, home: Path) -> None:
    write(
        work,
        "pipeline: p\nsteps:\n"
        "  bad: {command: exit 3}\n"
        "  good: {command: sleep 0.5; echo 1 > x, outputs: {x: {path: x}}}\n"
        "  never: {command: touch never}\n",
    )
    assert run("run", "run.yaml", "-j", "2").code == 13
    assert {name: step.status for name, step in last_run(home).steps.items()} == {
        "bad": "failed",
        "good": "completed",
    }
    assert not (work / "never").exists()


def test_exec_registers_what_one_command_made(run: Run, work: Path, home: Path) -> None:
    (work / "in.txt").write_text("1\n2\n")
    run("register", "some data", "in.txt").ok()
    words = ["exec", "report", "--out", "r.txt", "--input", "some data", "-t", "x", "--metadata"]
    count = "wc -l < $ARTIFACTCTL_INPUT_SOME_DATA > r.txt"
    for number in (1, 2):
        done = run(*words, "a=1", "-q", "--", "sh", "-c", count).ok()
        assert done.out == f"report:{number}\n"
    client = Client(home)
    made = client.find_artifact_version("report")
    assert (made.tags, made.metadata["a"]) == (("x",), 1)
    assert made.step.inputs["some_data"].ref == "some data:1"
    client.close()
    assert run("exec", "report", "--out", "r.txt", "--", "false").code == 13
    assert run("exec", "a/b", "--out", "r.txt", "--", "true").code == 5
    assert run("exec", "report", "--out", "r.txt", "--input", "none", "--", "true").code == 3


def test_continuous_integration_is_told(run: Run, two: Path, home: Path) -> None:
    facts = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "me/it",
        "GITHUB_RUN_ID": "42",
        "GITHUB_JOB": "train",
        "GITHUB_SHA": "abc",
        "GITHUB_OUTPUT": str(two / "output"),
        "GITHUB_STEP_SUMMARY": str(two / "summary"),
    }
    (two / "output").write_text("before=1\n")
    run("run", "run.yaml", **facts).ok()
    found = last_run(home)
    assert found.details["ci"] == {
        "provider": "github",
        "url": "https://github.com/me/it/actions/runs/42",
        "job": "train",
        "commit": "abc",
    }
    assert (two / "output").read_text().splitlines() == [
        "before=1",
        "artifact_make_numbers=numbers:1",
        "make_numbers=numbers:1",
        "artifact_numbers=numbers:1",
        "numbers=numbers:1",
        "artifact_sum_total=total:1",
        "sum_total=total:1",
        "artifact_total=total:1",
        "total=total:1",
        "artifact_sum_output=counting::sum::output:1",
        "sum_output=counting::sum::output:1",
        "artifact_output=counting::sum::output:1",
        "output=counting::sum::output:1",
        f"run_id={found.id}",
    ]
    assert "| make | completed | numbers:1 |" in (two / "summary").read_text()
    gitlab = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_JOB_NAME": "t",
        "CI_PIPELINE_URL": "https://x/1",
    }
    run("run", "run.yaml", **gitlab).ok()
    assert last_run(home).details["ci"] == {"provider": "gitlab", "url": "https://x/1", "job": "t"}
    unwritable = run("run", "run.yaml", GITHUB_OUTPUT=str(two / "no" / "such"))
    assert unwritable.code == 7
    assert "No such file or directory" in unwritable.err.splitlines()[-1]
    assert last_run(home).status == "completed"


def test_the_schema_is_printed(run: Run) -> None:
    assert json.loads(run("run", "--schema").ok().out)["$schema"]
    assert run("run").code == 2
    assert run("run", "x.yaml", "--set", "x").code == 2
    assert run("run", "nothing.yaml").code == 3


def test_mistakes_of_a_file_are_told_at_once(run: Run, work: Path) -> None:
    write(work, "pipeline: p\nstep: {}\nsteps:\n  a: {comand: x}\n")
    failed = run("run", "run.yaml")
    assert failed.code == 5
    assert "run.yaml:2:1: " in failed.err
    assert "did you mean 'command'?" in failed.err
    write(work, "steps: {a: {command: x}}\n")
    assert "'pipeline' is missing" in run("run", "run.yaml").err
    write(work, "pipeline: p\nsteps: {a: {env: {A: b}}, b: {}}\n")
    idle = run("run", "run.yaml")
    assert idle.code == 5
    assert idle.err.count("has neither a command nor outputs") == 2


def test_the_end_of_a_run_is_told_in_a_line(run: Run, two: Path) -> None:
    *lines, said = run("run", "run.yaml").ok().err.splitlines()
    assert lines[:2] == ["make: running", "make | made 3"]
    assert re.fullmatch(r"run counting-\S+ completed in [\d.]+ m?s, 2 steps", said)
    (two / "sum.py").write_text("import sys; sys.exit('no')\n")
    failed = run("run", "run.yaml")
    assert failed.code == 13
    told = failed.err[failed.err.index("run counting-") :]
    assert re.match(r"run (\S+) failed in [\d.]+ m?s, 2 steps \(1 cached, 1 failed\)\n", told)
    name = told.split()[1]
    assert f"artifactctl runs logs {name} sum prints its whole log" in told
    assert run("runs", "logs", name, "sum").ok().out == "no\n"
    cached = run("runs", "logs", name, "make").ok()
    pointer = r"served by the cache .* see artifactctl runs logs counting-\S+ make"
    assert re.search(pointer, cached.err)


def test_a_run_is_described_with_its_commands_and_how_they_ended(run: Run, work: Path) -> None:
    one_step(work, "exit 3\n", "    retries: 1\n")
    write(work, (work / "run.yaml").read_text() + "vars: {n: 1.10}\n")
    assert run("run", "run.yaml", CI="true", BUILD_URL="https://ci.example/1").code == 13
    said = run("runs", "describe", run("runs", "list", "-q").ok().out.strip()).ok().out
    for part in ("failed (exit code 3, 2 attempts)", "sh script.sh", "n=1.10", "ci.example/1"):
        assert part in said


def test_a_status_that_is_none_is_wrong_usage(run: Run, two: Path) -> None:
    run("run", "run.yaml").ok()
    wrong = run("runs", "list", "--status", "fialed")
    assert wrong.code == 2
    assert "running, completed, failed, cancelled" in wrong.err
    assert run("runs", "list", "--status", "oneof:completed,failed", "-q").ok().out
