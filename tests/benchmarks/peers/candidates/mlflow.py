"""MLflow: its SQLite database and a folder, without a server."""

from pathlib import Path

from tests.benchmarks.peers.candidate import Candidate, Step, every, script


def candidate(command: Path, version: str) -> Candidate:
    """A run logs files, a version of a registered model names them: by its Python interface."""
    python = command.with_name("python")
    run = script(python, "with_mlflow.py")
    return Candidate(
        name="mlflow",
        title="MLflow",
        version=version,
        environ=lambda state: {
            "MLFLOW_TRACKING_URI": f"sqlite:///{state / 'mlflow.db'}",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
            "DO_NOT_TRACK": "true",
        },
        begin=lambda place: [run("save", "first", place.inputs / "one.txt")],
        fill=lambda place: [run("fill", place.sizes.versions, 1000)],
        steps={
            "help": lambda _: Step((str(command), "--help")),
            "list": lambda _: Step(run("list", 20)),
            "tag": lambda place: Step(run("tag", "dataset_7", 1, f"tag{place.turn}")),
            "read": lambda place: Step(run("read", place.sizes.versions)),
            "values": lambda place: Step(
                run("values", place.sizes.frame_rows, place.sizes.array_bytes)
            ),
            "writers": lambda place: Step(
                run("writer", "{n}", place.sizes.saves, place.state), at_once=place.sizes.writers
            ),
            "save-big": lambda place: Step(run("save", "big", place.inputs / "big")),
            "get-big": lambda place: Step(run("get", "big", place.out), result=place.out / "big"),
            "save-many": lambda place: Step(run("save", "many", place.inputs / "many")),
            "again-many": lambda place: Step(run("save", "many", place.inputs / "many")),
            "get-many": lambda place: Step(run("get", "many", place.out), result=place.out),
        },
        cannot=every("zip-big zip-many", "it writes no zip"),
        remarks=every("list tag", "by its Python interface: it has no command for this"),
    )
