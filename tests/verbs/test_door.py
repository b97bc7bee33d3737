"""The door to the verbs: loaded on first use, and checked by type checkers."""

import subprocess
import sys
from pathlib import Path

import pytest

from artifactctl import verbs
from tests.typed import MypySays

RIGHT = """
from artifactctl import verbs
from artifactctl.client import Client
from artifactctl.refs import parse_ref
from artifactctl.results.artifacts import Artifact

home = Client().home
found: Artifact = verbs.finding.artifact(home, "x")
deleted: list[str] = verbs.deleting.delete_artifact(home, "x", force=True)
verbs.labelling.log_metadata(home, parse_ref("x:1"), {"a": 1})
"""
WRONG = """
verbs.finding.artifact(home, 3)
verbs.deleting.delete_artifact(home, "x", forse=True)
verbs.labelling.log_metadata(home, "x:1", {"a": 1})
count: int = verbs.finding.artifact(home, "x")
verbs.nothing
"""


@pytest.mark.sweep  # mypy reads the whole program for it
def test_a_wrong_argument_is_an_error_through_the_door(mypy_says: MypySays, tmp_path: Path) -> None:
    assert mypy_says(tmp_path, RIGHT) == ""
    lines = [line for line in mypy_says(tmp_path, RIGHT + WRONG).splitlines() if ": error:" in line]
    says = ["arg-type", "call-arg", "arg-type", "assignment", "attr-defined"]
    assert [line.rpartition("[")[2].rstrip("]") for line in lines] == says


def test_a_module_is_loaded_when_it_is_first_asked_for() -> None:
    script = (
        "import sys; from artifactctl import verbs;"
        "loaded = lambda: sorted(n for n in sys.modules if n.startswith('artifactctl.verbs.'));"
        "print(loaded()); verbs.finding; print(loaded())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "['artifactctl.verbs.finding']"]


def test_every_name_of_the_door_is_a_module_and_no_other_is() -> None:
    folder = Path(verbs.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {
        "__init__",
        "beating",
        "copies",
        "publishing",
    }
    assert set(verbs.__all__) == modules
    for name in verbs.__all__:
        assert getattr(verbs, name).__name__ == f"artifactctl.verbs.{name}"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        verbs.nothing  # type: ignore[attr-defined]  # noqa: B018
