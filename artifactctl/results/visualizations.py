"""What shows a version to people: tables, pictures, documents."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from uuid import UUID, uuid5

from artifactctl import plain_text
from artifactctl.enums import VisualizationType
from artifactctl.results.asking import Result

MOST_SHOWN_BYTES = 20 << 20
"""Larger content is read by `load` only, and is not shown."""


class _Reader(Protocol):
    def read_visualization(self, digest: str, size_bytes: int) -> bytes:
        """Return the verified content of a stored visualization."""


@dataclass(frozen=True, slots=True)
class LoadedVisualization:
    """The content of a visualization: bytes of an image, else a text."""

    type: VisualizationType
    value: str | bytes


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Visualization(Result):
    """One visualization of a version; its content is read when it is asked for.

    `digest` is that of its bytes in the store, or None when it was made from the data just now.
    `uri` is then the version's with the name as its fragment.
    """

    artifact_version_id: UUID
    name: str
    type: VisualizationType
    uri: str
    size_bytes: int
    digest: str | None = None

    def __repr__(self) -> str:
        size = plain_text.size(self.size_bytes)
        return plain_text.escape(f"<Visualization {self.name} ({self.type}, {size})>")

    @property
    def id(self) -> UUID:
        """An ID made from that of the version and the name."""
        return uuid5(self.artifact_version_id, self.name)

    @property
    def is_large(self) -> bool:
        """Whether it has too many bytes to be read into memory only to be shown."""
        return self.size_bytes > MOST_SHOWN_BYTES

    def facts(self) -> Mapping[str, Any]:
        """Return the facts that a notebook shows, by name."""
        return {"name": self.name, "type": self.type, "size": plain_text.size(self.size_bytes)}

    def content(self) -> bytes:
        """Return the bytes; raises `IntegrityError` when they are not those that were stored."""
        if self._row is not None:
            return cast("bytes", self._row)
        return cast("_Reader", self._asked).read_visualization(self.digest or "", self.size_bytes)

    def load(self, *, encode_image: bool = False) -> LoadedVisualization:
        """Return the content; with `encode_image`, an image in Base64."""
        content = self.content()
        if self.type is not VisualizationType.IMAGE:
            return LoadedVisualization(self.type, content.decode("utf-8", "replace"))
        return LoadedVisualization(
            self.type, base64.b64encode(content) if encode_image else content
        )

    @property
    def value(self) -> str | bytes:
        """The content: bytes of an image, else a text."""
        return self.load().value

    def _repr_html_(self) -> str:
        if self.is_large:
            return super()._repr_html_()
        # Imported on first use: only notebooks need it.
        from artifactctl.visuals.html import fragment  # noqa: PLC0415

        return fragment(self.name, self.type, self.content(), is_styled=True)
