"""The words that users type for types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.enums import ArtifactType, ExecutionStatus, VisualizationType
from artifactctl.errors import WrongUsageError


def test_the_types_are_those_of_zenml():
    assert {member.value for member in ArtifactType} == {
        "DataArtifact",
        "ModelArtifact",
        "DataAnalysisArtifact",
        "SchemaArtifact",
        "ServiceArtifact",
        "StatisticsArtifact",
        "BaseArtifact",
    }


@pytest.mark.parametrize("member", list(ArtifactType))
def test_a_type_is_read_in_full_in_short_and_in_any_case(member: ArtifactType):
    for text in (member.value, member.short, member.name, member.short.replace("_", "-")):
        assert ArtifactType.parse(text) is member
        assert ArtifactType.parse(text.upper()) is member


@pytest.mark.parametrize("text", ["", "modell", "artifact", "data,model", "Data Artifact"])
def test_an_unknown_type_is_refused_with_all_that_exist(text: str):
    with pytest.raises(WrongUsageError) as caught:
        ArtifactType.parse(text)
    assert all(member.short in caught.value.hint for member in ArtifactType)


@given(st.text())
def test_any_text_is_a_type_or_a_refusal(text: str):
    try:
        member = ArtifactType.parse(text)
    except WrongUsageError:
        return
    assert text.casefold().replace("-", "_").startswith(member.short[:4])


def test_the_status_of_a_run_says_whether_it_has_ended_and_how() -> None:
    assert ExecutionStatus("completed").is_successful
    assert ExecutionStatus.CACHED.is_finished
    assert ExecutionStatus.FAILED.is_failed
    assert not ExecutionStatus.RUNNING.is_finished
    assert ExecutionStatus.STOPPED.is_finished
    assert not ExecutionStatus.STOPPED.is_successful


def test_names_and_values_are_lists_as_zenmls_are():
    assert VisualizationType.values() == ["csv", "html", "image", "markdown", "json"]
    assert VisualizationType.names() == ["CSV", "HTML", "IMAGE", "MARKDOWN", "JSON"]
