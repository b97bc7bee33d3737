"""What is inside of a version: its files and folders."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from artifactctl import plain_text
from artifactctl.results.versions import ArtifactVersion


@dataclass(frozen=True, slots=True)
class Item:
    """A file or a folder inside of a version.

    `path` is its whole path there; that of a folder ends with `/`. The size of a folder is that of
    all `file_count` files below it, and its `mtime` that of the newest; it has no content type and
    no digest. `mtime` is RFC 3339 text in UTC.
    """

    path: str
    size_bytes: int
    file_count: int
    mtime: str | None
    content_type: str | None = None
    digest: str | None = None
    source_checksum: str | None = None
    executable: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.path.endswith("/")

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; `type` is `file` or `folder`."""
        return {
            "path": self.path,
            "type": "folder" if self.is_folder else "file",
            "size_bytes": self.size_bytes,
            "file_count": self.file_count,
            "mtime": self.mtime,
            "content_type": self.content_type,
            "digest": self.digest,
            "source_checksum": self.source_checksum,
            "executable": self.executable,
        }


@dataclass(frozen=True, slots=True)
class Contents:
    """The files and folders of a version, or of the folder `path` in it; `""` is all of it.

    `size_bytes` and `file_count` are those of all files there, at any depth.
    """

    version: ArtifactVersion
    path: str
    items: tuple[Item, ...]
    size_bytes: int
    file_count: int
    notes: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        # Imported on first use: only notebooks need it.
        from artifactctl.visuals.notebook import first_rows  # noqa: PLC0415

        lines = [
            (one.path, plain_text.size(one.size_bytes), one.content_type, one.mtime)
            for one in self.items
        ]
        place = f"{self.version.ref}/{self.path}" if self.path else self.version.ref
        files = plain_text.count(self.file_count, "file")
        caption = f"{place}: {files}, {plain_text.size(self.size_bytes)}"
        return first_rows(("path", "size", "content type", "time"), lines, caption)


def file_time(mtime_ns: int | None) -> str | None:
    """Return the time of a file as RFC 3339 text in UTC."""
    if mtime_ns is None:
        return None
    return datetime.fromtimestamp(mtime_ns / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
