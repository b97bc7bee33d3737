"""The wheel, installed as people do, and tried in an empty folder."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from artifactctl.render import guides
from tests.commands import environment
from tests.needed import needs

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.sweep, pytest.mark.timeout(1200)]  # downloads

# The user's indexes and certificates, as they are before the tests clear the environment.
_OWN = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "UV_", "SSL_"))}
# What an installer says where no package index can be reached.
_OFFLINE = ("No matching distribution", "Failed to fetch", "Could not find a version", "dns error")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source archive, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("built")
    _install([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], {})
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


def test_the_wheel_has_the_program_and_nothing_else(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for name in (*(f"guides/{topic}.md" for topic in guides.summaries()), "py.typed"):
        assert f"artifactctl/{name}" in names
    assert "artifactctl/render/page/page.html" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"artifactctl"}
    assert wheel.stat().st_size < 2_000_000


def test_what_an_index_shows_has_no_link_that_leads_nowhere(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        known = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = archive.read(known).decode()
    assert "Author: " in metadata
    assert "Provides-Extra: dev" not in metadata
    assert not re.search(r"\]\((?!https?:)", metadata)
    assert "`artifactctl help files`" in metadata


def test_the_source_archive_has_what_builds_the_wheel_and_nothing_else(built: Path):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    beside = {name for name in names if not name.startswith("artifactctl/")}
    assert beside <= {
        *("CHANGELOG.md", "LICENSE", "README.md", ".packaging/readme.py", "pyproject.toml"),
        *(".gitignore", "PKG-INFO"),
    }


@pytest.mark.parametrize("way", ["pip", "uv", "pipx"])
def test_it_installs_and_does_the_main_job(wheel: Path, tmp_path: Path, work: Path, way: str):
    program = _WAYS[way](wheel, tmp_path)
    (work / "points.csv").write_text("x,y\n1,2\n")
    for words in (
        ("init",),
        ("register", "points", "points.csv", "--tag", "raw"),
        ("artifact", "version", "list"),
        ("download", "points@raw", "copy.csv"),
        ("help",),
        ("help", "files"),
        ("--version",),
        ("--install-completion", "bash"),
    ):
        variables = environment(work / ".artifactctl")
        done = subprocess.run([program, *words], env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (work / "copy.csv").read_text() == "x,y\n1,2\n"
    assert list(work.rglob("*completion*"))


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
    done = subprocess.run(
        words, env={**os.environ, **_OWN, **places}, capture_output=True, text=True
    )
    said = done.stdout + done.stderr
    if done.returncode and any(sign in said for sign in _OFFLINE):
        pytest.skip(f"{shutil.which(words[0]) or words[0]} reaches no package index")
    assert done.returncode == 0, said[-2000:]
