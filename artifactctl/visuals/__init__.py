"""Small pictures and tables of data, as bytes in a format that a page or a terminal can show.

Where to look: `tables` samples rows, `arrays` draws arrays of NumPy, `pictures` makes its SVG and
PNG, `files` shows files by their own format. Everything is bounded, whatever the data's size.
"""

from artifactctl.visuals.files import MOST_FILES, may_show, show_file
from artifactctl.visuals.tables import SAMPLE_COLUMNS, SAMPLE_ROWS, sample_csv
from artifactctl.visuals.visual import Visual

__all__ = [
    "MOST_FILES",
    "SAMPLE_COLUMNS",
    "SAMPLE_ROWS",
    "Visual",
    "may_show",
    "sample_csv",
    "show_file",
]
