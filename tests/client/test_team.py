"""The Python API, pipelines and runs of files with catalog and store on servers."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checker import check_catalog
from tests.commands import environment
from tests.kept import Bucket
from tests.servers import s3
from tests.servers.s3 import S3Server

FLOW = """
from artifactctl import Client, load_artifact, pipeline, save_artifact, step
from typing import Annotated

@step
def make() -> Annotated[dict, "numbers"]:
    return {"one": 1, "text": "ä", "many": list(range(1000))}

@step
def use(numbers: dict) -> Annotated[int, "total"]:
    return sum(numbers["many"])

@pipeline
def flow() -> None:
    use(make())

if __name__ == "__main__":
    flow()
    flow()
    saved = save_artifact(b"bytes" * 10_000, "blob", tags=["kept"])
    assert load_artifact("blob") == b"bytes" * 10_000
    assert load_artifact("total") == sum(range(1000))
    print(saved.version, len(Client().list_pipeline_runs()))
"""
RUN = """\
pipeline: files
steps:
  make:
    command: mkdir -p out; echo made > out/made
    outputs:
      made: {path: out/made}
  use:
    inputs: {made: made}
    command: cat $ARTIFACTCTL_INPUT_MADE $ARTIFACTCTL_INPUT_MADE > used
    outputs:
      used: {path: used}
"""


@pytest.fixture
def team(postgres_url: str, rclone_s3: S3Server, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a home on servers; at the end every promise holds there."""
    url = rclone_s3.url(f"python/{tmp_path.name}")
    yield {
        **s3.ENVIRON,
        "ARTIFACTCTL_CATALOG": postgres_url,
        "ARTIFACTCTL_STORE": url,
        "ARTIFACTCTL_CACHE": "0",
    }
    check_catalog(postgres_url, Bucket(url, s3.ENVIRON))


def test_steps_and_saved_values_come_back_from_the_servers(
    team: dict[str, str], home: Path, work: Path
) -> None:
    (work / "flow.py").write_text(FLOW)
    words = [sys.executable, "flow.py"]
    surroundings = environment(home, **team)
    done = subprocess.run(
        words, cwd=work, env=surroundings, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["1 2"]), done.stderr


def test_a_run_of_a_file_is_cached_by_what_is_on_the_servers(
    run, team: dict[str, str], work: Path
) -> None:
    (work / "run.yaml").write_text(RUN)
    run("run", "run.yaml", **team).ok()
    assert "cached" in run("run", "run.yaml", **team).ok().err
    run("download", "used", "back", **team).ok()
    assert (work / "back").read_bytes() == b"made\nmade\n"
    shown = run("lineage", "used", "-o", "json", **team).ok().out
    assert "made" in json.dumps(json.loads(shown))
