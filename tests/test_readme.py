import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.commands import command, environment
from tests.conftest import FIXTURES

README = (Path(__file__).parent.parent / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_examples_run_as_they_stand_one_after_the_other(home: Path, work: Path) -> None:
    shutil.copy(FIXTURES / "iris" / "iris.csv", work)
    write_files(work)
    printed = [
        run_script(work, home, f"example_{number}", text)
        for number, text in enumerate(blocks("python"))
    ]
    assert printed[0] == "iris_frame:1 [150, 5]\n"
    assert "iris_tree:1" in printed[1]
    assert printed[1].endswith("['2', '1']\n")
    assert printed[2] == "to be or not to be\n"
    assert "iris_dataset:1 blake3:" in printed[3]
    assert "metadata.accuracy" in printed[4]
    assert (work / "copy.csv").read_bytes() == (work / "iris.csv").read_bytes()
    released = run_script(
        work,
        home,
        "release",
        "from example_1 import training\n"
        "run = training.with_options(config_path='release.yaml')()\n"
        "print(run.steps['load'].output.ref, run.steps['train'].output.ref)\n",
    )
    assert released == "iris_frame:raw_2023 iris_release:1\n"


def write_files(work: Path) -> None:
    """The YAML files, each under the name in its first line."""
    for text in blocks("yaml"):
        name = text.split()[1].rstrip(",")
        (work / name).write_text(text)


def run_script(work: Path, home: Path, name: str, text: str) -> str:
    path = work / f"{name}.py"
    path.write_text(text)
    done = subprocess.run(
        [sys.executable, str(path)], cwd=work, env=environment(home), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_command_runs_as_it_stands_one_after_the_other(home: Path, work: Path) -> None:
    shutil.copy(FIXTURES / "iris" / "iris.csv", work)
    shutil.copy(FIXTURES / "iris" / "iris_cleaned.csv", work / "cleaned.csv")
    shutil.copytree(FIXTURES / "model", work / "out")
    shutil.copytree(FIXTURES / "digits", work / "runs" / "42")
    write_files(work)
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
