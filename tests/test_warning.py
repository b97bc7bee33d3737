"""Warnings point at the user's line."""

import subprocess
import sys
from pathlib import Path


def test_a_warning_names_the_line_of_the_program(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "from artifactctl import log_metadata, pipeline, save_artifact, step\n"
        "save_artifact(1, 'a', user_metadata={'x': float('nan')})\n"
        "log_metadata({'y': object()}, artifact_name='a')\n"
        "@step\n"
        "def work() -> int:\n"
        "    log_metadata({'z': float('inf')})\n"
        "    return 1\n"
        "@pipeline\n"
        "def flow() -> None:\n"
        "    work()\n"
        "flow()\n"
    )
    command = [sys.executable, "-W", "always", str(script)]
    run = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    found = [line for line in run.stderr.splitlines() if "UserWarning" in line]
    assert [line.partition("UserWarning: ")[::2] for line in found] == [
        (f"{script}:2: ", "metadata 'x': nan is kept as null"),
        (f"{script}:3: ", "metadata 'y': an object cannot be kept and is left out"),
        (f"{script}:6: ", "metadata 'z': inf is kept as null"),
    ]
