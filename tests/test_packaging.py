"""The wheel, installed as people do, and tried in an empty folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from artifactctl.render import guides
from tests.commands import environment
from tests.needed import needs

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.sweep

# What an installer says where no package index can be reached.
_OFFLINE = ("No matching distribution", "Failed to fetch", "Could not find a version", "dns error")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _install([sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], {})
    return next(folder.glob("*.whl"))


def test_the_wheel_has_the_guides_the_pages_and_what_an_index_shows(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        known = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(known).decode()
    for name in (*(f"guides/{topic}.md" for topic in guides.summaries()), "py.typed"):
        assert f"artifactctl/{name}" in names
    assert "artifactctl/render/page/page.html" in names
    assert not any(name.startswith(("tests/", "fixtures/")) for name in names)
    assert "Author: " in metadata
    assert "Provides-Extra: dev" not in metadata


@pytest.mark.parametrize("way", ["pip", "uv", "pipx"])
def test_it_installs_and_does_the_main_job(wheel: Path, tmp_path: Path, work: Path, way: str):
    program = _WAYS[way](wheel, tmp_path)
    (work / "points.csv").write_text("x,y\n1,2\n")
    for words in (
        ("init",),
        ("register", "points", "points.csv", "--tag", "raw"),
        ("artifact", "version", "list"),
        ("download", "points@raw", "copy.csv"),
        ("help", "files"),
    ):
        variables = environment(work / ".artifactctl")
        done = subprocess.run([program, *words], env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (work / "copy.csv").read_text() == "x,y\n1,2\n"


def _by_pip(wheel: Path, folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    _install([folder / "venv" / "bin" / "python", "-m", "pip", "install", "-q", wheel], {})
    return folder / "venv" / "bin" / "artifactctl"


def _by_uv(wheel: Path, folder: Path) -> Path:
    needs("uv")
    places = {"UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
    _install(["uv", "tool", "install", "--python", sys.executable, wheel], places)
    return folder / "bin" / "artifactctl"


def _by_pipx(wheel: Path, folder: Path) -> Path:
    needs("pipx")
    places = {"PIPX_HOME": str(folder / "pipx"), "PIPX_BIN_DIR": str(folder / "bin")}
    _install(["pipx", "install", "--python", sys.executable, wheel], places)
    return folder / "bin" / "artifactctl"


_WAYS: dict[str, Callable[[Path, Path], Path]] = {"pip": _by_pip, "uv": _by_uv, "pipx": _by_pipx}


def _install(words: Sequence[str | Path], places: dict[str, str]) -> None:
    """Run an installer; skip the test where it finds no package index."""
    done = subprocess.run(words, env={**os.environ, **places}, capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode and any(sign in said for sign in _OFFLINE):
        pytest.skip(f"{shutil.which(words[0]) or words[0]} reaches no package index")
    assert done.returncode == 0, said[-2000:]
