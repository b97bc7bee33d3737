"""Thumbnails of images, through Pillow; big ones are never unpacked."""

import io
import warnings
from typing import BinaryIO

from artifactctl.previews.views import Picture, Shown

_MOST_PIXELS = 50_000_000
_SIDE = 1024
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO")
MISSING = "Pillow makes a thumbnail: pip install 'artifactctl[data]'"


def show_picture(stream: BinaryIO) -> Shown:
    """A thumbnail, the size and the mode; raises `ValueError` for what is no such image."""
    try:
        from PIL import Image, ImageOps  # noqa: PLC0415 (Pillow may be missing)
    except ImportError:
        return [], {}, [MISSING]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(stream, formats=_FORMATS) as image:
                width, height = image.size
                facts = {"width": width, "height": height, "mode": image.mode}
                frames = getattr(image, "n_frames", 1)
                if frames > 1:
                    facts["frames"] = frames
                if width * height > _MOST_PIXELS:
                    return [], facts, [f"{width} by {height} pixels are too many to show"]
                image.draft("RGB", (_SIDE, _SIDE))
                small = ImageOps.exif_transpose(image.convert("RGBA"))
                small.thumbnail((_SIDE, _SIDE))
                out = io.BytesIO()
                small.save(out, "PNG")
    except Exception as error:  # of Pillow's readers, which raise many kinds
        raise ValueError(f"no such image: {error}") from error
    return [Picture(width, height, out.getvalue())], facts, []
