import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import FIXTURES, command, environment

README = (Path(__file__).parent.parent / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_example_runs_as_it_stands(
    home: Path, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    shutil.copy(FIXTURES / "iris" / "iris.csv", work)
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    assert "iris_dataset:1 blake3:" in capsys.readouterr().out
    assert (work / "copy.csv").read_bytes() == (work / "iris.csv").read_bytes()


def test_every_command_runs_as_it_stands_one_after_the_other(home: Path, work: Path) -> None:
    shutil.copy(FIXTURES / "iris" / "iris.csv", work)
    shutil.copy(FIXTURES / "iris" / "iris_cleaned.csv", work / "cleaned.csv")
    shutil.copytree(FIXTURES / "model", work / "out")
    shutil.copytree(FIXTURES / "digits", work / "runs" / "42")
    (work / "logs").mkdir()
    (work / "logs" / "train.log").write_text("done\n")
    after = README[README.index("## The main job") :]
    shown = "".join(block for block in blocks("console") if block in after)
    lines = [line[2:] for line in shown.splitlines() if line.startswith("$ ")]
    assert len(lines) > 30
    definition = f'artifactctl() {{ {shlex.join(command())} "$@"; }}\n'
    for line in lines:
        done = subprocess.run(
            ["sh", "-c", definition + line], cwd=work, env=environment(home), capture_output=True
        )
        assert done.returncode == 0, f"{line}: {done.stderr.decode()}"
