"""What is worth knowing of an array, at a fraction of the cost of writing it."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

# Pieces that stay in the processor's cache: one pass over memory serves all four statistics.
_CHUNK = 1 << 17
MAX_WORDS_OF = 10_000
"""Of how many texts words are counted at most; the metadata says so."""


def describe_array(array: Any) -> dict[str, Any]:
    """`shape` and `dtype`; of numbers `mean std min max`, of texts how many words and which."""
    facts: dict[str, Any] = {"shape": list(array.shape), "dtype": str(array.dtype)}
    if array.dtype.kind in "biuf":
        return {**facts, **number_facts(array)}
    if array.dtype.kind in "UT":
        return {**facts, **_text_facts(array)}
    return facts


def number_facts(array: Any) -> dict[str, Any]:
    """`mean`, `std` (of the population), `min` and `max` in one pass; nothing of an empty array.

    As in NumPy one NaN makes all of them NaN; what is not finite is None, as JSON has no word.
    """
    count, mean, squares = 0, 0.0, 0.0
    extremes: list[Any] = []
    with np.errstate(all="ignore"):
        for chunk in _chunks(array):
            part_mean = float(chunk.mean(dtype=np.float64))
            wide, total = np.subtract(chunk, part_mean, dtype=np.float64), count + chunk.size
            # Chan's way of joining means and sums of squares loses no digits to large means.
            step = part_mean - mean
            squares += float(np.dot(wide, wide)) + step * (step * count * chunk.size / total)
            mean += step * chunk.size / total
            count = total
            extremes = [np.min([*extremes[:1], chunk.min()]), np.max([*extremes[1:], chunk.max()])]
    if not count:
        return {}
    std = math.sqrt(squares / count) if squares >= 0 else math.nan
    least, most = extremes
    return {"mean": finite(mean), "std": finite(std), "min": finite(least), "max": finite(most)}


def finite(number: Any) -> float | int | bool | None:
    """A number of any kind as one of JSON's, or None."""
    plain: Any = number.item() if isinstance(number, np.generic) else number
    if isinstance(plain, np.generic):  # a long double has no Python number
        plain = float(plain)
    return plain if math.isfinite(plain) else None


def _chunks(array: Any) -> Iterator[Any]:
    numbers: Any = np.nditer(
        array, ["external_loop", "buffered", "zerosize_ok"], buffersize=_CHUNK, order="K"
    )
    for chunk in numbers:
        if chunk.size:
            yield chunk


def _text_facts(array: Any) -> dict[str, Any]:
    """Words in the first `MAX_WORDS_OF` texts; `words_counted_in` says that it was a part."""
    texts = [text for text in array.flat[:MAX_WORDS_OF].tolist() if isinstance(text, str)]
    words = Counter(word for text in texts for word in text.split())
    facts: dict[str, Any] = {"unique_words": len(words), "total_words": words.total()}
    if words:
        word, count = words.most_common(1)[0]
        facts |= {"most_common_word": word, "most_common_count": count}
    if array.size > MAX_WORDS_OF:
        facts["words_counted_in"] = MAX_WORDS_OF
    return facts
