"""What shows a version: as lines for a terminal, and as one HTML page that needs no network."""

from artifactctl.render.visualizations.document import write_page
from artifactctl.render.visualizations.terminal import print_visualization

__all__ = ["print_visualization", "write_page"]
