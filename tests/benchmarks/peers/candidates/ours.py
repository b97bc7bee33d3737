"""artifactctl itself, and the least that the same work takes without any such program."""

import sys
from pathlib import Path

from artifactctl import __version__
from tests.benchmarks.peers.candidate import Candidate, Place, Step, every, script
from tests.benchmarks.peers.results import LIMIT, OURS
from tests.benchmarks.starting import BARE_PROGRAM, COMMAND

_ROOT = Path(__file__).parents[4]
_SCRIPT = script(sys.executable, "with_artifactctl.py")
_FILL = "from pathlib import Path; from tests.benchmarks.starting import fill; fill(Path({!r}), {})"


def candidate() -> Candidate:
    """The program in the environment that runs this."""
    return Candidate(
        name=OURS,
        title="artifactctl",
        version=__version__,
        environ=lambda state: {"ARTIFACTCTL_HOME": str(state / "home")},
        begin=lambda _: [(*COMMAND, "init")],
        fill=lambda place: [
            ("env", f"PYTHONPATH={_ROOT}", sys.executable, "-c", _filling(place)),
        ],
        steps={
            "help": lambda _: Step((*COMMAND, "--help")),
            "list": lambda _: Step((*COMMAND, "artifact", "version", "list")),
            "tag": lambda place: Step((*COMMAND, "tag", "dataset_7:1", f"tag{place.turn}", "-q")),
            "read": lambda place: Step(_SCRIPT("read", place.sizes.versions)),
            "values": lambda place: Step(
                _SCRIPT("values", place.sizes.frame_rows, place.sizes.array_bytes)
            ),
            "writers": lambda place: Step(
                _SCRIPT("writer", "{n}", place.sizes.saves, place.state),
                at_once=place.sizes.writers,
            ),
            "save-big": lambda _: _register("big"),
            "get-big": lambda place: _download("big", place.out),
            "zip-big": lambda place: _download("big", place.out.with_suffix(".zip"), "--zip"),
            "save-many": lambda _: _register("many"),
            "again-many": lambda _: _register("many"),
            "get-many": lambda place: _download("many", place.out),
            "zip-many": lambda place: _download("many", place.out.with_suffix(".zip"), "--zip"),
        },
        cannot={},
    )


def _filling(place: Place) -> str:
    return _FILL.format(str(place.state / "home"), place.sizes.versions)


def _register(name: str) -> Step:
    return Step((*COMMAND, "register", name, name, "-q"), from_inputs=True)


def _download(name: str, out: Path, *options: str) -> Step:
    words = (*COMMAND, "download", name, str(out), *options, "-q")
    return Step(words, result=None if options else out)


def limit() -> Candidate:
    """Copies by `cp`, a program with Typer that prints a table, what pandas and NumPy write."""
    table = (sys.executable, "-c", BARE_PROGRAM)
    nothing = "there is no least for it"
    return Candidate(
        name=LIMIT,
        title="limit",
        version="",
        steps={
            "help": lambda _: Step((sys.executable, "-c", "pass")),
            "list": lambda _: Step(table),
            "tag": lambda _: Step(table),
            "values": lambda place: Step(
                script(sys.executable, "with_nothing.py")(
                    "values", place.sizes.frame_rows, place.sizes.array_bytes
                )
            ),
            "save-big": lambda place: _copy("big", place.state / "big"),
            "get-big": lambda place: _copy("big", place.out),
            "save-many": lambda place: _copy("many", place.state / "many"),
            "get-many": lambda place: _copy("many", place.out),
        },
        cannot=every("read writers zip-big again-many zip-many", nothing),
        remarks={
            "help": "`python -c pass`",
            **every("list tag", "a program with Typer that prints a table of 20 rows"),
            **every("save-frame load-frame", "`to_parquet` and `read_parquet` of pandas"),
            **every("save-array load-array", "`numpy.save` and `numpy.load`"),
            **every("save-big get-big", "`cp`"),
            **every("save-many get-many", "`cp -r`"),
        },
    )


def _copy(name: str, to: Path) -> Step:
    return Step(("cp", "-r", name, str(to)), from_inputs=True)
