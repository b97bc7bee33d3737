"""What a materializer draws is kept with the version, apart from its data."""

import base64
import io
import json
import os
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

from artifactctl import load_artifact, pipeline, save_artifact, step
from artifactctl.client import ArtifactVersion, Client
from artifactctl.enums import VisualizationType
from artifactctl.errors import NotFoundError
from artifactctl.manifest import Manifest, StoredVisualization
from artifactctl.materializers import BaseMaterializer
from artifactctl.pipelines.python.artifacts import load_artifact_visualization
from artifactctl.types import HTMLString, MarkdownString


class Plot:
    """Something that only the materializer below can save."""

    def __init__(self, text: str = "p") -> None:
        self.text = text


def nothing(folder: Path) -> None:
    del folder


def fails(folder: Path) -> None:
    raise ZeroDivisionError(folder.name)


def links(folder: Path) -> None:
    (folder / "l").unlink()
    (folder / "l").symlink_to("/etc/hosts")


def writes_data(folder: Path) -> None:
    (folder / "data.txt").write_text("!")


def removes_data(folder: Path) -> None:
    (folder / "data.txt").unlink()


class PlotMaterializer(BaseMaterializer):
    """Draws as the documentation of ZenML tells."""

    ASSOCIATED_TYPES = (Plot,)
    drawn: Mapping[str, Any] = {"plot.html": VisualizationType.HTML}
    does = staticmethod(nothing)

    def save(self, data: Plot) -> None:
        Path(self.uri, "data.txt").write_text(data.text)

    def load(self, data_type: type) -> Plot:  # noqa: ARG002
        return Plot(Path(self.uri, "data.txt").read_text())

    def save_visualizations(self, data: Plot) -> dict[str, VisualizationType]:
        for name in self.drawn:
            path = os.path.join(self.uri, name)
            if not os.path.lexists(path) and "missing" not in name:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with self.artifact_store.open(path, "w") as file:
                    file.write(f"<p>{data.text}</p>")
        type(self).does(Path(self.uri))
        return {os.path.join(self.uri, name): kind for name, kind in self.drawn.items()}


@pytest.fixture(autouse=True)
def here(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(client.settings.home_path))


def manifest_of(client: Client, version: ArtifactVersion) -> Manifest:
    return client.home.manifest_of(version._row)


def kept(client: Client, version: ArtifactVersion) -> dict[str, bytes] | None:
    """The stored visualizations by path, or None where the version says nothing of them."""
    shown = manifest_of(client, version).visualizations
    if shown is None:
        return None
    found = {}
    for item in shown:
        with client.store.open(item.digest) as blob:
            found[item.path] = blob.read()
    return found


def drawing(monkeypatch: pytest.MonkeyPatch, drawn: Mapping[str, Any], does: Any = nothing) -> None:
    monkeypatch.setattr(PlotMaterializer, "drawn", drawn)
    monkeypatch.setattr(PlotMaterializer, "does", staticmethod(does))


def test_what_a_materializer_draws_is_kept_apart_from_the_data(client: Client) -> None:
    plain = save_artifact(Plot("p"), "plain", include_visualizations=False)
    version = save_artifact(Plot("p"), "plot")
    assert kept(client, version) == {"plot.html": b"<p>p</p>"}
    assert version.digest == plain.digest, "the digest covers the data and nothing else"
    assert (version.file_count, version.size_bytes) == (1, 1)
    assert [file.path for file in client.describe_artifact_version("plot").files] == ["data.txt"]
    assert load_artifact("plot").text == "p"


def test_a_download_gives_the_data_without_what_shows_it(client: Client, work: Path) -> None:
    save_artifact(Plot(), "plot")
    client.download("plot", work / "out")
    assert os.listdir(work / "out") == ["data.txt"]


def test_a_file_of_the_data_may_be_what_shows_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing(monkeypatch, {"data.txt": "markdown", "a/b.csv": VisualizationType.CSV})
    version = save_artifact(Plot("# p"), "plot")
    assert kept(client, version) == {"data.txt": b"# p", "a/b.csv": b"<p># p</p>"}
    (first, _) = manifest_of(client, version).visualizations or ()
    assert first.digest == manifest_of(client, version).entries[0].digest
    assert first.type is VisualizationType.MARKDOWN


@pytest.mark.parametrize(
    ("drawn", "does", "reason"),
    [
        ({}, fails, "ZeroDivisionError"),
        ({"missing.html": "html"}, nothing, "not a file"),
        ({"/etc/passwd": "markdown"}, nothing, "not a file"),
        ({"../../missing.html": "html"}, nothing, "not a file"),
        ({"x.html": "pdf"}, nothing, "'pdf' is not known"),
        ({"l": "csv"}, links, "not a file"),
    ],
)
def test_what_cannot_be_drawn_is_a_warning_and_the_object_is_saved(
    drawn: Any, does: Any, reason: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing(monkeypatch, drawn, does)
    with pytest.warns(UserWarning, match=f"no visualizations of Plot: .*{reason}"):
        version = save_artifact(Plot(), "plot")
    assert kept(client, version) == {}
    assert version.file_count == 1
    assert load_artifact("plot").text == "p"


@pytest.mark.parametrize("does", [writes_data, removes_data])
def test_drawing_that_changes_the_data_is_undone(
    does: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing(monkeypatch, {"plot.html": "html"}, does)
    with pytest.warns(UserWarning, match="changed the files of the data"):
        version = save_artifact(Plot("p"), "plot")
    assert kept(client, version) == {}
    assert load_artifact("plot").text == "p"


def test_bytes_that_show_a_version_are_verified_and_live_as_long_as_it(
    fragile: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = fragile
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(client.settings.home_path))
    version = save_artifact(Plot(), "plot")
    (item,) = manifest_of(client, version).visualizations or ()
    assert client.collect_garbage(grace_s=0).blobs == 0
    path = client.store.path(item.digest)
    assert path is not None
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(b"x" * len(content))
    (problem,) = client.verify()
    assert problem.path == "visualization plot.html"
    client.store.put_stream(io.BytesIO(content))
    assert not client.verify()
    client.delete_artifact_version("plot")
    assert client.collect_garbage(grace_s=0).blobs == 2


def test_a_rebuilt_catalog_knows_what_shows_a_version(client: Client) -> None:
    save_artifact(Plot(), "plot")
    client.close()
    client.settings.catalog_path.unlink()
    client.rebuild_catalog()
    assert kept(client, client.get_artifact_version("plot")) == {"plot.html": b"<p>p</p>"}


def test_a_manifest_of_visualizations_is_read_by_those_who_do_not_know_them(
    client: Client,
) -> None:
    version = save_artifact(Plot(), "plot")
    content = client.store.get_manifest(version._row.manifest)
    value = json.loads(content)
    assert value["format"] == 1
    assert sorted(value) == ["files", "format", "kind", "visualizations"]
    assert Manifest.from_bytes(content).to_bytes() == content
    del value["visualizations"]
    old = Manifest.from_bytes(json.dumps(value).encode())
    assert old.content_digest == version.digest


def test_a_version_without_visualizations_says_so_and_others_say_nothing(client: Client) -> None:
    assert kept(client, save_artifact([1], "x", include_visualizations=False)) == {}
    assert kept(client, save_artifact([1], "x")) is None


def test_hostile_visualizations_in_a_manifest_are_refused() -> None:
    from artifactctl.enums import VersionKind
    from artifactctl.errors import IntegrityError, UnsafeError
    from tests.test_manifest import ONE

    good = StoredVisualization("a.html", VisualizationType.HTML, 3, str(ONE.digest))
    manifest = Manifest.of(VersionKind.FOLDER, [ONE], None, [good])
    assert Manifest.from_bytes(manifest.to_bytes()) == manifest
    for change in (
        {"path": "../a"}, {"path": 3}, {"type": "exe"}, {"size": -1}, {"size": True},
        {"digest": None}, {"digest": "x"},
    ):  # fmt: skip
        value = json.loads(manifest.to_bytes())
        value["visualizations"][0] |= change
        with pytest.raises((IntegrityError, UnsafeError)):
            Manifest.from_bytes(json.dumps(value).encode())
    for wrong in ("x", {"a": 1}, [1], [good.as_json()] * 1001):
        value = {**json.loads(manifest.to_bytes()), "visualizations": wrong}
        with pytest.raises(IntegrityError):
            Manifest.from_bytes(json.dumps(value).encode())
    linked = {**json.loads(manifest.to_bytes()), "link": "file:///tmp"}
    with pytest.raises(IntegrityError):
        Manifest.from_bytes(json.dumps(linked).encode())


def shown(client: Client, name: str) -> dict[str, bytes]:
    return {item.name: item.content() for item in client.visualize(name).items}


def test_built_in_materializers_draw_on_request_and_not_on_saving(client: Client) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "<z>"]})
    version = save_artifact(frame, "frame")
    assert kept(client, version) is None
    found = shown(client, "frame")
    assert list(found) == ["describe.csv", "sample.csv"]
    assert found["sample.csv"] == b",a,b\n0,1,x\n1,2,\n2,3,<z>\n"
    assert b"mean,2.0" in found["describe.csv"]


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (np.arange(1000.0), ["histogram.svg"]),
        (np.zeros((2, 3)), ["sample.csv"]),
        (np.zeros((4, 5, 3), "uint8"), ["image.png"]),
        (np.array([np.nan, np.inf]), []),
        (np.array([1.0, np.nextafter(1.0, 2)]), ["histogram.svg"]),
        (np.array([-1.7e308, 1.7e308]), ["histogram.svg"]),
        (pd.Series([1, 2], name="s"), ["describe.csv", "sample.csv"]),
        (pl.DataFrame({"a": [1, 2]}), ["describe.csv", "sample.csv"]),
        (pa.table({"a": [1], "b": [[1, 2]]}), ["sample.csv"]),
        (Image.new("RGB", (3, 2)), ["image.png"]),
        (Image.new("F", (3, 2)), ["preview.png"]),
        ({"a": [1]}, ["data.json"]),
        ([np.arange(2)], []),
        (b"# text", ["data.bin"]),
        (b"\0\1", []),
        (HTMLString("<p>"), ["output.html"]),
    ],
)
def test_what_is_drawn_of_what(value: Any, names: list[str], client: Client) -> None:
    save_artifact(value, "x")
    assert list(shown(client, "x")) == names
    assert not client.verify(), "nothing was written to the store's files"


def test_the_parameters_of_a_model_are_shown(client: Client) -> None:
    save_artifact(LogisticRegression(C=2), "model")
    parameters = json.loads(shown(client, "model")["parameters.json"])
    assert (parameters["class"], parameters["C"]) == ("LogisticRegression", 2)


def test_nothing_is_unpickled_to_be_shown(client: Client) -> None:
    with pytest.warns(UserWarning, match="pickle"):
        save_artifact(object(), "thing")
    found = client.visualize("thing")
    assert found.items == ()
    assert found.notes == ("thing:1: nothing shows an object that 'cloudpickle' saved",)


def test_files_from_the_shell_are_shown_by_their_own_format(client: Client, work: Path) -> None:
    (work / "in").mkdir()
    files = {"a.csv": "a,b\n1,2\n", "b.csv": "a;b\n1;2\n", "c.md": "# c", "d.jsonl": '{"a": 1}\n'}
    for name, text in {**files, "e.html": "<p>", "f.json": "[1]", "g.txt": "no"}.items():
        (work / "in" / name).write_text(text)
    np.save(work / "in" / "h.npy", np.arange(10))
    pd.DataFrame({"a": range(100)}).to_parquet(work / "in" / "i.parquet")
    client.register("files", [work / "in"])
    client.register_artifact(work / "in", "linked")
    found = shown(client, "files")
    assert list(found) == [
        "a.csv", "b.csv.sample.csv", "c.md", "d.jsonl.sample.csv", "e.html", "f.json",
        "h.npy.histogram.svg", "i.parquet.sample.csv",
    ]  # fmt: skip
    assert found["b.csv.sample.csv"] == b"a,b\n1,2\n"
    assert found["i.parquet.sample.csv"].count(b"\n") == 21
    assert shown(client, "linked") == found
    assert not client.verify()


def test_a_file_that_is_not_what_it_is_called_is_passed_over(client: Client, work: Path) -> None:
    (work / "in").mkdir()
    for name in ("a.parquet", "b.npy", "c.png", "d.csv.gz", "e.jsonl"):
        (work / "in" / name).write_bytes(b"PAR1\x93NUMPY\x1f\x8bxxxx" * 9)
    client.register("files", [work / "in"])
    assert shown(client, "files") == {}


def test_a_version_gives_its_visualizations_as_zenml_does(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    del client
    version = save_artifact(MarkdownString("# hi"), "text")
    (item,) = version.visualizations
    assert (item.type, item.value) == (VisualizationType.MARKDOWN, "# hi")
    assert item.uri.startswith("file://")
    assert str(item.artifact_version_id) == str(version.id)
    loaded = load_artifact_visualization(version, index=0)
    assert (loaded.type, loaded.value) == (VisualizationType.MARKDOWN, "# hi")
    with pytest.raises(NotFoundError):
        load_artifact_visualization(version, index=1)
    image = save_artifact(np.zeros((2, 2, 3), "uint8"), "image")
    assert base64.b64decode(load_artifact_visualization(image, encode_image=True).value) == (
        image.visualizations[0].value
    )
    version.visualize()
    assert f"visualize {version.ref} --open" in capsys.readouterr().out


def test_in_a_notebook_hostile_html_is_kept_in_a_frame(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    del client
    displayed: list[str] = []
    display = types.SimpleNamespace(HTML=str, display=displayed.append)
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    save_artifact(HTMLString("<script>alert(1)</script>"), "x").visualize(title="<b>t")
    title, shown_html = displayed
    assert title == "<h3>&lt;b&gt;t</h3>"
    assert "<script" not in shown_html
    assert 'sandbox=""' in shown_html


@step
def report() -> Annotated[Plot, "report"]:
    return Plot()


def test_steps_and_pipelines_can_be_without_visualizations(client: Client) -> None:
    @pipeline(enable_cache=False)
    def flow() -> None:
        report()

    flow()
    assert client.get_artifact_version("report").visualizations
    flow.with_options(enable_artifact_visualization=False)()
    assert not client.get_artifact_version("report").visualizations
    flow.with_options(steps={"report": {"enable_artifact_visualization": False}})()
    assert not client.get_artifact_version("report").visualizations
