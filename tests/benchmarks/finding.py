"""Finding among 1,000,000 versions with 5,000,000 entries of metadata."""

import json
import random
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measuring import Row, pairs, timed
from tests.benchmarks.starting import BARE_PROGRAM, COMMAND, fill

COUNT = 1_000_000
LIST = ["artifact", "version", "list"]

# What is asked for, and how much more than the bare program it may take; without a limit the
# cost is only to be known.
QUESTIONS: dict[str, tuple[list[str], float | None]] = {
    "first page": ([], 1.4),
    "--tag tag7": (["--tag", "tag7"], 1.4),
    "--type model": (["--type", "model"], 1.4),
    "--metadata framework=sklearn": (["--metadata", "framework=sklearn"], 1.4),
    "--metadata accuracy=gt:0.9": (["--metadata", "accuracy=gt:0.9"], 1.4),
    "--metadata accuracy=gt:0.99": (["--metadata", "accuracy=gt:0.99"], 1.4),
    "--metadata optimizer.lr=0.001": (["--metadata", "optimizer.lr=0.001"], 1.4),
    "--artifact dataset_7": (["--artifact", "dataset_7"], 1.4),
    "--created gte:7d": (["--created", "gte:7d"], 1.4),
    "--tag, --type and --metadata": (
        ["--tag", "tag7", "--type", "model", "--metadata", "accuracy=gt:0.9"],
        1.4,
    ),
    "--sort-by desc:created": (["--sort-by", "desc:created"], 1.4),
    "--sort-by asc:size": (["--sort-by", "asc:size"], 1.4),
    "--sort-by version": (["--sort-by", "version"], 1.4),
    "--sort-by artifact": (["--sort-by", "artifact"], 1.4),
    "--sort-by type": (["--sort-by", "type"], 1.4),
    "--tag tag7 --sort-by size": (["--tag", "tag7", "--sort-by", "size"], 1.4),
    "--sort-by type --sort-by size": (["--sort-by", "type", "--sort-by", "size"], None),
    "--sort-by tags": (["--sort-by", "tags"], None),
    "--sort-by metadata.accuracy": (["--sort-by", "desc:metadata.accuracy"], None),
    "page 25,000 of 50,000": (["--page", "25000"], None),
    "--version contains:99": (["--version", "contains:99"], None),
    "--tag contains:ag7": (["--tag", "contains:ag7"], None),
    "--metadata note=contains:99": (["--metadata", "note=contains:99"], None),
    "--metadata accuracy=gte:0 (all)": (["--metadata", "accuracy=gte:0"], None),
    "--only-unused": (["--only-unused"], None),
}


def finding(folder: Path, runs: int) -> list[Row]:
    """Pages, filters and orders against the bare Typer program."""
    program = folder / "bare.py"
    program.write_text(BARE_PROGRAM)
    home = folder / "home-found"
    fill(home, COUNT)
    fill_metadata(home, COUNT)
    rows = []
    for what, (words, limit) in QUESTIONS.items():
        ours, theirs = pairs(
            lambda _, words=words: timed([*COMMAND, *LIST, *words], home, folder),
            lambda _: timed([sys.executable, str(program)], home, folder),
            runs,
        )
        rows.append(Row(what, "bare Typer table", ours, theirs, limit))
    return rows


def fill_metadata(home: Path, count: int) -> None:
    """Five entries for each version, one of them an object."""
    chance = random.Random(1)
    frameworks = ["sklearn", "torch", "xgboost", "keras", "jax"]

    def entries() -> Iterator[tuple[int, str, str, float | None, str | None]]:
        for seq in range(1, count + 1):
            accuracy, epochs = round(chance.random(), 4), chance.randrange(1, 100)
            framework, note = chance.choice(frameworks), f"note {chance.randrange(1 << 30)}"
            yield seq, "accuracy", json.dumps(accuracy), accuracy, None
            yield seq, "epochs", json.dumps(epochs), epochs, None
            yield seq, "framework", json.dumps(framework), None, f"s{framework}"
            yield seq, "note", json.dumps(note), None, f"s{note}"
            yield seq, "optimizer", '{"lr": 0.001}' if seq % 9 else '{"lr": 0.1}', None, "o"

    with sqlite3.connect(home / "catalog.db") as connection:
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index'"
            " AND tbl_name LIKE 'version_metadata%' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:  # made again when everything is there, which is faster
            connection.execute(f"DROP INDEX {name}")
        connection.executemany(
            "INSERT INTO version_metadata (version_seq, key, value, number, text)"
            " VALUES (?, ?, ?, ?, ?)",
            entries(),
        )
        connection.executemany(
            "INSERT INTO version_metadata_leaf (version_seq, key, number, text)"
            " VALUES (?, 'optimizer.lr', ?, NULL)",
            ((seq, 0.001 if seq % 9 else 0.1) for seq in range(1, count + 1)),
        )
        for _, sql in indexes:
            connection.execute(sql)
