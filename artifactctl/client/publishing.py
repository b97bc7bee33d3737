"""Bytes become versions: the store first, then the row, again when `gc` came in between.

Whoever clears the store deletes only inside of a write transaction of the catalog. So whether the
bytes are still there is asked inside of the transaction that adds the rows, before its commit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from artifactctl.catalog.writing.adding import Added
from artifactctl.enums import ArtifactType
from artifactctl.errors import BytesGoneError
from artifactctl.home import Home
from artifactctl.home.change import Change
from artifactctl.manifest import Manifest
from artifactctl.store import Store

ATTEMPTS = 5  # to publish what others clear away at the same moment


@dataclass(frozen=True, slots=True)
class Stored:
    """What is in the store, as yet without a version; `digest` is its manifest's.

    `type` and `metadata` are what was found out about it; `notes` are for the user.
    """

    manifest: Manifest
    digest: str
    type: ArtifactType = ArtifactType.DATA
    metadata: Mapping[str, Any] = field(default_factory=dict)
    data_type: str | None = None
    materializer: str | None = None
    notes: tuple[str, ...] = ()

    def is_in(self, store: Store) -> bool:
        """Whether the store has the manifest and every blob."""
        return store.has_manifest(self.digest) and not store.missing(self.manifest.digests)


@dataclass(frozen=True, slots=True)
class Upload:
    """What is put into the store to become a version of `artifact`."""

    artifact: str
    put: Callable[[], Stored]


def publish(
    home: Home,
    uploads: Sequence[Upload],
    add: Callable[[Change, Sequence[Stored]], Sequence[Added]],
    *,
    may_repeat: bool = True,
) -> tuple[Sequence[Added], Change]:
    """Put all uploads into the store, and `add` their versions in one transaction.

    When bytes that were in the store already are cleared away meanwhile, both are done again, the
    last time under the write lock. Raises `BytesGoneError` when that does not help, or when it
    must not be repeated, since an upload reads what can be read once only.
    """
    for attempt in range(1, ATTEMPTS + 1):
        stored = [upload.put() for upload in uploads]
        try:
            with home.change() as change:
                added = add(change, stored)
                for upload, item, one in zip(uploads, stored, added, strict=True):
                    if one.is_new:
                        _check_bytes(home.store, upload, item, is_last=attempt == ATTEMPTS)
        except BytesGoneError:
            if not may_repeat or attempt == ATTEMPTS:
                raise
        else:
            return added, change
    raise AssertionError("the last attempt returns or raises")


def _check_bytes(store: Store, upload: Upload, stored: Stored, *, is_last: bool) -> None:
    """Raise `BytesGoneError` unless the store has all of it, inside of a transaction."""
    if stored.is_in(store):
        return
    if is_last:  # whoever clears away waits for this transaction
        upload.put()
        # The files are the same, but their times may not be, and so the manifest may not be.
        store.put_manifest(stored.manifest.to_bytes())
    if not is_last or not stored.is_in(store):
        raise BytesGoneError(
            f"bytes of {upload.artifact!r} were removed while it was registered", hint="try again"
        )
