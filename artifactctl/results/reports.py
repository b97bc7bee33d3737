"""The results of the verbs that move bytes or change labels, and the progress of long work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from artifactctl.manifest import StoredVisualization
from artifactctl.results.versions import ArtifactVersion


@dataclass(frozen=True, slots=True)
class File:
    """One file of a version."""

    path: str
    size_bytes: int
    digest: str | None
    source_checksum: str | None
    executable: bool
    mtime: str | None


@dataclass(frozen=True, slots=True)
class Description:
    """A version with its files; `consumers` are the runs that used it.

    `visualizations` are those that were kept with it; None: they are made of its data on request.
    """

    version: ArtifactVersion
    files: Sequence[File]
    consumers: Sequence[Mapping[str, str]] = ()
    visualizations: Sequence[StoredVisualization] | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """The result of `register`: `is_new` is False when the files are unchanged.

    `notes` are for the user.
    """

    version: ArtifactVersion
    is_new: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedRegistration:
    """What a registration would do; `files` are the sizes in bytes by path.

    `is_new` is False when no version would be made; `unchanged` tells whether the latest version
    has this content. Another registration may take the `version` before.
    """

    artifact: str
    version: str
    type: str
    is_new: bool
    unchanged: bool
    files: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """The sum of the sizes."""
        return sum(self.files.values())

    @property
    def ref(self) -> str:
        """The reference `NAME:VERSION` that the version would have."""
        return f"{self.artifact}:{self.version}"


@dataclass(frozen=True, slots=True)
class Download:
    """The result of a download, or of its dry run.

    `path` is absolute, or `-` for standard output.
    """

    version: ArtifactVersion
    path: str
    files: tuple[str, ...]
    size_bytes: int


def _ignore(_count: int, /) -> None:
    """Ignore the progress."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Callbacks that report the progress of long work.

    `expect` is called with the total number of bytes, `advance` with each number of bytes done.
    """

    expect: Callable[[int], None] = _ignore
    advance: Callable[[int], None] = _ignore


SILENT = Progress()
