"""Pictures on a terminal: in its own graphics where it says that it has them, else in half blocks.

A terminal is never asked, since one that does not answer would be waited for: the environment
says what it is. Protocols: https://sw.kovidgoyal.net/kitty/graphics-protocol/ and DEC's sixels
(VT330/VT340 Graphics Programming, chapter 14).
"""

import base64
import io
import os
import shutil
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, TextIO

from artifactctl.previews import Picture
from artifactctl.screen import screen_of

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

_MOST_ROWS = 40
_LEFT_ROWS = 6  # for what stands around the picture
_CELL = (10, 20)  # pixels of a cell, as most terminals have them
_CHUNK = 4096
_SIXEL_TERMS = ("foot", "mlterm", "contour", "yaft", "sixel")
_SIXEL_PROGRAMS = ("iTerm.app", "mlterm", "contour")
_KITTY_PROGRAMS = ("ghostty", "WezTerm")


class Graphics(Enum):
    """How a terminal shows pictures."""

    KITTY = "kitty"
    SIXEL = "sixel"
    TRUE_COLOUR = "24-bit colour"
    COLOURS = "256 colours"
    NONE = "none"


def graphics_of(out: TextIO, environ: Mapping[str, str] = os.environ) -> Graphics:
    """Return how the terminal that `out` is shows pictures; none in a pipe and without colour."""
    palette = screen_of(out).palette
    if palette is None:
        return Graphics.NONE
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    # Inside of tmux and screen the outer terminal's protocol does not get through.
    if not environ.get("TMUX") and not term.startswith(("screen", "tmux")):
        if "kitty" in term or environ.get("KITTY_WINDOW_ID") or program in _KITTY_PROGRAMS:
            return Graphics.KITTY
        if any(word in term for word in _SIXEL_TERMS) or program in _SIXEL_PROGRAMS:
            return Graphics.SIXEL
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return Graphics.TRUE_COLOUR
    return Graphics.COLOURS if palette == 0 and screen_of(out).is_unicode else Graphics.NONE


def drawn(picture: Picture, out: TextIO, graphics: Graphics) -> Iterator[str]:
    """Yield what draws a picture, as wide as the terminal at most; nothing without Pillow."""
    size = shutil.get_terminal_size()
    columns = screen_of(out).width or size.columns
    rows = max(min(size.lines - _LEFT_ROWS, _MOST_ROWS), 8)
    try:
        from PIL import Image  # noqa: PLC0415 (Pillow may be missing)
    except ImportError:
        return
    with Image.open(io.BytesIO(picture.png), formats=["PNG"]) as opened:
        image = opened.convert("RGBA")
    if graphics in (Graphics.KITTY, Graphics.SIXEL):
        image.thumbnail((columns * _CELL[0], rows * _CELL[1]))
        yield from _kitty(image) if graphics is Graphics.KITTY else _sixels(image)
    else:
        image.thumbnail((columns, 2 * rows))
        yield from _half_blocks(image, is_true_colour=graphics is Graphics.TRUE_COLOUR)


def _kitty(image: "PillowImage") -> Iterator[str]:
    out = io.BytesIO()
    image.save(out, "PNG")
    data = base64.standard_b64encode(out.getvalue()).decode()
    for at in range(0, len(data), _CHUNK):
        first = "a=T,f=100," if at == 0 else ""
        more = int(at + _CHUNK < len(data))
        yield f"\x1b_G{first}q=2,m={more};{data[at : at + _CHUNK]}\x1b\\"
    yield "\n"


def _sixels(image: "PillowImage") -> Iterator[str]:
    """The picture in up to 255 colours, in bands of six rows; nothing where it is clear."""
    width, height = image.size
    clear = [alpha < 128 for alpha in image.getchannel("A").tobytes()]
    few = image.convert("RGB").quantize(255)
    palette, pixels = few.getpalette() or [], few.tobytes()
    yield f'\x1bP0;1q"1;1;{width};{height}'
    for colour in range(len(palette) // 3):
        red, green, blue = (round(value * 100 / 255) for value in palette[3 * colour :][:3])
        yield f"#{colour};2;{red};{green};{blue}"
    for top in range(0, height, 6):
        yield _band(pixels, clear, width, range(top, min(top + 6, height))) + "-"
    yield "\x1b\\\n"


def _band(pixels: bytes, clear: list[bool], width: int, rows: range) -> str:
    masks: dict[int, bytearray] = {}
    for bit, y in enumerate(rows):
        for x, colour in enumerate(pixels[y * width : (y + 1) * width]):
            if not clear[y * width + x]:
                masks.setdefault(colour, bytearray(width))[x] |= 1 << bit
    lines = (
        f"#{colour}{''.join(chr(63 + bits) for bits in mask)}" for colour, mask in masks.items()
    )
    return "$".join(lines)


def _half_blocks(image: "PillowImage", *, is_true_colour: bool) -> Iterator[str]:
    """Two pixels a cell: the upper one as its foreground, the lower one as its background."""
    width, height = image.size
    codes = _true_colours(image) if is_true_colour else _fixed_colours(image)
    for y in range(0, height, 2):
        upper = codes[y * width : (y + 1) * width]
        lower = codes[(y + 1) * width : (y + 2) * width] or [None] * width
        yield "".join(map(_cell, upper, lower)) + "\n"


def _cell(upper: str | None, lower: str | None) -> str:
    if upper is None:
        return " " if lower is None else f"\x1b[38;{lower}m▄\x1b[0m"
    below = "" if lower is None else f";48;{lower}"
    return f"\x1b[38;{upper}{below}m▀\x1b[0m"


def _true_colours(image: "PillowImage") -> list[str | None]:
    """The codes of the pixels, row by row; None for those that are clear."""
    data = image.tobytes()
    pixels = (data[at : at + 4] for at in range(0, len(data), 4))
    return [
        f"2;{red};{green};{blue}" if alpha > 127 else None for red, green, blue, alpha in pixels
    ]


def _fixed_colours(image: "PillowImage") -> list[str | None]:
    """The same in the colours that all terminals with 256 of them share, dithered."""
    from PIL import Image  # noqa: PLC0415 (Pillow may be missing)

    steps = (0, 95, 135, 175, 215, 255)
    cube = [
        side for red in steps for green in steps for blue in steps for side in (red, green, blue)
    ]
    greys = [side for grey in range(8, 248, 10) for side in (grey, grey, grey)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(cube + greys)
    few = image.convert("RGB").quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    alphas = image.getchannel("A").tobytes()
    pairs = zip(few.tobytes(), alphas, strict=True)
    return [f"5;{16 + colour}" if alpha > 127 else None for colour, alpha in pairs]
