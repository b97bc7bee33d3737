"""What a type checker says of a program that uses the client."""

from pathlib import Path

import pytest

from tests.typed import MypySays

PROGRAM = """
from pathlib import Path
from typing import Any
from uuid import UUID

from artifactctl import ArtifactType, Client, Tag
from artifactctl.client import (
    Artifact, ArtifactVersion, Pipeline, PipelineRun, RunMetadataResource, StepRun, current,
)
from artifactctl.enums import MetadataResourceTypes

client: Client = current()
artifact: Artifact = client.get_artifact("x")
version: ArtifactVersion = client.get_artifact_version(name_id_or_prefix="x", version=3)
same: ArtifactVersion = client.get_artifact_version(ref="x:3")
by_id: ArtifactVersion = client.get_artifact_version(UUID(int=0))
names: list[str] = [tag.name for tag in version.tags]
name: str = version.artifact.name
kind: ArtifactType = version.type
rows: Any = version.run_metadata["rows"].value
data: Any = version.load(allow_pickle=True, wanted=dict)
newest: Any = artifact.versions["1"].load()
version.download_files(Path("x.zip"), overwrite=True)
for found in client.list_artifact_versions(name="x", tags=["a"], hydrate=True):
    ref: str = found.ref
client.update_artifact("x", new_name="y", add_tags=["a", Tag("b")], remove_tags=None)
client.update_artifact_version("x", 1, add_tags=Tag("b", exclusive=True))
client.create_run_metadata(
    {"a": 1},
    resources=[RunMetadataResource(id=version.id, type=MetadataResourceTypes.ARTIFACT_VERSION)],
)
folder: str = client.active_stack.artifact_store.path
linked: ArtifactVersion = client.register_artifact(folder_or_file_uri=folder, name="x")
run: PipelineRun = client.get_pipeline_run("nightly")
step: StepRun = run.steps["train"]
output: ArtifactVersion = step.output
model: Any = step.outputs["model"].load()
pipeline: Pipeline = client.get_pipeline("training")
seconds: float = (run.end_time or run.start_time).timestamp()
deleted: list[str] = client.delete_artifact_version("x", "1", delete_from_artifact_store=True)
"""
WRONG = '\nclient.get_artifact(nmae="x")\nversion.run_metadata.nothing\n'


@pytest.mark.sweep  # mypy reads the whole program for it
def test_a_program_that_uses_the_client_is_typed_strictly(
    mypy_says: MypySays, tmp_path: Path
) -> None:
    assert mypy_says(tmp_path, PROGRAM) == ""
    lines = mypy_says(tmp_path, PROGRAM + WRONG).splitlines()
    assert ["get_artifact" in lines[0], "nothing" in lines[-1]] == [True, True]


def test_the_package_says_that_it_is_typed() -> None:
    import artifactctl

    assert (Path(artifactctl.__file__).parent / "py.typed").exists()
