"""What the page on visualizations does: texts with a format, pictures of one's own, none at all."""

import os
from typing import Annotated, Any

import pytest

from artifactctl.zenml import load_artifact, pipeline, save_artifact, step
from artifactctl.zenml.artifacts.utils import load_artifact_visualization
from artifactctl.zenml.client import Client
from artifactctl.zenml.enums import ArtifactType, VisualizationType
from artifactctl.zenml.io import fileio
from artifactctl.zenml.materializers.base_materializer import BaseMaterializer
from artifactctl.zenml.models import ArtifactVisualizationResponse, LoadedVisualization
from artifactctl.zenml.types import CSVString, HTMLString, JSONString, MarkdownString

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class Figure:
    """A picture of the user's, which a library draws."""

    def savefig(self, file: Any) -> None:
        file.write(PIXEL)


class FigureMaterializer(BaseMaterializer):
    ASSOCIATED_TYPES = (Figure,)

    def save(self, data: Figure) -> None:  # noqa: ARG002
        with fileio.open(os.path.join(self.uri, "figure.txt"), "w") as file:
            file.write("a figure")

    def load(self, data_type: type[Any]) -> Figure:  # noqa: ARG002
        return Figure()

    def save_visualizations(self, data: Figure) -> dict[str, VisualizationType]:
        path = os.path.join(self.uri, "figure.png")
        with fileio.open(path, "wb") as file:
            data.savefig(file)
        return {path: VisualizationType.IMAGE}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CSVString("a,b\n1,2"), VisualizationType.CSV),
        (HTMLString("<b>x</b>"), VisualizationType.HTML),
        (MarkdownString("# x"), VisualizationType.MARKDOWN),
        (JSONString('{"a": 1}'), VisualizationType.JSON),
    ],
)
def test_a_text_with_a_format_is_shown_as_that(
    here: Client, text: str, kind: VisualizationType
) -> None:
    saved = save_artifact(text, "report")
    assert saved.type is ArtifactType.DATA_ANALYSIS
    (shown,) = here.get_artifact_version("report").visualizations
    assert isinstance(shown, ArtifactVisualizationResponse)
    assert shown.load() == LoadedVisualization(kind, str(text))
    assert type(load_artifact("report")) is type(text)


def test_a_picture_of_ones_own_is_kept_with_the_version(
    here: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    @step
    def draw() -> Annotated[Figure, "figure"]:
        return Figure()

    @pipeline
    def drawing() -> None:
        draw()

    output = drawing().steps["draw"].outputs["figure"][0]
    assert load_artifact_visualization(output, index=0).value == PIXEL
    encoded = load_artifact_visualization(output, encode_image=True).value
    assert bytes(encoded).startswith(b"iVBOR")
    with pytest.raises(KeyError):
        load_artifact_visualization(output, index=1)
    output.visualize()
    assert f"visualize {output.ref} --open" in capsys.readouterr().out


def test_a_step_or_a_pipeline_may_go_without(here: Client) -> None:
    @step
    def first() -> Annotated[HTMLString, "first"]:
        return HTMLString("<b>1</b>")

    @pipeline(enable_artifact_visualization=False, enable_cache=False)
    def writing() -> None:
        first()
        first.with_options(enable_artifact_visualization=True)(id="shown")

    steps = writing().steps
    assert steps["first"].output.visualizations == []
    assert len(steps["shown"].output.visualizations) == 1
