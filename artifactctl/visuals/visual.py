"""A visualization that is not stored yet."""

from dataclasses import dataclass

from artifactctl.enums import VisualizationType


@dataclass(frozen=True, slots=True)
class Visual:
    """A visualization: its file name, format and content; None for the content of the data's file.

    Its name is then the path of that file.
    """

    name: str
    type: VisualizationType
    content: bytes | None
