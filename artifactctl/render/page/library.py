"""Vega, as vl-convert carries it: the script for the page, the drawing of pictures."""

from functools import cache
from types import ModuleType
from typing import Any

from artifactctl.errors import NotFoundError

# Where vl-convert keeps Vega; it is found there, and not asked for over a network.
_VEGA = "https://cdn.jsdelivr.net/npm/vega@{}/+esm"


@cache
def vega_script() -> str:
    """Vega's script; it sets `window.vega`.

    Without Vega-Lite and Vega-Embed, which are half as much again. What vl-convert documents for
    it, `window.vega = vega`, sets null in version 1.9.
    """
    library = _library()
    address = _VEGA.format(library.get_vega_version())
    return str(library.javascript_bundle(f'import * as all from "{address}"; window.vega = all;'))


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
