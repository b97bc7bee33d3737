"""What a person sees on a terminal, and what a pipe gets when it is closed."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time

import pytest

from tests.conftest import command, environment

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def on_terminal(home, work):
    """Run the command on a terminal of some width; return its exit code and all it showed."""

    def run_on_terminal(*words, width=80, feed=(), **extra):
        outer, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        process = subprocess.Popen(
            command(*words),
            cwd=work,
            env=environment(home, TERM="xterm-256color", **extra),
            stdin=subprocess.PIPE,
            stdout=inner,
            stderr=inner,
        )
        os.close(inner)
        for chunk in feed:
            process.stdin.write(chunk)
            process.stdin.flush()
            time.sleep(0.35)
        process.stdin.close()
        shown = b""
        with contextlib.suppress(OSError):  # a terminal whose other end is closed gives EIO
            while chunk := os.read(outer, 65536):
                shown += chunk
        os.close(outer)
        return process.wait(60), shown.decode()

    return run_on_terminal


@pytest.fixture
def wide(client, work):
    (work / "f").write_text("x")
    client.register("a_name_of_some_length", str(work / "f"), tags=["one tag", "another", "third"])
    client.close()
    return client


def test_a_narrow_terminal_cuts_neither_ids_nor_names(on_terminal, wide):
    version_id = wide.get_artifact_version("a_name_of_some_length").id
    code, shown = on_terminal("artifact", "version", "list", width=60)
    plain = ESCAPE.sub("", shown)
    assert code == 0
    assert version_id in plain
    assert "a_name_of_some_length" in plain
    assert "one tag,another" not in plain
    # Each row stays one line, however many columns had to give way.
    assert len(plain.split("Page (1/1)")[0].strip().splitlines()) == 3
    code, shown = on_terminal("artifact", "list", width=100)
    assert max(len(line) for line in ESCAPE.sub("", shown).splitlines()) <= 100


def test_documents_for_programs_carry_no_escape_codes_even_on_a_terminal(on_terminal, wide):
    for output in ("json", "yaml", "csv"):
        code, shown = on_terminal("artifact", "version", "list", "-o", output, width=40)
        assert (code, "\x1b" in shown) == (0, False)
        assert "a_name_of_some_length" in shown


def test_no_color_leaves_no_escape_codes_on_a_terminal(on_terminal, wide):
    for words, variables in ((("--no-color",), {}), ((), {"NO_COLOR": "1"})):
        code, shown = on_terminal("artifact", "list", *words, **variables)
        assert (code, "\x1b" in shown) == (0, False)


def test_progress_appears_for_long_work_and_not_for_short(on_terminal, wide, work):
    code, shown = on_terminal("register", "short", "f")
    assert (code, ESCAPE.sub("", shown)) == (0, "Registered short:1 (1 file, 1 B)\r\n")
    slow = [b"x" * 2_000_000] * 5
    code, shown = on_terminal("register", "slow", "-", feed=slow)
    assert code == 0
    assert "MB" in shown
    assert "\x1b[?25l" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")
    assert "Registered slow:1" in shown


def test_progress_is_not_shown_in_a_pipe(home, work):
    process = subprocess.Popen(
        command("register", "slow", "-"),
        cwd=work,
        env=environment(home, TERM="xterm", FORCE_COLOR="1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(4):
        process.stdin.write(b"x" * 1_000_000)
        process.stdin.flush()
        time.sleep(0.35)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert out == b"Registered slow:1 (1 file, 4.0 MB)\n"


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_a_closed_pipe_ends_quietly_with_141(home, work, wide, output):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command("artifact", "version", "list", "-o", output),
        cwd=work,
        env=environment(home),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 141
    assert done.stderr in (b"", b"Page (1/1), 1 items found for the applied filters.\n")


def test_a_reader_that_stops_early_ends_a_download_to_standard_output_quietly(home, work, client):
    (work / "big").write_bytes(b"line\n" * 400_000)
    client.register("big", str(work / "big"))
    client.close()
    pipeline = '{ "$@"; echo "code $?" >&2; } | head -n 1'
    done = subprocess.run(
        ["sh", "-c", pipeline, "sh", *command("download", "big", "-")],
        cwd=work,
        env=environment(home),
        capture_output=True,
        check=False,
    )
    assert done.stdout == b"line\n"
    assert done.stderr == b"code 141\n"
