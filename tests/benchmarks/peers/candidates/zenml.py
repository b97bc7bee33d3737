"""ZenML: a local deployment without a server, one SQLite database and a folder."""

from pathlib import Path

from tests.benchmarks.peers.candidate import Candidate, Step, every, script


def candidate(command: Path, version: str) -> Candidate:
    """Commands where it has them, else its Python interface."""
    python = command.with_name("python")
    run = script(python, "with_zenml.py")
    archived = "it keeps a folder as one compressed archive"
    tag = (str(command), "artifact", "version", "update", "dataset_7", "-v", "1", "-t")
    return Candidate(
        name="zenml",
        title="ZenML",
        version=version,
        environ=lambda state: {
            "ZENML_CONFIG_PATH": str(state / "zenml"),
            "ZENML_ANALYTICS_OPT_IN": "false",
            "ZENML_ENABLE_REPO_INIT_WARNINGS": "false",
            "ZENML_LOGGING_VERBOSITY": "ERROR",
        },
        begin=lambda place: [run("save", "first", place.inputs / "one.txt")],
        fill=lambda place: [run("fill", place.sizes.versions, 1000)],
        steps={
            "help": lambda _: Step((str(command), "--help")),
            "list": lambda _: Step((str(command), "artifact", "version", "list", "--size", "20")),
            "tag": lambda place: Step((*tag, f"tag{place.turn}")),
            "read": lambda place: Step(run("read", place.sizes.versions)),
            "values": lambda place: Step(
                run("values", place.sizes.frame_rows, place.sizes.array_bytes)
            ),
            "writers": lambda place: Step(
                run("writer", "{n}", place.sizes.saves, place.state), at_once=place.sizes.writers
            ),
            "save-big": lambda place: Step(run("save", "big", place.inputs / "big")),
            "get-big": lambda place: Step(run("get", "big", place.out), result=place.out),
            "zip-big": lambda place: Step(run("zip", "big", place.out.with_suffix(".zip"))),
            "save-many": lambda place: Step(run("save", "many", place.inputs / "many")),
            "again-many": lambda place: Step(run("save", "many", place.inputs / "many")),
            "get-many": lambda place: Step(run("get", "many", place.out), result=place.out),
            "zip-many": lambda place: Step(run("zip", "many", place.out.with_suffix(".zip"))),
        },
        cannot={},
        remarks={
            **every("save-many again-many get-many", archived),
            "zip-many": f"{archived}, and puts that into the zip",
        },
    )
