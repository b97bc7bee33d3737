"""Texts of a known format: `output.html`, `output.md`, `output.csv` or `output.json`."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import CannotHoldError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.types import CSVString, HTMLString, JSONString, MarkdownString

_FILES: Mapping[type[str], tuple[str, VisualizationType]] = {
    CSVString: ("output.csv", VisualizationType.CSV),
    HTMLString: ("output.html", VisualizationType.HTML),
    MarkdownString: ("output.md", VisualizationType.MARKDOWN),
    JSONString: ("output.json", VisualizationType.JSON),
}


class TypedTextMaterializer(BaseMaterializer):
    """A text that is its own visualization; it comes back as an object of the same class."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = tuple(_FILES)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA_ANALYSIS
    EXACT: ClassVar[bool] = True
    DRAWN_FROM_FILES: ClassVar[bool] = True

    def save(self, data: str) -> None:
        """Write the text as UTF-8, with its line ends unchanged."""
        try:
            content = data.encode()
        except UnicodeEncodeError as error:
            raise CannotHoldError(
                "the text has lone surrogates, which UTF-8 cannot hold"
            ) from error
        Path(self.uri, _FILES[type(data)][0]).write_bytes(content)

    def load(self, data_type: type) -> str:  # noqa: ARG002 - the file's name says it
        """Read it, as the class that was saved."""
        kind = self._kind()
        return kind(Path(self.uri, _FILES[kind][0]).read_bytes().decode())

    def save_visualizations(self, data: str) -> dict[str, VisualizationType]:  # noqa: ARG002 - as above
        """The text itself."""
        name, shown = _FILES[self._kind()]
        return {str(Path(self.uri, name)): shown}

    def _kind(self) -> type[str]:
        return next(kind for kind, (name, _) in _FILES.items() if Path(self.uri, name).exists())
