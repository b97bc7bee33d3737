"""The sender of versions: a home, each row of which is checked, since it may be forged."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, Protocol

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading import sending
from artifactctl.catalog.reading.recorded import record_of
from artifactctl.catalog.reading.sending import Use
from artifactctl.catalog.records import Record, check_record
from artifactctl.errors import ArtifactctlError, IntegrityError
from artifactctl.refs import tag_id
from artifactctl.store import Source, Store


class Sender(Protocol):
    """What versions are taken from. Every record that it gives has been checked."""

    @property
    def is_trusted(self) -> bool:
        """Whether this user made it, so that its objects may run code when they are loaded."""

    @property
    def jobs(self) -> int:
        """How many blobs are best read at the same time."""

    @property
    def is_whole(self) -> bool:
        """Whether everything is moved, and so all runs are among the `other_records`."""

    def versions(self) -> Iterator[Record]:
        """Yield the records of the versions to move, in the order of their creation."""

    def other_records(self, kinds: Sequence[str]) -> Iterator[Record]:
        """Yield the other records to move, of some kinds; none where only versions were named."""

    def find(self, row_id: str) -> Record | None:
        """The record of a row, or None when the sender has none of this ID."""

    def series(self, owner_ids: Sequence[str]) -> Iterator[Record]:
        """Yield the chunks of the series of versions, runs and steps."""

    def tag(self, name: str) -> Record | None:
        """The record of a tag by its name, or None."""

    def uses(self, version_ids: Sequence[str]) -> list[Use]:
        """The steps that made or used some versions."""

    def made_from(self, version_ids: Sequence[str]) -> list[tuple[str, str]]:
        """The versions that were registered with some versions as inputs: pairs of both IDs."""

    def manifest(self, digest: str) -> bytes:
        """A manifest, verified; raises `IntegrityError` when it is missing or damaged."""

    def open(self, digest: str) -> BinaryIO:
        """Open a blob, unverified; raises `IntegrityError` when it is missing."""

    def file(self, digest: str) -> Source | None:
        """The blob's own file, where it may be opened by its path; else None."""


class HomeSender:
    """A catalog and its store; without `version_ids` all that is in them is moved."""

    def __init__(
        self,
        catalog: Database,
        store: Store,
        version_ids: Sequence[str] | None,
        *,
        is_trusted: bool,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._version_ids = version_ids
        self.is_trusted = is_trusted
        self._tags: dict[str, Record | None] = {}

    @property
    def jobs(self) -> int:
        """As many as the store serves at the same time."""
        return self._store.jobs

    @property
    def is_whole(self) -> bool:
        """Whether no versions were named."""
        return self._version_ids is None

    def versions(self) -> Iterator[Record]:
        """Yield the records of the versions; one that was deleted meanwhile is left out."""
        named = self._version_ids
        yield from self._found(self._ids("version") if named is None else named)

    def other_records(self, kinds: Sequence[str]) -> Iterator[Record]:
        """Yield the other records, when everything is moved."""
        for kind in kinds if self._version_ids is None else ():
            yield from self._found(self._ids(kind))

    def _ids(self, kind: str) -> Iterator[str]:
        return sending.iterate_ids(self._catalog, kind)

    def _found(self, row_ids: Iterable[str]) -> Iterator[Record]:
        for row_id in row_ids:
            record = self.find(row_id)
            if record is not None:
                yield record

    def find(self, row_id: str) -> Record | None:
        """The checked record of a row; raises `IntegrityError` for a row that was changed."""
        try:
            found = record_of(self._catalog, row_id)
            if found is None:
                return None
            check_record(found[1])
        except (ValueError, LookupError, TypeError, AttributeError, IntegrityError) as error:
            why = error.message if isinstance(error, ArtifactctlError) else "it cannot be right"
            raise IntegrityError(
                f"the row of {row_id} in the catalog was changed by another program: {why}",
                hint="'artifactctl verify' there says more",
            ) from None
        return found[1]

    def series(self, owner_ids: Sequence[str]) -> Iterator[Record]:
        """Yield the chunks of the series of versions, runs and steps."""
        yield from self._found(sending.iterate_series(self._catalog, owner_ids))

    def tag(self, name: str) -> Record | None:
        """The record of the living tag of this name, or None."""
        if name not in self._tags:
            found = self._catalog.row(
                "SELECT id FROM tag WHERE name = :name AND deleted IS NULL", {"name": name}
            )
            self._tags[name] = self.find(tag_id(name) if found is None else found[0])
        return self._tags[name]

    def uses(self, version_ids: Sequence[str]) -> list[Use]:
        """The steps that made or used some versions."""
        return sending.uses_of(self._catalog, version_ids)

    def made_from(self, version_ids: Sequence[str]) -> list[tuple[str, str]]:
        """The versions that were registered with some versions as inputs."""
        return sending.made_from(self._catalog, version_ids)

    def manifest(self, digest: str) -> bytes:
        """A manifest from the store."""
        return self._store.get_manifest(digest)

    def open(self, digest: str) -> BinaryIO:
        """Open a blob of the store."""
        return self._store.open(digest)

    def file(self, digest: str) -> Source | None:
        """The file in a local store of this user, of which nobody else makes a link."""
        path = self._store.path(digest) if self.is_trusted else None
        if path is not None:
            with suppress(OSError):  # `open` says what is wrong with it
                found = os.lstat(path)
                return Source(str(path), found.st_size, found.st_mtime_ns, found.st_ino)
        return None
