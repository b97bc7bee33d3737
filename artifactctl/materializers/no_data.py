"""Values that only stand for data: what they lead to may be gone or another when they are loaded.

A pickle of some would work, and give back a plan, a path or a copy in another type.
"""

import io
import sys
from collections.abc import Callable, Mapping
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from artifactctl.errors import NoDataError

_SAVE_CONTENT = "save what it reads: its content, or its path"
_BY_KIND: Mapping[type, tuple[str, str]] = {
    GeneratorType: ("a generator, whose values are not made yet", "save list(...) of it"),
    AsyncGeneratorType: ("a generator, whose values are not made yet", "save what it yields"),
    CoroutineType: ("a coroutine, whose result is not there yet", "await it first"),
    memoryview: ("a view of another object's memory", "save bytes(...) of it"),
}
# Those of libraries, by the first word of their module and the name of a class among their bases.
_BY_NAME: Mapping[tuple[str, str], tuple[str, str]] = {
    ("polars", "LazyFrame"): ("a plan that holds no data", "save what .collect() gives"),
    ("pyarrow", "Dataset"): ("a list of files rather than their data", "save .to_table() of it"),
    ("pyarrow", "Scanner"): ("a plan that holds no data", "save .to_table() of it"),
}
_IN_MEMORY = (io.BytesIO, io.StringIO)


def check_is_data(value: Any) -> None:
    """Raise `NoDataError`, which says what to save in its place, for what is none."""
    found = _what_it_is(value)
    if found is not None:
        what, hint = found
        raise NoDataError(f"an object of {type(value).__qualname__!r} is {what}", hint=hint)


def _what_it_is(value: Any) -> tuple[str, str] | None:
    kind = type(value)
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if isinstance(value, io.IOBase) and not isinstance(value, _IN_MEMORY) and not _is_own(value):
        return "an open file", _SAVE_CONTENT
    for base in kind.__mro__[:-1]:
        if found := _BY_NAME.get((base.__module__.partition(".")[0], base.__name__)):
            return found
    if _is_unfinished(value, kind):
        return "a plan that holds no data", "save what .compute() gives"
    return None


def _is_own(file: Any) -> bool:
    """Whether it is a stream of the program, which every program has: a pickle names it."""
    return file is sys.stdout or file is sys.stderr


def _is_unfinished(value: Any, kind: type) -> bool:
    """Whether dask would have to compute it; its protocol: a graph of what is to be done."""
    graph: Callable[[Any], Any] | None = getattr(kind, "__dask_graph__", None)
    return graph is not None and graph(value) is not None
