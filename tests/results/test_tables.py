"""How results look: on one line, as a table in a notebook, as a data frame."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from artifactctl.catalog import rows
from artifactctl.client import Client
from artifactctl.errors import NotFoundError
from artifactctl.results.artifacts import Artifact
from artifactctl.results.pages import Page
from artifactctl.results.runs import PipelineRun
from tests.recorded import Did, record

HOSTILE = '<script>alert("1")</script>&\'\x1b[31m\u202e'


class Tags(HTMLParser):
    """The names of elements, which must be closed in order, and the text in them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, _attributes: Any) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(document: str) -> Tags:
    found = Tags()
    found.feed(document)
    assert found.open == []
    assert found.seen <= {"table", "thead", "tbody", "tr", "th", "td", "p"}
    return found


@pytest.fixture
def some(client: Client, work: Path) -> Iterator[Client]:
    """iris:1 and iris:2 with metadata, digits:1 without; a run."""
    (work / "f").write_text("x" * 1500)
    client.register("iris", work / "f", tags=["a", "b"], metadata={"acc": 0.5, "n": {"x": [1]}})
    (work / "f").write_text("y")
    client.register("iris", work / "f", metadata={"acc": 0.75, "note": "good"})
    client.register("digits", work / "f", type="data")
    record(client, "nightly", Did("fit", metadata={"loss": 1.5}), metadata={"own": 1})
    yield client
    client.close()


def everything(client: Client) -> list[Any]:
    run = client.get_pipeline_run("nightly")
    pages = [
        client.list_artifacts(),
        client.list_artifact_versions(),
        client.list_pipeline_runs(size=0),
    ]
    version, artifact = client.get_artifact_version("iris:1"), client.get_artifact("iris")
    steps = run.steps["fit"]
    return [artifact, version, run, steps, client.get_pipeline(run.pipeline), *pages]


def test_a_repr_is_one_short_line_that_says_what_it_is(some: Client) -> None:
    for found in everything(some):
        line = repr(found)
        assert line.startswith(f"<{type(found).__name__} ")
        assert line.isprintable()
        assert len(line) < 100
        assert "_" not in line.replace("ARTIFACTCTL_HOME", "")
    assert repr(some.get_artifact_version("iris:1")).startswith("<ArtifactVersion iris:1 (")
    assert "1.5 kB" in repr(some.get_artifact_version("iris:1"))
    assert repr(some.get_artifact("iris")).startswith("<Artifact iris (2 versions, ")
    assert repr(some.list_artifacts(size=1)) == "<Page 1 of 2: 1 of 2 artifacts>"
    assert repr(some.list_artifacts(name="none")) == "<Page 1 of 1: 0 of 0 artifacts>"


def test_notebooks_show_a_table_in_their_own_colours(some: Client) -> None:
    for found in everything(some):
        document = found._repr_html_()
        assert "table" in read(document).seen
        assert "color" not in document
        assert "background" not in document
    version = read(some.get_artifact_version("iris:1")._repr_html_()).text
    for fact in ("iris:1", "a, b", "1.5 kB", "metadata.acc", "0.5", '{"x": [1]}'):
        assert fact in version
    runs = read(some.list_pipeline_runs()._repr_html_()).text
    assert "nightly" in runs
    assert runs.endswith("1 of 1: 1 of 1 run")


def test_a_long_page_shows_its_first_rows(some: Client) -> None:
    items = [some.get_artifact("iris")] * 1234
    document = Page.of(rows.Page(items, 1, 0, 1234), Artifact)._repr_html_()
    assert document.count("<tr>") == 51
    assert read(document).text.endswith("1 of 1: 1,234 of 1,234 artifacts; 1,184 more on this page")


def test_what_hostile_names_and_values_say_is_text(client: Client, work: Path) -> None:
    (work / "f").write_text("x")
    client.register("x", work / "f", metadata={"k": HOSTILE, "list": [HOSTILE]})
    name = HOSTILE[:-6]  # names of runs are printable
    record(client, name, Did(name, metadata={"m": HOSTILE}), pipeline=name)
    run = client.get_pipeline_run(client.list_pipeline_runs()[0].id)
    shown = [
        *(client.get_artifact_version("x"), client.list_artifact_versions()),
        *(run, client.list_pipeline_runs(), *run.steps.values(), client.get_pipeline(name)),
    ]
    for found in shown:
        document = found._repr_html_()
        assert "script" not in read(document).seen
        assert not {"\x1b", "\u202e", "\x07"} & set(document)
        assert repr(found).isprintable()
        assert ("<script>alert" in read(document).text) == ("artifact version" not in repr(found))


def test_a_data_frame_has_a_column_for_each_key_of_metadata(some: Client) -> None:
    frame = some.list_artifact_versions(sort_by="created").to_pandas()
    assert list(frame["artifact"]) == ["iris", "iris", "digits"]
    assert [*frame.columns[:5]] == ["id", "artifact", "version", "type", "tags"]
    assert {"producer.run", "producer.step"} < {*frame.columns}
    keys = [name for name in frame.columns if name.startswith("metadata.")]
    assert keys == [f"metadata.{key}" for key in ("acc", "content_type", "n", "note")]
    assert list(frame["metadata.acc"].dropna()) == [0.5, 0.75]
    assert frame["metadata.n"][0] == {"x": [1]}
    assert frame["tags"][0] == ("a", "b")
    assert isinstance(frame["created"].dtype, pd.DatetimeTZDtype)
    assert frame["created"].max() <= datetime.now(UTC)
    assert {type(value) for value in (*frame["type"], *frame["artifact"])} == {str}
    runs = some.list_pipeline_runs(size=0).to_pandas()
    assert (runs["metadata.loss"][0], runs["metadata.own"][0]) == (1.5, 1)
    assert runs["started"].dtype == runs["ended"].dtype == frame["created"].dtype
    assert list(some.list_artifacts().to_pandas()["version_count"]) == [2, 1]


def test_an_empty_page_is_a_data_frame_with_columns(client: Client) -> None:
    for page in (client.list_artifacts(), client.list_artifact_versions()):
        assert page.to_pandas().columns[0] == "id"
    found = client.list_pipeline_runs()
    assert list(found.to_pandas().columns) == list(PipelineRun.CELLS)
    assert read(found._repr_html_()).text.endswith("0 of 0 runs")


def test_without_pandas_the_error_says_what_to_install(
    some: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(NotFoundError, match="needs pandas") as raised:
        some.list_artifacts().to_pandas()
    assert raised.value.hint == "pip install 'artifactctl[data]'"


def test_pages_comparisons_and_series_are_data_frames(some: Client) -> None:
    for page in (some.list_artifacts(), some.list_artifact_versions(), some.list_pipeline_runs()):
        fields = pd.DataFrame(page)
        assert len(fields) == len(page.to_pandas()) == len(page)
        assert "id" in fields.columns
    compared = some.compare("iris:1", "iris:2").to_pandas()
    assert list(compared.name) == ["iris:1", "iris:2"]
    assert list(compared["metadata.acc"]) == [0.5, 0.75]
    assert compared["metadata.note"].isna().tolist() == [True, False]
    assert "status" not in compared.columns
    record(some, "second", Did("fit", metadata={"loss": 0.5}))
    runs = some.compare("run:nightly", "run:second").to_pandas()
    assert list(runs["metadata.loss"]) == [1.5, 0.5]
    some.log_metadata("iris:1", {"loss": [3, 2, 1]}, step=range(3))
    curve = some.get_artifact_version("iris:1").series["loss"]
    assert curve.to_pandas().value.tolist() == [3, 2, 1]
    assert str(curve.to_pandas().time.dtype).endswith("UTC]")
    assert "<polyline" in curve._repr_html_()


def test_what_is_much_is_cut_and_a_note_says_so(client: Client, work: Path) -> None:
    (work / "f").write_text("x")
    client.register("many", work / "f", metadata={f"k{n}": HOSTILE for n in range(10_000)})
    client.register("many", work / "f")
    shown = {
        "version": client.get_artifact_version("many:1")._repr_html_(),
        "comparison": client.compare("many:1", "many:2")._repr_html_(),
        "difference": client.diff("many:1", "many:2")._repr_html_(),
    }
    for document in shown.values():
        assert len(document) < 50_000
        assert "more" in document
        assert "<script" not in document
        assert "\u202e" not in document
