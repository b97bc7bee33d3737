"""What the client's methods return: frozen values with the keys that JSON output has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict


@dataclass(frozen=True, slots=True)
class Artifact:
    """A name and what is kept under it; times are RFC 3339, UTC."""

    id: str
    name: str
    latest_version_name: str | None
    version_count: int
    tags: tuple[str, ...]
    has_custom_name: bool
    created: str
    updated: str


@dataclass(frozen=True, slots=True)
class ArtifactVersion:
    """One artifact version.

    `uri` is where its manifest is, or the place of linked data; `digest` is None for linked
    remote data, which has `source_checksum` instead; `producer` is None for what was registered
    by hand.
    """

    id: str
    artifact: str
    version: str
    type: str
    tags: tuple[str, ...]
    metadata: Mapping[str, Any]
    kind: str
    uri: str
    size_bytes: int
    file_count: int
    digest: str | None
    source_checksum: str | None
    linked: bool
    created: str
    updated: str
    producer: Mapping[str, str] | None

    @property
    def ref(self) -> str:
        """`NAME:VERSION`, which every command takes."""
        return f"{self.artifact}:{self.version}"


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

    `mode` is `copy`, `hardlink` or `symlink`; `jobs` counts files copied at the same time; with
    `dry_run` nothing is written.
    """

    include: Sequence[str]
    exclude: Sequence[str]
    as_zip: bool
    force: bool
    mode: str
    jobs: int
    dry_run: bool
