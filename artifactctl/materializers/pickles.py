"""The last resort for objects that no format holds: a pickle, which runs code when it is loaded."""

import pickle
import platform
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import cloudpickle

from artifactctl.enums import ArtifactType
from artifactctl.errors import ArtifactctlError, InvalidInputError, NotFoundError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.messages import one_line
from artifactctl.materializers.no_data import check_is_data
from artifactctl.materializers.parts import PICKLE
from artifactctl.materializers.polars_objects import parts_to_pickle

_PYTHON = "python_version.txt"
_HINT = (
    "save what it consists of, or write a materializer for it: materializer=… of"
    " save_artifact(), output_materializers=… of a step"
)


class CloudpickleMaterializer(BaseMaterializer):
    """Any object, marked as one whose loading runs code."""

    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    RUNS_CODE: ClassVar[bool] = True

    def save(self, data: Any) -> None:
        """Write the pickle, which has been loaded once, and the version of Python that made it."""
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

    def load(self, data_type: type[Any]) -> Any:  # noqa: ARG002 - the data says it
        """Unpickle it; whoever calls has consented to the code that runs."""
        try:
            with open(Path(self.uri, PICKLE), "rb") as file:
                return pickle.load(file)  # noqa: S301 - with consent
        except (ImportError, AttributeError) as error:
            raise NotFoundError(
                f"the pickle needs what is not here: {one_line(error)}{self._made_by()}",
                hint="install or import the module that defines it",
            ) from error

    def extract_metadata(self, data: Any) -> dict[str, Any]:  # noqa: ARG002 - the same for all
        """`pickled`, so that lists show it."""
        return {"pickled": True}

    def _made_by(self) -> str:
        path = Path(self.uri, _PYTHON)
        return f" (it was made by Python {path.read_text().strip()[:20]})" if path.exists() else ""


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Refuses what only stands for data, however deep inside; pickles frames that polars cannot."""

    def reducer_override(self, obj: Any) -> Any:
        check_is_data(obj)
        return parts_to_pickle(obj) or super().reducer_override(obj)


def _prove(path: Path, data: Any) -> None:
    """Raise `InvalidInputError` when what comes back is another kind of thing."""
    with open(path, "rb") as file:
        kind, again = type(data), type(_Unpickler(file).load())
    if (kind.__module__, kind.__name__) != (again.__module__, again.__name__):
        raise InvalidInputError(
            f"an object of {kind.__qualname__!r} comes back from a pickle as one of"
            f" {again.__qualname__!r}",
            hint=_HINT,
        )


class _Unpickler(pickle.Unpickler):
    """Reads what this process has just written, and changes nothing in it.

    A class of a script is in the pickle itself. cloudpickle would find the living one, and put the
    methods that it read in the place of those that it has.
    """

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        is_class_maker = module.startswith("cloudpickle.") and name.startswith("_make_skeleton_")
        return partial(_made_anew, found) if is_class_maker else found


def _made_anew(make: Any, *arguments: Any) -> Any:
    """A class that nobody knows: the last argument but one says which one is to be found."""
    return make(*arguments[:-2], None, arguments[-1])
