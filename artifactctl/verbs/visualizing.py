"""The visualizations of a version: those that were kept with it, or made from its data on request.

Nothing is unpickled to make one, and of large data only as much is read as is shown.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from uuid import UUID

from artifactctl import transfer
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.rows import Version
from artifactctl.digests import blob_key, digest_of
from artifactctl.errors import IntegrityError, InvalidInputError, UnsafeError
from artifactctl.home import Home, access
from artifactctl.manifest import Manifest, StoredVisualization
from artifactctl.materializers.drawing import draw_saved
from artifactctl.plain_text import size
from artifactctl.refs import Ref, is_id
from artifactctl.results.asking import bind
from artifactctl.results.descriptions import Visualizations
from artifactctl.results.versions import ArtifactVersion
from artifactctl.results.visualizations import Visualization
from artifactctl.url_text import url_in_store
from artifactctl.verbs.copies import temporary_folder
from artifactctl.verbs.downloading import unless_deleted
from artifactctl.visuals import MOST_FILES, Visual, may_show, show_file

MOST_BYTES = 1 << 30
"""Larger data is not read to make visualizations of it."""

_PIECE_BYTES = 1 << 20


def visualizations(home: Home, ref: Ref) -> Visualizations:
    """Return what shows a version; the notes say what could not be shown.

    Raises `IntegrityError` for data that is not what was registered.
    """
    row = find_version(home.catalog, ref)
    version = ArtifactVersion.of(row, home.origin)
    if not is_id(row.id):
        raise IntegrityError(
            f"{version.ref} has a row that was changed: {row.id!r} is no ID",
            hint="see 'artifactctl verify'",
        )
    if row.data_deleted is not None:
        return Visualizations(version, (), (f"the data of {version.ref} was deleted",))
    with unless_deleted(home, row):
        manifest = home.manifest_of(row)
        if manifest.visualizations is not None:
            kept = tuple(_kept(home, row, item) for item in manifest.visualizations)
            notes = () if kept else (f"{version.ref} was saved without visualizations",)
            return Visualizations(version, kept, notes)
        try:
            made = tuple(_made(home, version, row, manifest))
        except (InvalidInputError, UnsafeError) as error:
            return Visualizations(version, (), (f"{version.ref}: {error.message}",))
    return Visualizations(version, made, () if made else (_reason(version),))


def read(home: Home, digest: str, size_bytes: int) -> bytes:
    """Return the content of a stored visualization.

    Raises `IntegrityError` when it is not what was stored.
    """
    with home.store.open(digest) as blob:
        content = b"".join(iter(lambda: blob.read(_PIECE_BYTES), b""))
    if len(content) != size_bytes or digest_of(content) != digest:
        raise IntegrityError(
            f"a visualization is damaged: its bytes are not those of {digest}",
            hint="see 'artifactctl verify'",
        )
    return content


def _reason(version: ArtifactVersion) -> str:
    if version.materializer is None:
        return f"{version.ref} has no file of a kind that can be shown"
    return f"{version.ref}: nothing shows an object that {version.materializer!r} saved"


def _made(
    home: Home, version: ArtifactVersion, row: Version, manifest: Manifest
) -> Iterator[Visualization]:
    """Yield visualizations of data that has none: of its files, or of the object in them."""
    if row.materializer is None:
        names = islice(filter(may_show, (entry.path for entry in manifest.entries)), MOST_FILES)
        shown = set(names)
        entries = tuple(entry for entry in manifest.entries if entry.path in shown)
        manifest = replace(manifest, entries=entries)
    if manifest.size_bytes > MOST_BYTES:
        raise InvalidInputError(f"{version.ref} has {size(manifest.size_bytes)}, too much to draw")
    data = {entry.path: entry for entry in manifest.entries}
    with temporary_folder() as folder:
        transfer.lay_out(manifest, home.store, folder)
        for item in _visuals(home, row, folder, list(data)):
            entry = data.get(item.name)
            if entry is not None and item.content is None and manifest.link is None:
                file = (item.name, item.type, entry.size_bytes, entry.digest or "")
                yield _kept(home, row, StoredVisualization(*file))
            else:
                yield _in_memory(home, version, row, item, folder)


def _visuals(home: Home, row: Version, folder: str, names: list[str]) -> list[Visual]:
    """What shows the files in a folder, or the object that was saved as these."""
    if row.materializer is None:
        return [visual for name in names for visual in show_file(folder, name)]
    drawings = draw_saved(
        Path(folder),
        row.materializer,
        row.data_type or "",
        allow_pickle=access.is_own_home(home.settings),
    )
    return [
        Visual(item.path, item.type, None if item.path in names else _content(folder, item.path))
        for item in drawings
    ]


def _content(folder: str, path: str) -> bytes:
    return Path(folder, path).read_bytes()


def _kept(home: Home, row: Version, item: StoredVisualization) -> Visualization:
    """A visualization whose bytes are in the store."""
    made = Visualization(
        artifact_version_id=UUID(row.id),
        name=item.path,
        type=item.type,
        uri=url_in_store(home.settings.store.value, blob_key(item.digest)),
        size_bytes=item.size_bytes,
        digest=item.digest,
    )
    return bind(made, home.origin)


def _in_memory(
    home: Home, version: ArtifactVersion, row: Version, item: Visual, folder: str
) -> Visualization:
    """A visualization that was made just now, or a file of linked data."""
    content = _content(folder, item.name) if item.content is None else item.content
    made = Visualization(
        artifact_version_id=UUID(row.id),
        name=item.name,
        type=item.type,
        uri=f"{version.url}#{item.name}",
        size_bytes=len(content),
    )
    return bind(made, home.origin, content)
