"""What a person sees on a terminal, and what a pipe gets when it is closed."""

import contextlib
import fcntl
import json
import os
import pty
import re
import sqlite3
import struct
import subprocess
import termios
import time

import pytest

from tests.commands import command, environment
from tests.needed import needs
from tests.servers.proxy import proxied

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
def asked(home, work):
    """Run the command with a terminal as its input only; return code, stdout and stderr.

    `keys` are typed once the command has asked; each Ctrl-C goes to it as a terminal sends it.
    """
    needs("setsid")

    def run_asked(*words, keys=(), **extra):
        outer, inner = pty.openpty()
        process = subprocess.Popen(
            # With the terminal as its own, so that Ctrl-C interrupts it.
            ["setsid", "--ctty", *command(*words)],
            cwd=work,
            env=environment(home, TERM="xterm-256color", **extra),
            stdin=inner,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(inner)
        before = b""
        for key in keys:
            while not before.endswith(b"[y/N]: "):
                byte = process.stderr.read(1)
                assert byte, before
                before += byte
            os.write(outer, key)
            before += b"\n"  # what is typed is echoed by the terminal, not by the command
        try:
            out, err = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            # Typed at the very moment between the question and the wait for an answer, Ctrl-C is
            # heeded with the next key only; a person types it again.
            os.write(outer, keys[-1])
            out, err = process.communicate(timeout=60)
        os.close(outer)
        return process.returncode, out.decode(), (before + err).decode()

    return run_asked


@pytest.fixture
def wide(client, work):
    (work / "f").write_text("x")
    client.register("a_name_of_some_length", str(work / "f"), tags=["one tag", "another", "third"])
    client.close()
    return client


def test_tables_fit_a_terminal_of_80_cells_and_wide_ones_are_whole(on_terminal, wide):
    found = wide.get_artifact_version("a_name_of_some_length")
    for words in (("artifact", "version", "list"), ("artifact", "list")):
        for width in (60, 80, 140):
            code, shown = on_terminal(*words, width=width)
            lines = re.split("Not shown|Page", ESCAPE.sub("", shown))[0].splitlines()
            assert code == 0
            assert max(map(len, lines)) <= width
            assert "a_name_of_some_length" in lines[2]
    code, shown = on_terminal("artifact", "version", "list", "--wide", width=60)
    assert found.id_text in shown
    assert "another,one tag,third" in shown


def test_documents_for_programs_carry_no_escape_codes_even_on_a_terminal(on_terminal, wide):
    for output in ("json", "yaml", "csv"):
        code, shown = on_terminal("artifact", "version", "list", "-o", output, width=40)
        assert (code, "\x1b" in shown) == (0, False)
        assert "a_name_of_some_length" in shown


def test_no_color_leaves_no_escape_codes_on_a_terminal(on_terminal, wide):
    for words, variables in ((("--no-color",), {}), ((), {"NO_COLOR": "1"})):
        code, shown = on_terminal("artifact", "list", *words, **variables)
        assert (code, "\x1b" in shown) == (0, False)


def test_a_note_is_in_colour_on_a_terminal_and_plain_in_a_pipe(on_terminal, run, two):
    run("tag", "m:1", "best").ok()
    taken = "'best' was taken from m:1"
    _, shown = on_terminal("tag", "m:2", "best", "--exclusive")
    assert f"\x1b[38;5;31m{taken}\x1b[0m" in shown
    done = run("tag", "m:1", "best", "--exclusive").ok()
    assert done.err == "'best' was taken from m:2\n"


def test_a_warning_has_another_colour_and_none_without_colour(on_terminal, run, home, two):
    (home / "store" / "blobs" / "mine").write_text("x")
    warning = "blobs/mine in the store is not a file of artifactctl; it is left alone"
    assert f"\x1b[38;5;130m{warning}\x1b[0m" in on_terminal("verify")[1]
    assert "\x1b[38" not in on_terminal("verify", NO_COLOR="1")[1]
    assert run("verify").ok().err.splitlines()[0] == warning
    (home / "store" / "blobs" / "mine").unlink()


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


DELETIONS = [
    ("artifact", "version", "delete", "m:1"),
    ("artifact", "delete", "m"),
    ("artifact", "prune", "--unused"),
    ("artifact", "prune", "m", "--unused", "-a"),
]


@pytest.fixture
def two(client, work):
    """m:1 and m:2."""
    (work / "f").write_text("x")
    (work / "g").write_text("other")
    client.register("m", str(work / "f"))
    client.register("m", str(work / "g"))
    client.close()
    return client


def what_is_there(home, client):
    versions = [item.as_json() for item in client.list_artifact_versions(size=0)]
    client.close()
    blobs = sorted(path.name for path in (home / "store" / "blobs").glob("*/*"))
    return versions, blobs


@pytest.mark.parametrize("words", DELETIONS, ids=" ".join)
def test_yes_to_the_question_deletes(asked, home, two, words):
    before = what_is_there(home, two)
    code, out, err = asked(*words, keys=[b"y\n"])
    assert code == 0
    assert "Delete " in err
    assert "[y/N]: " in err
    assert "[y/N]" not in out
    assert out == out.lstrip()
    assert what_is_there(home, two) != before


@pytest.mark.parametrize("words", DELETIONS, ids=" ".join)
@pytest.mark.parametrize("answer", [b"NO\n", b"\n"])
def test_no_to_the_question_leaves_everything_and_says_so(asked, home, two, words, answer):
    before = what_is_there(home, two)
    code, out, err = asked(*words, keys=[answer])
    assert (code, out) == (0, "")
    assert err.splitlines()[-1] == "Nothing was deleted."
    assert what_is_there(home, two) == before


@pytest.mark.parametrize("words", DELETIONS, ids=" ".join)
@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_an_interrupted_question_leaves_everything_and_ends_with_130(asked, home, two, words, key):
    before = what_is_there(home, two)
    code, out, err = asked(*words, keys=[key])
    assert (code, out) == (130, "")
    assert "Traceback" not in err
    assert what_is_there(home, two) == before


def test_what_is_no_answer_is_asked_again(asked, home, two):
    before = what_is_there(home, two)
    words = ("artifact", "version", "delete", "m:1", "-q")
    code, out, err = asked(*words, keys=[b"maybe\n", b"\xff\xfe\n", b"yes please\n", b"n\n"])
    assert (code, out) == (0, "")
    assert err.count("Delete m:1? [y/N]: ") == 4
    assert what_is_there(home, two) == before
    code, out, err = asked(*words, keys=[b"what\n", b" YES \n"])
    assert (code, out) == (0, "m:1\n")


def test_only_the_result_goes_to_standard_output_when_it_is_a_pipe(asked, home, two):
    words = ("artifact", "version", "delete", "m:1", "-o", "json")
    code, out, _ = asked(*words, keys=[b"y\n"])
    assert code == 0
    assert out.startswith("{")
    assert json.loads(out) == {"deleted": ["m:1"]}
    code, out, err = asked("artifact", "delete", "m", "-q", keys=[b"y\n"])
    assert (code, out) == (0, "m\n")
    assert err.startswith("  m:2\nDelete artifact 'm' with 1 version? [y/N]: ")


def test_the_question_says_what_would_go(asked, home, two):
    _, _, err = asked("artifact", "version", "delete", "m:1", "m:2", keys=[b"n\n"])
    assert err.startswith("Delete m:1, m:2? [y/N]: ")
    _, _, err = asked("artifact", "prune", "--unused", keys=[b"n\n"])
    *shown, question = err.splitlines()[:3]
    assert [line.split()[0] for line in shown] == ["m:2", "m:1"]
    assert question == "Delete 2 artifact versions (6 B)? [y/N]: "


def test_nobody_is_asked_when_yes_was_said_or_nothing_would_be_deleted(asked, home, two):
    code, _, err = asked("artifact", "prune")
    assert (code, err) == (0, "No unused artifact versions found.\n")
    code, out, err = asked("artifact", "prune", "--unused", "--dry-run", "-q")
    assert (code, out) == (0, "m:2\nm:1\n")
    assert "[y/N]" not in err
    code, _, err = asked("gc", "--grace", "0")
    assert (code, "[y/N]" in err) == (0, False)
    code, out, err = asked("artifact", "version", "delete", "m:9")
    assert (code, out) == (3, "")
    assert "[y/N]" not in err
    code, out, err = asked("artifact", "version", "delete", "m:1", "-y", "-q")
    assert (code, out, err) == (0, "m:1\n", "")


def test_names_from_an_altered_catalog_are_escaped_in_questions_and_errors(asked, home, two):
    hostile = "evil\x1b[2J\u202ename"
    connection = sqlite3.connect(home / "catalog.db")
    connection.execute("UPDATE artifact SET name = ?", (hostile,))
    connection.commit()
    connection.close()
    version_id = two.list_artifact_versions().items[-1].id_text
    artifact_id = two.list_artifacts().items[-1].id_text
    two.close()
    for words, keys, expected in (
        (("artifact", "version", "delete", version_id), [], 8),
        (("artifact", "delete", artifact_id), [b"n\n"], 0),
    ):
        code, out, err = asked(*words, keys=keys, NO_COLOR="1")
        assert (code, out) == (expected, "")
        assert "evil" in err
        assert "\x1b" not in err
        assert "\u202e" not in err
    connection = sqlite3.connect(home / "catalog.db")
    connection.execute("UPDATE artifact SET name = 'm'")
    connection.commit()
    connection.close()


def test_the_new_tables_carry_no_escape_codes_without_colour(on_terminal, two):
    for words in (
        ("artifact", "prune", "--unused", "--dry-run"),
        ("metadata", "list", "m:1"),
        ("artifact", "version", "list", "--metadata", "k=isnull:"),
        ("gc", "--dry-run"),
    ):
        for extra in ({"NO_COLOR": "1"}, {}):
            flags = () if extra else ("--no-color",)
            code, shown = on_terminal(*words, *flags, **extra)
            assert (code, "\x1b" in shown) == (0, False)


def test_of_many_files_a_terminal_shows_the_largest_and_says_how_many_there_are(
    on_terminal, client, work
):
    for folder, several in (("one", 25), ("two", 50)):
        (work / folder).mkdir()
        for number in range(several):
            (work / folder / f"f{number:02}").write_text("x" * (number + 1))
        client.register("many", str(work / folder), metadata={"loss": list(range(30)), "n": None})
    client.close()
    code, shown = on_terminal("artifact", "version", "describe", "many")
    plain = ESCAPE.sub("", shown)
    assert code == 0
    assert re.findall(r"^f\d\d", plain, re.MULTILINE) == [f"f{i}" for i in range(49, 29, -1)]
    assert plain.splitlines()[-1] == "The 20 largest of 50 files; --files shows all."
    assert re.search(r"loss +\[0, 1, 2, 3, 4, \.\.\. 30 in all\]", plain)
    assert re.search(r"  n +null", plain)
    for more in (["--files"], ["--wide"]):
        shown = on_terminal("artifact", "version", "describe", "many", *more)[1]
        assert len(set(re.findall(r"^f\d\d", ESCAPE.sub("", shown), re.MULTILINE))) == 50
        assert "largest" not in shown
    code, shown = on_terminal("diff", "many:1", "many:2")
    plain = ESCAPE.sub("", shown)
    assert re.findall(r"^. (f\d\d)", plain, re.MULTILINE) == [f"f{i}" for i in range(30, 50)]
    assert plain.splitlines()[-2:] == [
        "and 5 more files; --files shows all",
        "25 files added, 25 unchanged",
    ]
    shown = on_terminal("diff", "many:1", "many:2", "--files")[1]
    assert len(re.findall(r"^. f\d\d", ESCAPE.sub("", shown), re.MULTILINE)) == 25


def test_a_pipe_gets_all_files(run, work):
    for folder, several in (("one", 25), ("two", 50)):
        (work / folder).mkdir()
        for number in range(several):
            (work / folder / f"f{number:02}").write_text("x" * (number + 1))
        run("register", "many", folder).ok()
    described = run("artifact", "version", "describe", "many").ok()
    assert (len(re.findall(r"^f\d\d", described.out, re.MULTILINE)), described.err) == (50, "")
    assert len(re.findall(r"^\+ f\d\d", run("diff", "many:1", "many").ok().out, re.MULTILINE)) == 25


def test_a_slow_link_to_the_catalog_is_told_on_a_terminal(on_terminal, postgres, postgres_url):
    schema = postgres_url.rpartition("=")[2]
    with proxied(postgres.port) as proxy:
        far = {"ARTIFACTCTL_CATALOG": postgres.url(schema, port=proxy.port)}
        assert "was waited for" not in on_terminal("artifact", "list", **far)[1]
        proxy.delay_s = 0.6  # one way
        code, shown = on_terminal("artifact", "list", **far)
    assert code == 0
    assert re.search(r"server was waited for \d+\.\d s: \d+ answers, \d+ ms each", shown)


def test_a_description_is_laid_out_and_what_it_contains_does_nothing(client, work, on_terminal):
    (work / "f").write_text("x")
    text = "**bold**\x1b]0;title\x07 and [l](http://x)"
    client.register("a", str(work / "f"), description=text)
    client.close()
    code, shown = on_terminal("artifact", "version", "describe", "a")
    assert code == 0
    assert "bold" in shown
    assert not [
        strange for strange in ("**bold**", "\x1b]0;", "\x1b]8;", "\x07") if strange in shown
    ]


FOUND = "\x1b[1;38;5;160m"


def test_what_was_searched_for_has_a_colour_on_a_terminal_only(on_terminal, run, work):
    (work / "f").write_text("four")
    run("register", "iris", "f", "--metadata", "note==an iris_of_the_valley and its IRISes").ok()
    words = ("find", "iris", "AND", "valley")
    _, shown = on_terminal(*words, width=100)
    assert f"{FOUND}iris\x1b[0m:1" in shown
    assert (
        f"note = an {FOUND}iris\x1b[0m_of_the_{FOUND}valley\x1b[0m {FOUND}and\x1b[0m its" in shown
    )
    assert FOUND in on_terminal("--wide", *words)[1]
    for width in (20, 40):  # also where a cell is folded inside of a word
        _, narrow = on_terminal(*words, width=width)
        assert narrow.count(FOUND) >= 4
        assert "note" in ESCAPE.sub("", narrow)
    assert "\x1b" not in on_terminal(*words, NO_COLOR="1")[1]
    assert "\x1b" not in run(*words).ok().out
    assert "*" not in run(*words).ok().out


def test_a_history_goes_on_below_the_place_where_its_lines_begin(on_terminal, run, work):
    (work / "f").write_text("four")
    run("register", "iris", "f").ok()
    keys = [word for i in range(9) for word in ("--metadata", f"key_{i}=a\x1b[31m{i}")]
    run("register", "iris", "f", *keys).ok()
    _, shown = on_terminal("log", "iris", width=40)
    assert "\x1b[1miris:2\x1b[0m  " in shown
    lines = [ESCAPE.sub("", line) for line in shown.splitlines()]
    first = next(at for at, line in enumerate(lines) if line.startswith("    metadata  +key_0"))
    others = lines[first + 1 : lines.index("")]
    assert all(line.startswith(" " * 14 + "+key") or "key" not in line for line in others)
    assert max(map(len, lines[first : lines.index("")])) <= 40
    assert "\x1b[31m" not in shown
    _, wide = on_terminal("--wide", "log", "iris", width=40)
    assert "+key_8" in next(line for line in wide.splitlines() if "+key_0" in line)
    assert "\x1b" not in run("log", "iris").ok().out
