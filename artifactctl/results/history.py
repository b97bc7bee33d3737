"""What happened to an artifact: its versions with what changed in each, and what was deleted."""

from collections.abc import Sequence, Sized
from dataclasses import dataclass

from artifactctl.diff import FileChanges, MetadataChanges, TagChanges
from artifactctl.results.versions import ArtifactVersion

MOST_SHOWN = 50
"""The versions that a notebook shows of a history."""


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

    @property
    def summary(self) -> str:
        """What changed, in a few words."""
        if self.before is None:
            return "the first version"
        groups: dict[str, Sequence[Sized]] = {}
        if (files := self.files) is not None:
            groups["files"] = files.added, files.removed, (*files.changed, *files.renamed)
        if (metadata := self.metadata) is not None:
            groups["metadata"] = metadata.added, metadata.removed, metadata.changed
        if (tags := self.tags) is not None:
            groups["tags"] = tags.added, tags.removed
        words = (f"{name} {said}" for name, group in groups.items() if (said := _counts(group)))
        return ", ".join(words) or "nothing"


def _counts(group: Sequence[Sized]) -> str:
    """The numbers of what was added, removed and changed, such as `+1 ~2`."""
    counts = zip("+-~", map(len, group), strict=False)
    return " ".join(f"{sign}{count}" for sign, count in counts if count)


@dataclass(frozen=True, slots=True)
class History:
    """The newest versions of an artifact, newest first; `total` is the number of all."""

    artifact: str
    items: Sequence[VersionChange]
    total: int

    def _repr_html_(self) -> str:
        # Imported on first use: only notebooks need it.
        from artifactctl.visuals.notebook import first_rows  # noqa: PLC0415

        columns = ("version", "created", "size", "made by", "user", "changes")
        facts = [(one.version.facts(), one) for one in self.items[:MOST_SHOWN]]
        lines = [
            (*(known[name] for name in columns[:4]), one.user, one.summary) for known, one in facts
        ]
        return first_rows(columns, lines, f"history of {self.artifact}", self.total)


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
