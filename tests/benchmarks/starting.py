"""Start-up and listings: what a person waits for at every command."""

import random
import sqlite3
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from artifactctl.client import Client
from tests.benchmarks.measuring import Row, pairs, timed

COMMAND = [str(Path(sys.executable).with_name("artifactctl"))]
LOG = ["metadata", "log", "dataset_7:1"]

# The least that a Typer program with one command and a rich table of 20 rows does.
BARE_PROGRAM = """
import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer()

@app.command()
def main(size: int = 20) -> None:
    table = Table()
    for name in "abcdefg":
        table.add_column(name)
    for row in range(size):
        table.add_row(*(f"{name}{row}" for name in "abcdefg"))
    Console().print(table)

app()
"""


def startup(folder: Path, runs: int) -> list[Row]:
    """`--help`, `--version` and completion against importing Typer."""
    home = folder / "nothing"
    typer = [sys.executable, "-c", "import typer"]
    rows = []
    for what, words in {
        "artifactctl --help": [*COMMAND, "--help"],
        "artifactctl --version": [*COMMAND, "--version"],
        "completion": tab("artifactctl art"),
    }.items():
        ours, theirs = pairs(
            lambda _, words=words: timed(words, home, folder),
            lambda _: timed(typer, home, folder),
            2 * runs,
        )
        rows.append(Row(what, "import typer", ours, theirs, 1.2))
    return rows


def tab(typed: str) -> list[str]:
    """What bash runs when Tab is pressed behind `typed`."""
    return ["env", "_ARTIFACTCTL_COMPLETE=bash", *COMMAND, typed, " \t\n\"'@><=;|&(:"]


def completing(folder: Path, runs: int) -> list[Row]:
    """Tab on names, versions and tags of 1,000,000 versions against listing artifacts."""
    home = folder / "home-tab"
    fill(home, 1_000_000)
    rows = []
    for what, typed in {
        "Tab on a name": "artifactctl download data",
        "Tab on a version": "artifactctl download dataset_7:1",
        "Tab on a tag": "artifactctl download dataset_7@",
    }.items():
        ours, theirs = pairs(
            lambda _, typed=typed: timed(tab(typed), home, folder),
            lambda _: timed([*COMMAND, "artifact", "list"], home, folder),
            2 * runs,
        )
        rows.append(Row(f"{what}, 1,000,000 versions", "artifact list", ours, theirs, 1.0))
    return rows


def listing(folder: Path, runs: int) -> list[Row]:
    """Lists, small changes and a Tab, cold processes, of 100,000 and 1,000,000 versions."""
    program = folder / "bare.py"
    program.write_text(BARE_PROGRAM)
    small = folder / "small.txt"
    small.write_text("small")
    rows = []
    for count in (100_000, 1_000_000):
        home = folder / f"home-{count}"
        fill(home, count)
        for what, (limit, words_of) in {
            "artifact list": (0.8, lambda _: [*COMMAND, "artifact", "list"]),
            "artifact version list": (0.8, lambda _: [*COMMAND, "artifact", "version", "list"]),
            "tag": (0.8, lambda turn: [*COMMAND, "tag", "dataset_7:1", f"new{turn}"]),
            "metadata log": (0.8, lambda turn: [*COMMAND, *LOG, f"new={turn}"]),
            "register of a small file": (
                1.2,  # bytes that are made durable, where the yardstick writes none
                lambda turn: [*COMMAND, "register", f"new{turn}", str(small)],
            ),
            "Tab on a command": (0.8, lambda _: tab("artifactctl art")),
        }.items():
            ours, theirs = pairs(
                lambda turn, words_of=words_of, home=home: timed(words_of(turn), home, folder),
                lambda _, home=home: timed([sys.executable, str(program)], home, folder),
                2 * runs,
            )
            rows.append(Row(f"{what}, {count:,} versions", "bare Typer table", ours, theirs, limit))
    return rows


def fill(home: Path, count: int, artifacts: int = 1000) -> None:
    """Make a catalog of so many versions, by SQL: their bytes do not exist."""
    client = Client(home)
    client.catalog.create()
    chance = random.Random(0)
    time = "2026-01-01T00:00:00.000000Z"

    def new_id() -> str:
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))

    def versions() -> Iterator[tuple[object, ...]]:
        digest = "blake3:" + "ab" * 32
        for i in range(count):
            number = i // artifacts + 1
            kind = "DataArtifact" if i % 7 else "ModelArtifact"
            owner = i % artifacts + 1
            yield new_id(), owner, str(number), number, kind, digest, digest, 1000 + i, time, time

    with sqlite3.connect(home / "catalog.db") as connection:
        connection.executemany(
            "INSERT INTO artifact (id, name, has_custom_name, last_number, created, updated,"
            " revision, recorded) VALUES (?, ?, 1, ?, ?, ?, 0, 0)",
            [(new_id(), f"dataset_{i}", count // artifacts, time, time) for i in range(artifacts)],
        )
        connection.executemany(
            "INSERT INTO artifact_version (id, artifact_seq, version, number, type, kind, digest,"
            " manifest, size_bytes, file_count, created, updated, facts, revision, recorded)"
            " VALUES (?, ?, ?, ?, ?, 'file', ?, ?, ?, 1, ?, ?, '', 1, 1)",
            versions(),
        )
        connection.executemany(
            "INSERT INTO version_tag (version_seq, tag) VALUES (?, ?)",
            [(i * 10 + 1, f"tag{i % 50}") for i in range(count // 10)],
        )
