"""Vega, as vl-convert carries it: the script for the page, the drawing of pictures."""

from functools import cache
from types import ModuleType
from typing import Any

from artifactctl.errors import NotFoundError

# Where vl-convert keeps Vega. It is never asked for over a network: vl-convert resolves it itself.
_VEGA = "https://cdn.jsdelivr.net/npm/vega@{version}/+esm"


@cache
def vega_script() -> str:
    """Vega's script; it sets `window.vega`."""
    library = _library()
    vega = _VEGA.format(version=library.get_vega_version())
    try:
        return str(library.javascript_bundle(f'import * as all from "{vega}"; window.vega = all;'))
    except RuntimeError:
        # Another version keeps it elsewhere. Vega-Embed has it too, in a script half as long again.
        return str(library.javascript_bundle("window.vega = vegaEmbed.vega;"))


def draw_svg(specification: dict[str, Any]) -> str:
    """The chart as SVG; it may fetch nothing."""
    return str(_library().vega_to_svg(specification, allowed_base_urls=[]))


def draw_png(specification: dict[str, Any], scale: float) -> bytes:
    """The chart as PNG, `scale` dots for each of its units; it may fetch nothing."""
    return bytes(_library().vega_to_png(specification, scale=scale, allowed_base_urls=[]))


def _library() -> ModuleType:
    try:
        import vl_convert  # noqa: PLC0415 (an extra; loading it takes half a second)
    except ImportError as error:
        raise NotFoundError(
            "this needs vl-convert, which is not installed",
            hint="pip install 'artifactctl[compare]'",
        ) from error
    return vl_convert
