"""`register NAME <(command)`: what a pipe gives is read, once, when it is the one path."""

import json
import os
import subprocess
import sys
import threading

import pytest

from tests.commands import environment

CONTENT = b"a,b\n1,2\n" * 40_000


@pytest.fixture
def in_bash(home, work):
    """A line of bash in which `artifactctl` is the command."""

    def execute(line, content=CONTENT):
        (work / "content").write_bytes(content)
        line = f'artifactctl() {{ "{sys.executable}" -m artifactctl "$@"; }}; {line}'
        return subprocess.run(
            ["bash", "-c", line], cwd=work, env=environment(home), capture_output=True, check=False
        )

    return execute


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("artifactctl register x <(cat content) -q", "data"),
        ("artifactctl register x <(cat content) -q --stdin-name t.csv", "t.csv"),
        ("cat content | artifactctl register x /dev/stdin -q", "data"),
        ("cat content | artifactctl register x /dev/fd/0 -q", "data"),
        ("cat content | artifactctl register x /proc/self/fd/0 -q", "data"),
        (
            "mkfifo feed.csv; cat content > feed.csv & artifactctl register x feed.csv -q",
            "feed.csv",
        ),
        ("artifactctl register x <(sleep 0.3; cat content) -q", "data"),
        ("mkfifo s; (sleep 0.3; cat content) > s & artifactctl register x s -q", "s"),
        ("mkfifo w; (sleep 1; cat content > w) & artifactctl register x w -q", "w"),
        ("mkfifo f; ln -s f l.csv; cat content > f & artifactctl register x l.csv -q", "l.csv"),
    ],
)
def test_what_a_pipe_gives_is_a_file(in_bash, client, line, name):
    done = in_bash(line)
    assert (done.returncode, done.stdout) == (0, b"x:1\n"), done.stderr
    (file,) = client.describe_artifact_version("x").files
    assert (file.path, file.size_bytes) == (name, len(CONTENT))
    client.register("y", "content")
    assert file.digest == client.describe_artifact_version("y").files[0].digest
    client.close()


def test_an_empty_pipe_and_one_with_equal_content(in_bash, client):
    assert in_bash("artifactctl register x <(true) -q").stdout == b"x:1\n"
    again = in_bash("artifactctl register x <(cat content) --if-changed -q", b"")
    assert again.stdout == b"x:1\n"
    other = in_bash("artifactctl register x <(cat content) --if-changed -q")
    assert other.stdout == b"x:2\n"


def test_a_standard_input_that_is_a_file_is_that_file(in_bash, client):
    done = in_bash("artifactctl register x /dev/stdin -q < content")
    assert (done.returncode, done.stdout) == (0, b"x:1\n"), done.stderr
    assert client.get_artifact_version("x").size_bytes == len(CONTENT)
    client.close()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("artifactctl register x <(cat content) content", 12, "'-'"),
        ("artifactctl register x <(cat content) <(cat content)", 12, "'-'"),
        ("artifactctl register x <(cat content) --link", 2, "cannot be linked"),
        ("mkfifo f; artifactctl register x f", 12, "no process writes"),
        ("mkdir d; mkfifo d/f; artifactctl register x d", 12, "not a regular file"),
    ],
)
def test_pipes_are_read_nowhere_else(in_bash, line, code, said):
    done = in_bash(line)
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr.decode()
    assert b"pipe:[" not in done.stderr


def test_a_program_may_register_a_fifo_too(client, work):
    os.mkfifo(work / "f")
    writer = threading.Thread(target=(work / "f").write_bytes, args=(b"x",))
    writer.start()
    version = client.register("x", work / "f").version
    writer.join()
    assert (version.kind, version.size_bytes, json.dumps(dict(version.metadata))) == (
        "file",
        1,
        "{}",
    )
