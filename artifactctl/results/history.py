"""What happened to an artifact: its versions with what changed in each, and what was deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.diff import FileChanges, MetadataChanges, TagChanges
from artifactctl.results.versions import ArtifactVersion


@dataclass(frozen=True, slots=True)
class VersionChange:
    """A version, and how it differs from the one before it, which is None for the first.

    `files` is also None where they are too many or unknown. `user` is who executed the run that
    made the version, where that is known.
    """

    version: ArtifactVersion
    before: str | None
    files: FileChanges | None
    metadata: MetadataChanges | None
    tags: TagChanges | None
    user: str | None = None

    @property
    def is_first(self) -> bool:
        """Whether there is no version before it."""
        return self.before is None


@dataclass(frozen=True, slots=True)
class History:
    """The newest versions of an artifact, newest first; `total` is the number of all."""

    artifact: str
    items: Sequence[VersionChange]
    total: int


@dataclass(frozen=True, slots=True)
class DeletedVersion:
    """A deleted version; times are RFC 3339 in UTC.

    Size, number of files and tags are those that it had, as far as they are kept. `obstacle` says
    why it is not `restorable`.
    """

    ref: str
    id: str
    artifact: str
    version: str
    created: str
    deleted: str
    size_bytes: int | None
    file_count: int | None
    tags: tuple[str, ...]
    restorable: bool
    obstacle: str | None = None


@dataclass(frozen=True, slots=True)
class Restoration:
    """The versions that were restored; `notes` are for the user."""

    versions: tuple[ArtifactVersion, ...]
    notes: tuple[str, ...] = ()
