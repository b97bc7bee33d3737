"""Previews of a version's files, as `show` prints them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from artifactctl.plain_text import size
from artifactctl.previews import Columns, Grid, Picture, Preview, Text, View
from artifactctl.results.files import Contents
from artifactctl.results.versions import ArtifactVersion


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a version and its preview; `is_verified` is False when only parts were read."""

    path: str
    size_bytes: int
    preview: Preview
    is_verified: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known besides."""
        unverified = "only parts of it were read, which are not verified"
        return (*self.preview.notes, *(() if self.is_verified else (unverified,)))

    @property
    def all_facts(self) -> dict[str, Any]:
        """Everything that is known of the file by name, apart from the views."""
        about = {"path": self.path, "content_type": self.preview.content_type}
        return {**about, "size_bytes": self.size_bytes, **self.preview.facts}

    def as_json(self) -> dict[str, Any]:
        """Return the preview as JSON values."""
        return {
            "path": self.path,
            "size_bytes": self.size_bytes,
            "content_type": self.preview.content_type,
            "is_verified": self.is_verified,
            "facts": dict(self.preview.facts),
            "views": [_view(view) for view in self.preview.views],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Showing:
    """What shows a place in a version: previews of files, and what a folder contains.

    `about` says of the files of `listing` what each is, by path.
    """

    version: ArtifactVersion
    path: str
    files: Sequence[ShownFile]
    listing: Contents | None
    about: dict[str, str]

    @property
    def name(self) -> str:
        """The place as people write it."""
        return f"{self.version.ref}/{self.path}" if self.path else self.version.ref

    @property
    def contained(self) -> Grid | None:
        """The files and folders of a folder; None for a file."""
        if self.listing is None:
            return None
        lines = [
            [one.path, size(one.size_bytes), one.content_type or "", self.about.get(one.path, "")]
            for one in self.listing.items
        ]
        return Grid("files", ["path", "size", "content type", "about"], lines, len(lines))

    @property
    def main_grid(self) -> Grid | None:
        """The first rows of the first table; of a folder without one its files; else None."""
        views = (view for file in self.files for view in file.preview.views)
        return next((view for view in views if isinstance(view, Grid)), self.contained)

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        items = () if self.listing is None else self.listing.items
        return {
            "artifact": str(self.version.artifact),
            "version": self.version.version,
            "path": self.path,
            "files": [file.as_json() for file in self.files],
            "items": [{**item.as_json(), "about": self.about.get(item.path)} for item in items],
        }


def _view(view: View) -> dict[str, Any]:
    if isinstance(view, Columns):
        return {"kind": "columns", "counted": view.rows, "columns": list(map(asdict, view.columns))}
    if isinstance(view, Grid):
        lines = [list(line) for line in view.lines]
        return {
            "kind": "rows",
            "title": view.title,
            "names": list(view.names),
            "rows": lines,
            "total": view.total,
        }
    if isinstance(view, Picture):
        return {"kind": "picture", "width": view.width, "height": view.height}
    assert isinstance(view, Text)
    return {"kind": "text", "format": view.format, "text": view.text, "is_cut": view.is_cut}
