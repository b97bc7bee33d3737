"""What is inside of a version: as lines and pictures on a terminal, and as one HTML page."""

from artifactctl.render.previews.document import write_page
from artifactctl.render.previews.terminal import print_showing

__all__ = ["print_showing", "write_page"]
