"""Loading a version: as its object, or as a path when it was registered from files.

Every byte is verified before it is interpreted. Code in the data runs only when this user made the
data, or trusts it.
"""

import os
from pathlib import Path
from typing import Any

from artifactctl import context, materializers, transfer
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.rows import Version
from artifactctl.enums import VersionKind
from artifactctl.errors import IntegrityError
from artifactctl.home import Home, access
from artifactctl.manifest import Manifest
from artifactctl.refs import Ref
from artifactctl.results.reports import SILENT, Progress
from artifactctl.store import Advance
from artifactctl.store.links import check_linked
from artifactctl.url_text import LOCAL
from artifactctl.verbs.copies import lasting_folder, temporary_folder
from artifactctl.verbs.downloading import check_data, unless_deleted


def load(
    home: Home,
    version_id: str,
    *,
    allow_pickle: bool = False,
    materializer: object = None,
    wanted: type | None = None,
    progress: Progress | None = None,
) -> Any:
    """Return the object of a version, or a `pathlib.Path` when it was registered from files.

    The path of linked data is its own; other files are copies that last until this process ends.
    `wanted` is the expected type. Raises `IntegrityError` for bytes that differ from what was
    registered, `UnsafeError` for a pickle that is not trusted.
    """
    row = find_version(home.catalog, Ref(version_id))
    check_data(row)
    scope = context.step_in(home.settings.home.value)
    if scope is not None:
        scope.used.append((row.artifact, row.id))
    progress = progress or SILENT
    progress.expect(row.size_bytes)
    with unless_deleted(home, row):
        manifest = home.manifest_of(row)
        if row.materializer is None and materializer is None:
            return _as_path(home, row, manifest, progress.advance)
        return _as_object(
            home,
            row,
            manifest,
            allow_pickle=allow_pickle,
            materializer=materializer,
            wanted=wanted,
            advance=progress.advance,
        )


def _as_object(
    home: Home,
    row: Version,
    manifest: Manifest,
    *,
    allow_pickle: bool,
    materializer: Any,
    wanted: type | None,
    advance: Advance,
) -> Any:
    own = access.is_own_home(home.settings)
    with temporary_folder() as folder:
        # The user trusts the verified bytes. A link would lead to a file that another user could
        # replace between its verification and the loading.
        copies = allow_pickle and not own
        transfer.lay_out(manifest, home.store, folder, copies=copies, advance=advance)
        return materializers.load(
            Path(folder),
            row.materializer or "",
            row.data_type or "",
            allow_pickle=allow_pickle or own,
            wanted=wanted,
            materializer=materializer,
        )


def _as_path(home: Home, row: Version, manifest: Manifest, advance: Advance) -> Path:
    if manifest.link is not None and manifest.link.startswith(LOCAL):
        return _linked(home, row, manifest, advance)
    folder = lasting_folder()
    transfer.lay_out(manifest, home.store, folder, copies=True, advance=advance)
    is_file = manifest.kind is VersionKind.FILE
    return Path(folder, manifest.entries[0].path if is_file else "")


def _linked(home: Home, row: Version, manifest: Manifest, advance: Advance) -> Path:
    """Return the path of linked data after verifying it."""
    for entry in manifest.entries:
        try:
            check_linked(manifest, entry, home.store, quick=False, advance=advance)
        except IntegrityError as error:
            raise error.about(f"{row.artifact}:{row.version}") from None
    assert manifest.link is not None
    return Path(os.path.abspath(manifest.link.removeprefix(LOCAL)))
