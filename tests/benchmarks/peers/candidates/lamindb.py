"""LaminDB: a database without an account, on SQLite and a folder."""

from pathlib import Path

from tests.benchmarks.peers.candidate import Candidate, Step, every, script


def candidate(command: Path, version: str) -> Candidate:
    """Its Python interface, which is also what its commands for saving call."""
    python = command.with_name("python")
    run = script(python, "with_lamindb.py")
    return Candidate(
        name="lamindb",
        title="LaminDB",
        version=version,
        environ=lambda state: {"LAMIN_SETTINGS_DIR": str(state / "user"), "NO_RICH": "1"},
        begin=lambda place: [
            (str(command), "init", "--storage", str(place.state / "store"), "--name", "bench"),
            run("save", "first", place.inputs / "one.txt"),
        ],
        fill=lambda place: [run("fill", place.sizes.versions, 1000)],
        steps={
            "help": lambda _: Step((str(command), "--help")),
            "list": lambda _: Step(run("list", 20)),
            "tag": lambda place: Step(run("tag", f"dataset{7:09}", 0, f"tag{place.turn}")),
            "read": lambda place: Step(run("read", place.sizes.versions)),
            "values": lambda place: Step(
                run("values", place.sizes.frame_rows, place.sizes.array_bytes)
            ),
            "writers": lambda place: Step(
                run("writer", "{n}", place.sizes.saves, place.state), at_once=place.sizes.writers
            ),
            "save-big": lambda place: Step(run("save", "big", place.inputs / "big")),
            "get-big": lambda place: Step(run("get", "big", place.out), result=place.out),
            "save-many": lambda place: Step(run("save", "many", place.inputs / "many")),
            "again-many": lambda place: Step(run("save", "many", place.inputs / "many")),
            "get-many": lambda place: Step(run("get", "many", place.out), result=place.out),
        },
        cannot=every("zip-big zip-many", "it writes no zip"),
        remarks={
            **every("list tag", "by its Python interface: it has no command for this"),
            **every("get-big get-many", "its file copied out of its store; it compares no digest"),
            "again-many": "the earlier version of a folder is overwritten",
        },
    )
