"""What a materializer draws is kept with the version, apart from its data."""

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from artifactctl import load_artifact, save_artifact
from artifactctl.client import ArtifactVersion, Client
from artifactctl.enums import VisualizationType
from artifactctl.manifest import Manifest, StoredVisualization
from artifactctl.materializers import BaseMaterializer


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
        ({"missing.html": "html"}, nothing, "no file"),
        ({"/etc/passwd": "markdown"}, nothing, "no file"),
        ({"../../missing.html": "html"}, nothing, "no file"),
        ({"x.html": "pdf"}, nothing, "'pdf' is not known"),
        ({"l": "csv"}, links, "no file"),
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
