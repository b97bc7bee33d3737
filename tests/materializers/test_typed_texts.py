"""Texts that say which format they are in."""

from pathlib import Path

import pytest

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.materializers import materializer_named
from artifactctl.types import CSVString, HTMLString, JSONString, MarkdownString
from tests.materializers.again import again, contents, save_in

KINDS = [
    (CSVString, "output.csv", VisualizationType.CSV),
    (HTMLString, "output.html", VisualizationType.HTML),
    (MarkdownString, "output.md", VisualizationType.MARKDOWN),
    (JSONString, "output.json", VisualizationType.JSON),
]


@pytest.mark.parametrize(("kind", "name", "shown"), KINDS)
def test_a_text_of_a_format_is_a_file_of_that_format_and_comes_back_as_what_it_was(
    kind: type[str], name: str, shown: VisualizationType, tmp_path: Path
) -> None:
    text = kind('{"a": "ä"}\r\n\n€')
    saved = save_in(tmp_path / "data", text)
    assert contents(tmp_path / "data") == {name: text.encode()}
    assert (saved.materializer, saved.type) == ("text", ArtifactType.DATA_ANALYSIS)
    assert saved.data_type == f"artifactctl.types.{kind.__name__}"
    loaded = again(text)
    assert loaded == text
    assert type(loaded) is kind
    drawn = materializer_named("text")(str(tmp_path / "data")).save_visualizations(text)
    assert drawn == {str(tmp_path / "data" / name): shown}


def test_a_subclass_of_a_text_is_not_taken_for_the_text(tmp_path: Path) -> None:
    class Report(HTMLString):
        author = "me"

    with pytest.warns(UserWarning, match="pickle"):
        saved = save_in(tmp_path / "data", Report("<p>"))
    assert saved.materializer == "cloudpickle"


def test_a_text_inside_of_a_list_comes_back_as_what_it_was() -> None:
    (loaded,) = again([HTMLString("<p>")])
    assert type(loaded) is HTMLString
