"""Vega, from the package vl-convert: its script for the page, and pictures drawn with it."""

from functools import cache
from importlib.util import find_spec
from types import ModuleType

from artifactctl.errors import NotFoundError
from artifactctl.json_text import JsonObject

# The name of Vega in vl-convert's own bundle; no network request is made.
_VEGA = "https://cdn.jsdelivr.net/npm/vega@{}/+esm"
HOW_TO_GET_CHARTS = "install 'artifactctl[compare]'"


def has_charts() -> bool:
    """Whether Vega is installed, which parallel coordinates and the scatter chart need."""
    return find_spec("vl_convert") is not None


@cache
def vega_script() -> str:
    """Vega's script; it sets `window.vega`.

    It is without Vega-Lite and Vega-Embed, which would make it half as large again. The snippet
    that vl-convert documents, `window.vega = vega`, sets null in version 1.9.
    """
    library = _library()
    address = _VEGA.format(library.get_vega_version())
    return str(library.javascript_bundle(f'import * as all from "{address}"; window.vega = all;'))


def draw_svg(specification: JsonObject) -> str:
    """The chart as SVG; the specification may not load URLs."""
    return str(_library().vega_to_svg(specification, allowed_base_urls=[]))


def draw_png(specification: JsonObject, scale: float) -> bytes:
    """The chart as PNG, `scale` dots for each of its units; it may not load URLs."""
    return bytes(_library().vega_to_png(specification, scale=scale, allowed_base_urls=[]))


def _library() -> ModuleType:
    try:
        import vl_convert  # noqa: PLC0415 (an extra; loading it takes half a second)
    except ImportError as error:
        raise NotFoundError(
            "pictures need the package vl-convert, which is not installed", hint=HOW_TO_GET_CHARTS
        ) from error
    return vl_convert
