"""What the verbs that move bytes take and give."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from artifactctl.client.results import ArtifactVersion


@dataclass(frozen=True, slots=True)
class File:
    """One file of a version."""

    path: str
    size_bytes: int
    digest: str | None
    source_checksum: str | None
    executable: bool
    mtime: str


@dataclass(frozen=True, slots=True)
class Description:
    """Everything known of one version; `consumers` are the runs that used it."""

    version: ArtifactVersion
    files: Sequence[File]
    consumers: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Registration:
    """What `register` did: `is_new` is False when nothing had changed; `notes` are for people."""

    version: ArtifactVersion
    is_new: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """What a download wrote, or would write: `path` is absolute, or `-`."""

    version: ArtifactVersion
    path: str
    files: tuple[str, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Tagging:
    """A version with its tags as they are now; `notes` are for people."""

    version: ArtifactVersion
    notes: tuple[str, ...] = ()


def _ignore(_count: int, /) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How a caller hears of long work.

    `expect` gets all the bytes that there will be, `advance` each number just dealt with.
    """

    expect: Callable[[int], None] = _ignore
    advance: Callable[[int], None] = _ignore


SILENT = Progress()


class RegisterArguments(TypedDict, total=False):
    """How a version is registered.

    `version` counts up when it is absent; `type` is a word such as `model`; `link` records the
    data in place; `if_changed` makes no version of what equals the latest; `include` and
    `exclude` are patterns (see `Selection`); `stdin_name` names the path `-`.
    """

    version: str | int | None
    type: str | None
    tags: Sequence[str]
    metadata: Mapping[str, Any]
    link: bool
    if_changed: bool
    include: Sequence[str]
    exclude: Sequence[str]
    follow_links: bool
    stdin_name: str


class DownloadArguments(TypedDict, total=False):
    """How a version is downloaded.

    `version` goes with a bare name; `mode` is `copy`, `hardlink` or `symlink`; `jobs` counts files
    copied at the same time; with `dry_run` nothing is written.
    """

    version: str | int | None
    include: Sequence[str]
    exclude: Sequence[str]
    as_zip: bool
    force: bool
    mode: str
    jobs: int
    dry_run: bool
