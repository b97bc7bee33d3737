"""`ls` and `cat`: the files inside of versions, and the bytes of one."""

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from artifactctl import cli
from artifactctl.client import Client
from tests.commands import Result, command, environment
from tests.conftest import Run
from tests.servers import s3
from tests.servers.s3 import S3Server

Here = Callable[..., Result]


@pytest.fixture
def here(
    client: Client, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Here:
    """Runs a command line in this process."""
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(client.settings.home_path))

    def run_here(*words: str) -> Result:
        code = cli.run(words)
        said = capfdbinary.readouterr()
        return Result(code, said.out.decode(), said.err.decode())

    return run_here


@pytest.fixture
def model(client: Client, work: Path) -> None:
    """An artifact `m` with files in folders, and `f`, which is a file."""
    for path in ("model.json", "deep/w.bin", "deep/er/README.md", "deep-er.txt"):
        (work / "out" / path).parent.mkdir(parents=True, exist_ok=True)
        (work / "out" / path).write_text(path)
    os.utime(work / "out/deep/w.bin", (4_000_000_000, 4_000_000_000))
    (work / "iris.csv").write_text("a,b\n1,2\n")
    client.register("m", work / "out", tags=["team/prod"])
    client.register("f", work / "iris.csv")


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("words", "paths"),
    [
        (["m"], ["deep-er.txt", "deep/", "model.json"]),
        (["m/"], ["deep-er.txt", "deep/", "model.json"]),
        (["m:1/deep"], ["deep/er/", "deep/w.bin"]),
        (["m/deep/", "-R"], ["deep/er/README.md", "deep/w.bin"]),
        (["m", "--tree"], ["deep-er.txt", "deep/er/README.md", "deep/w.bin", "model.json"]),
        (["m/deep/w.bin"], ["deep/w.bin"]),
        (["m/deep", "-v", "1"], ["deep/er/", "deep/w.bin"]),
        (["m@team/prod"], ["deep-er.txt", "deep/", "model.json"]),
        (["m@team/prod/deep"], ["deep/er/", "deep/w.bin"]),
        (["f"], ["iris.csv"]),
    ],
    ids=str,
)
def test_a_level_is_listed_as_ls_does_and_every_file_on_request(
    here: Here, words: list[str], paths: list[str]
) -> None:
    assert here("ls", *words, "-q").ok().out.splitlines() == paths
    found = json.loads(here("ls", *words, "-o", "json").ok().out)
    assert [item["path"] for item in found["items"]] == paths
    assert found["file_count"] == sum(item["file_count"] for item in found["items"])
    assert found["size_bytes"] == sum(item["size_bytes"] for item in found["items"])


@pytest.mark.usefixtures("model")
def test_a_folder_has_the_size_of_all_in_it_and_the_time_of_its_newest_file(here: Here) -> None:
    found = json.loads(here("ls", "m", "-o", "json").ok().out)["items"][1]
    assert found == {
        "path": "deep/",
        "type": "folder",
        "size_bytes": 27,
        "file_count": 2,
        "mtime": "2096-10-02T07:06:40.000000Z",
        "content_type": None,
        "digest": None,
        "source_checksum": None,
        "executable": False,
    }


@pytest.mark.usefixtures("model")
def test_tables_have_totals_and_a_tree_is_drawn(here: Here) -> None:
    done = here("ls", "m").ok()
    assert done.err == "4 files, 48 B\n"
    assert [line.split()[0] for line in done.out.splitlines()[2:]] == [
        *("deep-er.txt", "deep/", "model.json")
    ]
    assert here("ls", "m/deep", "--tree").ok().out.splitlines() == [
        *("m:1/deep", "├── er/", "│   └── README.md  17 B", "└── w.bin  10 B")
    ]
    header, *rows = here("ls", "f", "-o", "csv").ok().out.splitlines()
    assert header.startswith("path,type,size_bytes,file_count,mtime,content_type,digest")
    assert rows[0].startswith("iris.csv,file,8,1,")


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ls", "m/deeper"], 3, "no file or folder 'deeper'; did you mean 'deep-er.txt'"),
        (["ls", "nothing/x"], 3, "'nothing'"),
        (["ls", "m@none/x"], 3, "none"),
        (["ls", "m/model.json/x"], 3, "no file or folder"),
        (["cat", "m"], 2, "m:1 is a folder of 4 files; name one of them, such as m:1/deep-er.txt"),
        (["cat", "m/deep"], 2, "such as m:1/deep/er/README.md"),
        (["cat", "m/x"], 3, "no file or folder 'x'"),
        (["ls", "m:/x"], 5, "version"),
    ],
    ids=str,
)
def test_what_is_not_there_is_said(here: Here, words: list[str], code: int, said: str) -> None:
    done = here(*words)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_ten_thousand_files_are_listed_in_a_second(client: Client, work: Path, here: Here) -> None:
    (work / "many").mkdir()
    for number in range(10_000):
        (work / "many" / f"{number % 100:02}-{number}").touch()
    client.register("many", work / "many")
    assert len(here("ls", "many", "-q").ok().out.splitlines()) == 10_000


def test_linked_and_deleted_data_is_listed_from_what_is_known(here: Here, work: Path) -> None:
    (work / "f").write_text("x")
    here("register", "l", "f", "--link").ok()
    (work / "f").unlink()
    assert here("ls", "l", "-q").ok().out == "f\n"
    assert here("cat", "l").code == 8
    (work / "g").write_text("y")
    here("register", "gone", "g").ok()
    here("artifact", "prune", "gone", "--unused", "--only-artifact", "--yes").ok()
    done = here("ls", "gone", "-q").ok()
    assert (done.out, "was deleted on" in done.err) == ("g\n", True)
    assert here("cat", "gone").code == 3


@pytest.mark.usefixtures("model")
def test_cat_writes_the_bytes_of_one_file(here: Here) -> None:
    assert here("cat", "f").ok().out == "a,b\n1,2\n"
    assert here("cat", "f/iris.csv").ok().out == "a,b\n1,2\n"
    assert here("cat", "m@team/prod/deep/w.bin").ok().out == "deep/w.bin"


def damage(home: Path, name: str, digest: str) -> None:
    blob = home / "store/blobs" / digest[7:9] / digest[7:]
    blob.chmod(0o600)
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)


@pytest.mark.parametrize("size_bytes", [10, 40_000_000])
def test_damaged_bytes_are_never_let_through_whole(
    tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch, size_bytes: int
) -> None:
    home = tmp_path / "damaged"
    (work / "f").write_bytes(os.urandom(size_bytes))

    def here(*words: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(command(*words), env=environment(home), capture_output=True)

    assert here("register", "f", "f").returncode == 0
    assert here("cat", "f").stdout == (work / "f").read_bytes()
    damage(home, "f", json.loads(here("ls", "f", "-o", "json").stdout)["items"][0]["digest"])
    done = here("cat", "f")
    assert done.returncode == 8
    assert b"is damaged" in done.stderr
    assert len(done.stdout) == (
        0 if size_bytes < 1 << 20 else 39_000_000 // (1 << 20) * (1 << 20) + (1 << 20)
    )


def on_terminal(home: Path, *words: str) -> tuple[int, str]:
    """What a command shows on a pseudo terminal, and its exit code."""
    main, other = pty.openpty()
    started = subprocess.Popen(
        command(*words), env={**environment(home), "NO_COLOR": "1"}, stdout=other, stderr=other
    )
    os.close(other)
    shown = b""
    try:
        while piece := os.read(main, 1 << 16):
            shown += piece
    except OSError:  # the end, on Linux
        pass
    os.close(main)
    return started.wait(60), shown.decode()


def test_on_a_terminal_texts_are_escaped_and_other_bytes_are_refused(
    run: Run, home: Path, work: Path
) -> None:
    (work / "t").mkdir()
    (work / "t/text").write_bytes(b"\x1b[31ma\tb\r\nc\xe2\x80\xae\n")
    (work / "t/bytes").write_bytes(bytes(range(256)))
    run("register", "t", "t").ok()
    assert on_terminal(home, "cat", "t/text") == (0, "\\x1b[31ma\tb\r\nc\\u202e\r\n")
    code, shown = on_terminal(home, "cat", "t/bytes")
    assert (code, "--force" in shown) == (2, True)
    code, shown = on_terminal(home, "cat", "t/text", "--force")
    assert (code, "\x1b[31ma" in shown) == (0, True)
    # In a pipe they are what they are.
    assert "\x1b[31ma" in run("cat", "t/text").ok().out


def test_a_closed_pipe_ends_cat_quietly(run: Run, home: Path, work: Path) -> None:
    (work / "f").write_bytes(b"x" * 3_000_000)
    run("register", "f", "f").ok()
    started = subprocess.Popen(
        command("cat", "f"), env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert started.stdout is not None
    assert started.stderr is not None
    assert started.stdout.read(3) == b"xxx"
    started.stdout.close()
    assert (started.wait(60), started.stderr.read()) == (141, b"")


def test_a_team_looks_inside_of_what_is_on_its_servers(
    run: Run, work: Path, postgres_url: str, rclone_s3: S3Server, tmp_path: Path
) -> None:
    store = rclone_s3.url(f"inside/{tmp_path.name}")
    team = {**s3.ENVIRON, "ARTIFACTCTL_CATALOG": postgres_url, "ARTIFACTCTL_STORE": store}
    team["ARTIFACTCTL_CACHE"] = "0"
    (work / "d").mkdir()
    (work / "d/a").write_bytes(os.urandom(20_000_000) * 2)
    (work / "d/b").write_text("b")
    run("register", "x", "d", **team).ok()
    assert run("ls", "x", "-q", **team).ok().out == "a\nb\n"
    assert run("cat", "x/b", **team).ok().out == "b"
    done = subprocess.run(
        command("cat", "x/a"), env=environment(tmp_path / "home", **team), capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    assert done.stdout == (work / "d/a").read_bytes()


@pytest.mark.usefixtures("model")
def test_paths_in_versions_are_completed(client: Client) -> None:
    assert client.complete_path("m@team/prod/de") == [
        *("m@team/prod/deep-er.txt", "m@team/prod/deep/er/README.md", "m@team/prod/deep/w.bin")
    ]
    assert client.complete_path("m:1/model") == ["m:1/model.json"]
    assert client.complete_path("none/") == client.complete_path("m:1/none/") == []
