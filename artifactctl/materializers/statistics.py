"""Statistics of arrays, at a fraction of the cost of writing them.

Memory is passed over once, in pieces that stay in the processor's cache.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from artifactctl.materializers.facts import Statistics, finite
from artifactctl.materializers.python_scalars import is_plain_text

Array: TypeAlias = NDArray[Any]

# In how many texts words are counted at most; the metadata says so.
_MAX_WORDS_OF = 10_000
_NUMBERS_OF_PIECE = 1 << 16


def array_facts(array: Array) -> dict[str, Any]:
    """`shape` and `dtype`; of numbers `mean std min max`, of texts how many words and which."""
    facts: dict[str, Any] = {"shape": list(array.shape), "dtype": str(array.dtype)}
    if array.dtype.kind in "biuf":
        return {**facts, **array_statistics(array)}
    if array.dtype.kind in "UT":
        return {**facts, **_text_facts(array)}
    return facts


def array_statistics(array: Array) -> Statistics:
    """The statistics of all numbers, `std` that of a population; nothing of an empty array.

    As in NumPy, one NaN makes all of them NaN, which is None here.
    """
    if not array.size:
        return {}
    count, mean, squares, least, most = _summary(
        (piece[:, np.newaxis] for piece in _chunks(array)), 1
    )
    if count[0] < array.size:
        return dict.fromkeys(("mean", "std", "min", "max"))
    return _statistics(mean[0], squares[0] / count[0], least[0], most[0])


def column_statistics(block: Array) -> list[Statistics]:
    """The statistics of each column of a matrix, `std` that of a sample.

    As in pandas, NaN is a missing value, which does not count.
    """
    rows, columns = block.shape
    if not rows:
        return [{} for _ in range(columns)]
    step = max(1, _NUMBERS_OF_PIECE // max(1, columns))
    pieces = (block[start : start + step] for start in range(0, rows, step))
    count, mean, squares, least, most = _summary(pieces, columns)
    with np.errstate(all="ignore"):
        mean = np.where(count > 0, mean, np.nan)
        variance = np.where(count > 1, squares / (count - 1), np.nan)
    return list(map(_statistics, mean, variance, least, most))


def _statistics(mean: Any, variance: Any, least: Any, most: Any) -> Statistics:
    with np.errstate(invalid="ignore"):
        std = np.sqrt(variance)
    return {"mean": finite(mean), "std": finite(std), "min": finite(least), "max": finite(most)}


def _summary(pieces: Iterable[Array], columns: int) -> tuple[Any, Any, Any, Any, Any]:
    """By column: how many numbers, their mean, squared distances from it, least and greatest."""
    count, mean, squares = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    least, most = [], []
    with np.errstate(all="ignore"):
        for piece in pieces:
            least.append(np.fmin.reduce(piece, axis=0))
            most.append(np.fmax.reduce(piece, axis=0))
            size, piece_mean, piece_squares = _moments(piece)
            # Chan's way of joining means and sums of squares loses no digits to large means.
            total, gap = np.maximum(count + size, 1), piece_mean - mean
            squares += piece_squares + gap * (gap * count * size / total)
            mean += gap * size / total
            count += size
        return count, mean, squares, np.fmin.reduce(least), np.fmax.reduce(most)


def _moments(piece: Array) -> tuple[Any, Any, Any]:
    """How many numbers each column has, their mean, and their squared distances from it."""
    wide = piece.astype(np.float64)
    total = wide.sum(axis=0)
    missing = np.isnan(wide) if np.isnan(total).any() else None
    if missing is None:
        size = np.full(wide.shape[1], float(wide.shape[0]))
    else:
        wide[missing] = 0
        size, total = wide.shape[0] - missing.sum(axis=0), wide.sum(axis=0)
    mean = total / np.maximum(size, 1)
    wide -= mean
    if missing is not None:
        wide[missing] = 0
    return size, mean, np.einsum("ij,ij->j", wide, wide)


def _chunks(array: Array) -> Iterator[Array]:
    """Flat pieces of an array, in the order of its memory."""
    pieces: Any = np.nditer(
        array, ["external_loop", "buffered", "zerosize_ok"], buffersize=_NUMBERS_OF_PIECE, order="K"
    )
    return (piece for piece in pieces if piece.size)


def _text_facts(array: Array) -> dict[str, Any]:
    """Words in the first `_MAX_WORDS_OF` texts; `words_counted_in` says if these are not all."""
    texts = [text for text in array.flat[:_MAX_WORDS_OF].tolist() if isinstance(text, str)]
    words = Counter(word for text in texts for word in text.split())
    facts: dict[str, Any] = {"unique_words": len(words), "total_words": words.total()}
    if words:
        word, count = words.most_common(1)[0]
        facts["most_common_count"] = count
        if "\0" not in word and is_plain_text(word):  # metadata can hold neither NUL nor surrogates
            facts["most_common_word"] = word
    if array.size > _MAX_WORDS_OF:
        facts["words_counted_in"] = _MAX_WORDS_OF
    return facts
