"""The last resort: a pickle, which runs code when it is loaded.

What only stands for data is refused: a plan, an open file, a connection. A pickle of some of these
would work, and give back a plan, a path or a copy of another type.
"""

import io
import pickle
import platform
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, ClassVar

import cloudpickle

from artifactctl.enums import ArtifactType
from artifactctl.errors import (
    ArtifactctlError,
    InvalidInputError,
    NoDataError,
    NotFoundError,
    one_line,
)
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.polars_objects import parts_to_pickle

PICKLE = "artifact.pkl"
_PYTHON = "python_version.txt"
_HINT = (
    "save what it consists of, or write a materializer for it: materializer=… of"
    " save_artifact(), output_materializers=… of a step"
)
_SAVE_CONTENT = "save what it reads: its content, or its path"
# What objects without data are, and what to do; by type, or by the package and class of a library.
_NO_DATA: Mapping[type, tuple[str, str]] = {
    GeneratorType: ("a generator, whose values are not made yet", "save list(...) of it"),
    AsyncGeneratorType: ("a generator, whose values are not made yet", "save what it yields"),
    CoroutineType: ("a coroutine, whose result is not there yet", "await it first"),
    memoryview: ("a view of another object's memory", "save bytes(...) of it"),
}
_NO_DATA_OF_LIBRARIES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("polars", "LazyFrame"): ("a plan that holds no data", "save what .collect() gives"),
    ("pyarrow", "Dataset"): ("a list of files rather than their data", "save .to_table() of it"),
    ("pyarrow", "Scanner"): ("a plan that holds no data", "save .to_table() of it"),
}
_IN_MEMORY = (io.BytesIO, io.StringIO)


class CloudpickleMaterializer(BaseMaterializer):
    """Any object; loading it runs code."""

    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (object,)
    RUNS_CODE: ClassVar[bool] = True

    def save(self, data: Any) -> None:
        """Write the pickle, load it once as a proof, and write the version of Python."""
        path = Path(self.uri, PICKLE)
        try:
            with open(path, "wb") as file:
                _Pickler(file).dump(data)
            _prove(path, data)
        except (OSError, ArtifactctlError):
            raise
        except Exception as error:
            raise InvalidInputError(
                f"an object of {type(data).__qualname__!r} cannot be pickled: {one_line(error)}",
                hint=_HINT,
            ) from error
        Path(self.uri, _PYTHON).write_text(f"{platform.python_version()}\n", encoding="ascii")

    def load(self, data_type: type) -> Any:  # noqa: ARG002 - the pickle names it
        """Unpickle it; the caller has consented to the code that runs."""
        try:
            with open(Path(self.uri, PICKLE), "rb") as file:
                return pickle.load(file)  # noqa: S301 - with consent
        except (ImportError, AttributeError) as error:
            raise NotFoundError(
                f"the pickle cannot be loaded here: {one_line(error)}{self._made_by()}",
                hint="install or import the module that defines it",
            ) from error

    def _made_by(self) -> str:
        path = Path(self.uri, _PYTHON)
        return f" (it was made by Python {path.read_text().strip()[:20]})" if path.exists() else ""


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Refuses an object without data, however deep inside; pickles frames that polars cannot."""

    def reducer_override(self, obj: Any) -> Any:
        _check_is_data(obj)
        return parts_to_pickle(obj) or super().reducer_override(obj)


class _Unpickler(pickle.Unpickler):
    """Reads what this process has just written, and changes nothing in the process.

    A class of a script is in the pickle itself. cloudpickle would find the class that is in use,
    and replace its methods by those in the pickle.
    """

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        is_class_maker = module.startswith("cloudpickle.") and name.startswith("_make_skeleton_")
        return partial(_make_new_class, found) if is_class_maker else found


def _make_new_class(make: Callable[..., Any], *arguments: Any) -> Any:
    """A class that is not in use: the last argument but one is the ID by which one is found."""
    return make(*arguments[:-2], None, arguments[-1])


def _prove(path: Path, data: Any) -> None:
    """Raise `InvalidInputError` when an object of another type comes back."""
    with open(path, "rb") as file:
        kind, again = type(data), type(_Unpickler(file).load())
    if (kind.__module__, kind.__name__) != (again.__module__, again.__name__):
        raise InvalidInputError(
            f"an object of {kind.__qualname__!r} comes back from a pickle as one of"
            f" {again.__qualname__!r}",
            hint=_HINT,
        )


def _check_is_data(value: Any) -> None:
    """Raise `NoDataError`, which says what to save instead, for an object without data."""
    found = _no_data(value)
    if found is not None:
        what, hint = found
        raise NoDataError(f"an object of {type(value).__qualname__!r} is {what}", hint=hint)


def _no_data(value: Any) -> tuple[str, str] | None:
    """The name of an object that has no data, and a hint; None for any other object."""
    kind = type(value)
    if kind in _NO_DATA:
        return _NO_DATA[kind]
    if isinstance(value, io.IOBase) and not isinstance(value, _IN_MEMORY):
        # Every program has these streams: a pickle only names them.
        is_standard = value is sys.stdout or value is sys.stderr
        return None if is_standard else ("an open file", _SAVE_CONTENT)
    for base in kind.__mro__[:-1]:
        package = base.__module__.partition(".")[0]
        if found := _NO_DATA_OF_LIBRARIES.get((package, base.__name__)):
            return found
    # dask's protocol: a graph of what is still to be computed.
    graph: Callable[[Any], Any] | None = getattr(kind, "__dask_graph__", None)
    if graph is not None and graph(value) is not None:
        return "a plan that holds no data", "save what .compute() gives"
    return None
