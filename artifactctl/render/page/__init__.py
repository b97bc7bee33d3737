"""A comparison as one HTML file that needs no network, and as a picture.

Charts are drawn by Vega (https://vega.github.io/vega/docs/specification/), which comes with
vl-convert: one specification for each chart, `parallel.json` and `scatter.json`, serves the page
and the pictures. The page's own scripts are the `*.js` beside this file.
"""

from artifactctl.render.page.document import write_page
from artifactctl.render.page.library import HOW_TO_GET_CHARTS, has_charts
from artifactctl.render.page.pictures import write_plot

__all__ = ["HOW_TO_GET_CHARTS", "has_charts", "write_page", "write_plot"]
