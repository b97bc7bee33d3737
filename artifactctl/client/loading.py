"""Versions become objects again; what was not made from an object becomes a path.

Every byte is verified before anything interprets it. Code in the data runs only where its owner
is this user, or was vouched for.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl import context, materializers, transfer
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.rows import Version
from artifactctl.client.copies import lasting_folder, temporary_folder
from artifactctl.client.moving import check_data, manifest_of, unless_deleted
from artifactctl.copying import ignore
from artifactctl.enums import VersionKind
from artifactctl.errors import IntegrityError
from artifactctl.manifest import Manifest
from artifactctl.ownership import is_own
from artifactctl.refs import Ref
from artifactctl.settings import LOCAL
from artifactctl.store.links import check_linked

if TYPE_CHECKING:
    from artifactctl.client import Client


def load(
    client: "Client",
    version_id: str,
    *,
    allow_pickle: bool = False,
    materializer: Any = None,
    wanted: type | None = None,
) -> Any:
    """The object of a version; a `pathlib.Path` of what was registered as files.

    Linked data is where it always was; other files are copies that last until this process ends.
    `wanted` is the type expected. Raises `IntegrityError` for bytes that are not what was
    registered, `UnsafeError` for a pickle that nobody vouches for.
    """
    row = find_version(client.catalog, Ref(version_id))
    check_data(row)
    scope = context.step_in(client.settings.home.value)
    if scope is not None:
        scope.used.append((row.artifact, row.id))
    with unless_deleted(client, row):
        manifest = manifest_of(client, row)
        if row.materializer is None and materializer is None:
            return _as_path(client, row, manifest)
        return _as_object(
            client,
            row,
            manifest,
            allow_pickle=allow_pickle,
            materializer=materializer,
            wanted=wanted,
        )


def _as_object(
    client: "Client",
    row: Version,
    manifest: Manifest,
    *,
    allow_pickle: bool,
    materializer: Any,
    wanted: type | None,
) -> Any:
    own = _is_own(client)
    with temporary_folder() as folder:
        # What was vouched for are these bytes, not those that somebody puts there meanwhile.
        transfer.lay_out(manifest, client.store, folder, copies=allow_pickle and not own)
        return materializers.load(
            Path(folder),
            row.materializer or "",
            row.data_type or "",
            allow_pickle=allow_pickle or own,
            wanted=wanted,
            materializer=materializer,
        )


def _is_own(client: "Client") -> bool:
    store = client.store.url
    place = Path(store.removeprefix(LOCAL)) if store.startswith(LOCAL) else None
    return is_own(client.settings.home_path, client.settings.catalog_path, place)


def _as_path(client: "Client", row: Version, manifest: Manifest) -> Path:
    if manifest.link is not None and manifest.link.startswith(LOCAL):
        return _linked(client, row, manifest)
    folder = lasting_folder()
    transfer.lay_out(manifest, client.store, folder, copies=True)
    is_file = manifest.kind is VersionKind.FILE
    return Path(folder, manifest.entries[0].path if is_file else "")


def _linked(client: "Client", row: Version, manifest: Manifest) -> Path:
    """The place of linked data, which must still be what was registered."""
    for entry in manifest.entries:
        try:
            check_linked(manifest, entry, client.store, quick=False, advance=ignore)
        except IntegrityError as error:
            raise error.about(f"{row.artifact}:{row.version}") from None
    assert manifest.link is not None
    return Path(os.path.abspath(manifest.link.removeprefix(LOCAL)))
