"""Saving: a materializer writes an object's files, which become a version."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from artifactctl import materializers, transfer
from artifactctl.catalog.reading.finding import check_free
from artifactctl.errors import InvalidInputError
from artifactctl.home import Home
from artifactctl.manifest import Manifest, StoredVisualization
from artifactctl.materializers.drawing import Drawing
from artifactctl.results.reports import SILENT, Progress
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs import finding
from artifactctl.verbs.publishing import (
    Stored,
    Upload,
    VersionSpec,
    latest_manifest,
    publish_one,
    queries_of,
)


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object that becomes a version, with the specification of that version.

    `materializer` None chooses one by the object's type; it gives the version's type unless the
    `spec` does. Without `visualize` it has no visualizations, nor are any made later.
    """

    value: Any
    spec: VersionSpec
    materializer: Any = None
    extract_metadata: bool = True
    visualize: bool = True


def save(home: Home, new: NewObject, progress: Progress | None = None) -> ArtifactVersion:
    """Store an object as a new version, as an output of the running step if there is one.

    Raises `ConflictError` when that version exists.
    """
    spec = new.spec.checked()

    def put() -> Stored:
        try:
            return store_object(home, new, progress or SILENT)
        except InvalidInputError as error:
            raise error.about(repr(spec.name)) from error

    with home.foreseen(queries_of(spec.name)):
        if spec.version is not None:
            check_free(home.catalog, spec.name, spec.version)
        added, _ = publish_one(home, Upload(spec, put))
        return finding.version_with_id(home, added.id)


def store_object(home: Home, new: NewObject, progress: Progress = SILENT) -> Stored:
    """Put the files of an object and their manifest into the store."""
    with home.store.workspace() as workspace:
        folder, drawn = os.path.join(workspace, "data"), os.path.join(workspace, "drawn")
        os.mkdir(folder)
        os.mkdir(drawn)
        saved = materializers.save(
            new.value,
            Path(folder),
            new.materializer,
            extract_metadata=new.extract_metadata,
            leave_out=transfer.own_data(*home.own_paths()),
            drawn=Path(drawn) if new.visualize else None,
        )
        collected = transfer.collect([folder], transfer.CollectOptions())
        progress.expect(collected.size_bytes)
        manifest = transfer.upload(
            collected,
            home.store,
            before=lambda: latest_manifest(home, new.spec.name),
            move=True,
            advance=progress.advance,
        )
        if not new.visualize or saved.drawings is not None:
            shown = _store_drawings(home, saved.drawings or (), drawn, manifest)
            manifest = replace(manifest, visualizations=shown)
    facts = {"storage_size": manifest.size_bytes, **saved.metadata} if new.extract_metadata else {}
    return Stored(
        manifest,
        home.store.put_manifest(manifest.to_bytes()),
        saved.type,
        facts,
        saved.data_type,
        saved.materializer,
    )


def _store_drawings(
    home: Home, drawings: Sequence[Drawing], drawn: str, manifest: Manifest
) -> tuple[StoredVisualization, ...]:
    """Put visualizations into the store; those that are files of the data are there already."""
    data = {entry.path: entry for entry in manifest.entries}
    shown = []
    for item in drawings:
        if item.is_data:
            digest, size_bytes = data[item.path].digest or "", data[item.path].size_bytes
        else:
            with open(os.path.join(drawn, item.path), "rb") as file:
                digest, size_bytes = home.store.put_stream(file)
        shown.append(StoredVisualization(item.path, item.type, size_bytes, digest))
    return tuple(shown)
