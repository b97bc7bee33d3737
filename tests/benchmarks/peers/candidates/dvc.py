"""DVC: a workspace with its cache, without Git, which would only take time."""

import shutil
from pathlib import Path

from tests.benchmarks.peers.candidate import Candidate, Place, Step, every


def candidate(command: Path, version: str) -> Candidate:
    """`dvc add` and `dvc checkout`; nothing is pushed to a remote."""
    commits = "its versions are commits of Git"

    def add(place: Place, name: str) -> Step:
        return Step((str(command), "add", "--quiet", name), before=lambda: _bring(place, name))

    def checkout(place: Place, name: str) -> Step:
        words = (str(command), "checkout", "--quiet", f"{name}.dvc")
        return Step(words, before=lambda: _take(place, name), result=place.state / name)

    return Candidate(
        name="dvc",
        title="DVC",
        version=version,
        environ=lambda state: {
            "DVC_NO_ANALYTICS": "true",
            "DVC_SITE_CACHE_DIR": str(state / "user" / "site"),
            "DVC_STUDIO_OFFLINE": "true",
            "CI": "true",  # it looks for no newer release there
        },
        begin=lambda _: [
            (str(command), "init", "--no-scm", "--quiet"),
            (str(command), "config", "core.analytics", "false"),
            (str(command), "config", "core.check_update", "false"),
        ],
        fill=lambda _: [
            ("sh", "-c", "for i in $(seq 20); do echo $i > $i.txt; done"),
            (str(command), "add", "--quiet", *(f"{i + 1}.txt" for i in range(20))),
        ],
        steps={
            "help": lambda _: Step((str(command), "--help")),
            "list": lambda _: Step((str(command), "list", ".")),
            "save-big": lambda place: add(place, "big"),
            "get-big": lambda place: checkout(place, "big"),
            "save-many": lambda place: add(place, "many"),
            "again-many": lambda place: add(place, "many"),
            "get-many": lambda place: checkout(place, "many"),
        },
        cannot={
            **every("tag read writers", commits),
            **every("values", "it saves files only"),
            **every("zip-big zip-many", "it writes no zip"),
        },
        remarks={
            "list": f"`dvc list .` of 20 files: {commits}",
            **every("save-big save-many again-many", "`dvc add`, into its cache"),
            **every("get-big get-many", "`dvc checkout`, from its cache"),
        },
    )


def _bring(place: Place, name: str) -> None:
    """Copy what is new or changed into the workspace, as a person's editing would."""
    source, target = place.inputs / name, place.state / name
    if source.is_file():
        shutil.copyfile(source, target)
        return
    for path in source.rglob("*"):
        to = target / path.relative_to(source)
        if path.is_dir():
            to.mkdir(parents=True, exist_ok=True)
        elif not to.exists() or to.read_bytes() != path.read_bytes():
            to.parent.mkdir(parents=True, exist_ok=True)
            to.unlink(missing_ok=True)
            shutil.copyfile(path, to)


def _take(place: Place, name: str) -> None:
    path = place.state / name
    path.rename(place.out.with_name(f"{place.out.name}-{name}-before"))
