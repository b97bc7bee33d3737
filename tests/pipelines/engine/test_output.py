"""What steps print: kept for each step, shown line by line, without secrets."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from artifactctl.pipelines.engine.output import captured, printing_to
from artifactctl.pipelines.engine.step_log import TAIL_LINES, StepLog


@pytest.fixture
def shown() -> list[str]:
    return []


def test_a_log_keeps_everything_and_shows_lines_that_have_ended(tmp_path: Path, shown) -> None:
    log = StepLog(tmp_path / "log", (), shown.append)
    log.write(b"one\ntw")
    assert shown == ["one"]
    log.note("between")
    log.write(b"10 %\r20 %\r\nlast \xc3")
    log.close()
    assert shown == ["one", "tw", "between", "20 %", "last �"]
    assert (tmp_path / "log").read_bytes() == b"one\ntw\nbetween\n10 %\r20 %\r\nlast \xc3"
    log.close()
    assert shown[-1] == "last �"
    with pytest.raises(ValueError, match="closed"):
        log.write(b"late")


def test_a_secret_that_comes_in_pieces_is_neither_kept_nor_shown(tmp_path: Path, shown) -> None:
    log = StepLog(tmp_path / "log", ["secret"], shown.append)
    for piece in (b"my sec", b"ret is ", b"sec", b"ure"):
        log.write(piece)
    log.close()
    assert (tmp_path / "log").read_bytes() == b"my *** is secure"
    assert shown == log.tail == ["my *** is secure"]


def test_the_tail_is_the_last_lines_cut_where_they_are_long(tmp_path: Path, shown) -> None:
    log = StepLog(tmp_path / "log", (), shown.append)
    log.write(b"".join(b"%d\n" % number for number in range(50)) + b"x" * 40_000)
    log.close()
    assert len(log.tail) == TAIL_LINES
    assert log.tail[0] == "33"
    assert {len(line) for line in log.tail[-3:]} == {500}
    assert "".join(shown[50:]) == "x" * 40_000


def test_steps_in_threads_that_end_in_any_order_have_logs_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sys.stdout, sys.stderr
    begun, first_ended = threading.Barrier(2), threading.Event()

    def work(word: str, *, is_first: bool) -> None:
        log = StepLog(tmp_path / word, (), lambda _: None)
        with captured(log):
            begun.wait(60)
            print(f"{word} begins\n", end="")  # in one write, as lines of threads may mix
            begun.wait(60)
            if not is_first:
                first_ended.wait(60)
                print(word, "ends", file=sys.stderr)
        log.close()
        first_ended.set()

    threads = [
        threading.Thread(target=work, args=("one",), kwargs={"is_first": True}),
        threading.Thread(target=work, args=("two",), kwargs={"is_first": False}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (sys.stdout, sys.stderr) == before
    assert (tmp_path / "one").read_text() == "one begins\n"
    assert (tmp_path / "two").read_text() == "two begins\ntwo ends\n"
    assert sorted(capsys.readouterr().out.splitlines()) == ["one begins", "two begins"]


def test_what_is_printed_outside_of_steps_is_shown_and_a_steps_lines_once(
    tmp_path: Path, shown
) -> None:
    of_step: list[str] = []
    log = StepLog(tmp_path / "log", ["secret"], of_step.append)
    with printing_to(shown.append, ["secret"]):
        print("a secret before")
        with captured(log):
            print("in the step")
            sys.stderr.write("and its errors\n")
        sys.stdout.close()
        sys.stdout.buffer.write(b"still open\nno end")
    log.close()
    assert shown == ["a *** before", "still open", "no end"]
    assert of_step == ["in the step", "and its errors"]


_PRINTS_WHILE_STEPS_END = """
import io, sys, threading
from artifactctl.pipelines.engine.output import captured
from artifactctl.pipelines.engine.step_log import StepLog

sys.setswitchinterval(1e-6)
ended, sys.stdout = threading.Event(), io.StringIO()

def talk():
    while not ended.is_set():
        print("word", 3)

def take_turns():
    for _ in range(1000):
        with captured(StepLog(None, (), lambda line: None)):
            pass

talking = [threading.Thread(target=talk) for _ in range(2)]
steps = [threading.Thread(target=take_turns) for _ in range(2)]
for thread in talking + steps:
    thread.start()
for thread in steps:
    thread.join()
ended.set()
"""


def test_what_prints_while_a_step_of_another_thread_ends_does_not_crash_the_process() -> None:
    # In a process of its own: where print() does not hold its stream, this is a segmentation fault.
    command = [sys.executable, "-c", _PRINTS_WHILE_STEPS_END]
    assert subprocess.run(command, check=False, timeout=200).returncode == 0
