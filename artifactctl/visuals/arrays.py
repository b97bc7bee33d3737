"""Arrays of NumPy as pictures or tables; of a large array only a part is read."""

from typing import Any

import numpy as np

from artifactctl.enums import VisualizationType
from artifactctl.visuals.pictures import histogram_svg, png
from artifactctl.visuals.tables import SAMPLE_COLUMNS, SAMPLE_ROWS, sample_csv
from artifactctl.visuals.visual import Visual

_COUNTED = 1_000_000
_BINS = 40
_PIXELS = 1024  # a side of a picture


def show_array(array: Any) -> list[Visual]:
    """A histogram of a row of numbers, the first rows of a matrix, or the picture that it is.

    Of more than a million numbers, every second (or n-th) one counts; of large pictures, every n-th
    pixel is shown. Empty for arrays that are none of these.
    """
    if array.dtype.kind not in "biuf" or not array.size:
        return []
    if array.ndim == 1:
        return _histogram(array)
    if array.ndim == 2:
        rows = array[:SAMPLE_ROWS, :SAMPLE_COLUMNS].tolist()
        content = sample_csv(range(min(array.shape[1], SAMPLE_COLUMNS)), rows)
        return [Visual("sample.csv", VisualizationType.CSV, content)]
    if array.ndim == 3 and array.shape[2] in (3, 4):
        return [Visual("image.png", VisualizationType.IMAGE, _picture(array))]
    return []


def _histogram(array: Any) -> list[Visual]:
    counted = np.asarray(array[:: -(-array.size // _COUNTED)], dtype="float64")
    counted = counted[np.isfinite(counted)]
    if not counted.size:
        return []
    low, high = float(counted.min()), float(counted.max())
    if not np.isfinite(high - low):  # the range of doubles at most
        counted, low, high = counted / 2, low / 2, high / 2
    try:
        counts, _ = np.histogram(counted, bins=_BINS, range=(low, high))
    except ValueError:  # the numbers are too close to each other for so many bins
        counts = np.array([counted.size])
    content = histogram_svg(counts.tolist(), low, high)
    return [Visual("histogram.svg", VisualizationType.IMAGE, content)]


def _picture(array: Any) -> bytes:
    """As matplotlib shows it: whole numbers from 0 to 255, others from 0 to 1."""
    step = max(-(-side // _PIXELS) for side in array.shape[:2])
    part = np.asarray(array[::step, ::step], dtype="float64")
    scaled = np.nan_to_num(part) * (255 if array.dtype.kind in "bf" else 1)
    pixels = np.clip(scaled, 0, 255).astype("uint8")
    return png(pixels.shape[1], pixels.shape[0], pixels.shape[2], pixels.tobytes())
