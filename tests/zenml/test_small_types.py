"""Loggers and types of metadata, as `zenml.logger` and `zenml.metadata` have them."""

import logging
import subprocess
import sys

import pytest

from artifactctl.zenml import save_artifact
from artifactctl.zenml.metadata.metadata_types import DType, StorageSize, Uri
from artifactctl.zenml.metadata.metadata_types import Path as PathText
from artifactctl.zenml.models import (
    ArtifactVersionIdentifier,
    PipelineRunIdentifier,
    StepRunIdentifier,
)


@pytest.mark.usefixtures("here")
def test_types_of_metadata_are_read_back_as_texts_and_numbers() -> None:
    given = {
        "source": Uri("s3://bucket/raw.csv"),
        "script": PathText("/scripts/make.py"),
        "kinds": {"width": DType("float64")},
        "room": StorageSize(2500000),
    }
    kept = dict(save_artifact([1], "list", user_metadata=given).run_metadata)
    assert {key: kept[key] for key in given} == given
    assert kept["room"] == 2500000
    assert kept["source"] == "s3://bucket/raw.csv"


def test_the_records_of_a_logger_are_seen() -> None:
    script = (
        "from artifactctl.zenml.logger import get_logger; get_logger('mine').info('loss %s', 1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "mine: loss 1\n")
    assert isinstance(logging.getLogger("mine"), logging.Logger)


def test_an_identifier_says_which_one_is_meant() -> None:
    assert PipelineRunIdentifier(prefix="train").value == "train"
    assert StepRunIdentifier(name="load", run=PipelineRunIdentifier(name="r")).name == "load"
    assert ArtifactVersionIdentifier(name="iris", version="raw").version == "raw"
    for wrong in (
        PipelineRunIdentifier,
        lambda: PipelineRunIdentifier(id="1", name="r"),
        lambda: StepRunIdentifier(name="load"),
        lambda: ArtifactVersionIdentifier(name="iris"),
    ):
        with pytest.raises(ValueError, match=r"which is meant|together"):
            wrong()
