"""The base class of materializers: `save`, `load`, the types they are for, and metadata.

The interface is ZenML's, so that materializers that were written for ZenML work unchanged.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, ClassVar

from artifactctl import context
from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import MaterializerInterfaceError, UnsafeError

_defined: list[type["BaseMaterializer"]] = []


class ArtifactFiles:
    """The file operations that ZenML offers a materializer, on local files only."""

    def __init__(self, path: str) -> None:
        self.path = path

    def open(self, path: str | os.PathLike[str], mode: str = "r") -> IO[Any]:
        """Open a file as the built-in does; text is UTF-8 whatever the machine's locale is."""
        return open(_local(path), mode, encoding=None if "b" in mode else "utf-8")

    def exists(self, path: str | os.PathLike[str]) -> bool:
        """Whether there is a file or folder."""
        return os.path.exists(_local(path))

    def isdir(self, path: str | os.PathLike[str]) -> bool:
        """Whether there is a folder."""
        return os.path.isdir(_local(path))

    def listdir(self, path: str | os.PathLike[str]) -> list[str]:
        """The names in a folder, sorted."""
        return sorted(os.listdir(_local(path)))

    def makedirs(self, path: str | os.PathLike[str]) -> None:
        """Make a folder and those above it; one that exists is fine."""
        os.makedirs(_local(path), exist_ok=True)

    def mkdir(self, path: str | os.PathLike[str]) -> None:
        """Make a folder in one that exists."""
        os.mkdir(_local(path))

    def remove(self, path: str | os.PathLike[str]) -> None:
        """Remove a file."""
        os.remove(_local(path))


def _local(path: str | os.PathLike[str]) -> str:
    text = os.fspath(path)
    if "://" in text:
        raise UnsafeError(
            f"{text!r} is not a local path", hint="read and write in the folder self.uri"
        )
    return text


class BaseMaterializer:
    """Turns objects of `ASSOCIATED_TYPES` into files of the folder `uri`, and back.

    A subclass is used for its types from the moment it is defined, unless another one is already:
    a built-in type keeps its built-in materializer, and of two subclasses for one type the first
    one defined is used. Give a materializer explicitly (`materializer=`, `output_materializers=`)
    to use it all the same.

    The same object should be saved as the same bytes. `load` must not write into the folder.
    `RUNS_CODE` says that loading may execute code from the data, as pickle does: loading then needs
    consent. `EXACT` says that objects of subclasses are not meant, since what a subclass adds
    would be lost. `DRAWN_FROM_FILES` says that `save_visualizations` looks at the files and not at
    the object. `SKIP_REGISTRATION` in a class's own body says that no object finds it by its type,
    as for a class that only others derive from.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = ()
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.BASE
    RUNS_CODE: ClassVar[bool] = False
    EXACT: ClassVar[bool] = False
    DRAWN_FROM_FILES: ClassVar[bool] = False
    SKIP_REGISTRATION: ClassVar[bool] = False

    def __init__(
        self, uri: str, artifact_store: ArtifactFiles | None = None, *, allow_pickle: bool = False
    ) -> None:
        self.uri = uri
        self.artifact_store = artifact_store or ArtifactFiles(uri)
        self.allow_pickle = allow_pickle

    recorded_type: str = "object"
    """On loading, the name of the object's class as it was recorded."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if cls.is_found_by_type():
            _check_interface(cls)
        _defined.append(cls)

    @contextmanager
    def get_temporary_directory(
        self, delete_at_exit: bool, delete_after_step_execution: bool = True
    ) -> Iterator[str]:
        """Make a temporary folder, and give its path.

        With `delete_at_exit` it is deleted at the end of the block; otherwise when the running step
        has ended, unless `delete_after_step_execution` is False. Outside of a step it then stays.
        """
        folder, step = tempfile.mkdtemp(prefix="artifactctl-"), context.current_step()
        if step is not None and delete_after_step_execution and not delete_at_exit:
            step.folders.append(folder)
        try:
            yield folder
        finally:
            if delete_at_exit:
                shutil.rmtree(folder, ignore_errors=True)

    @classmethod
    def is_found_by_type(cls) -> bool:
        """Whether it is used for its types; not inherited by the classes that derive from it."""
        return not vars(cls).get("SKIP_REGISTRATION", False)

    @classmethod
    def can_save_type(cls, data_type: type) -> bool:
        """Whether it is for a type or for one of its base classes."""
        return issubclass(data_type, cls.ASSOCIATED_TYPES)

    @classmethod
    def can_load_type(cls, data_type: type) -> bool:
        """Whether what it loads may be of a type: one of its own, or a base class of one."""
        return cls.can_save_type(data_type) or any(
            issubclass(kind, data_type) for kind in cls.ASSOCIATED_TYPES
        )

    def validate_save_type_compatibility(self, data_type: type) -> None:
        """Raise `TypeError` for a type that it cannot save."""
        if not self.can_save_type(data_type):
            raise TypeError(_misfit(type(self), "save", data_type))

    def validate_load_type_compatibility(self, data_type: type) -> None:
        """Raise `TypeError` for a type that it cannot load."""
        if not self.can_load_type(data_type):
            raise TypeError(_misfit(type(self), "load", data_type))

    @classmethod
    def accepts(cls, data: Any) -> bool:  # noqa: ARG003 - subclasses look at it
        """Whether it can save this object of its types; if not, another one is looked for."""
        return True

    def save(self, data: Any) -> None:
        """Write `data` into the folder; raises `CannotHoldError` for what the format cannot hold.

        `data` is then pickled instead, with a warning.
        """

    def load(self, data_type: type) -> Any:
        """Read what `save` wrote; `data_type` is `object` when the class is not found."""

    def load_sample(self, data_type: type) -> Any:
        """The object, or as much of a large one as its visualizations need."""
        return self.load(data_type)

    def save_visualizations(self, data: Any) -> dict[str, VisualizationType]:  # noqa: ARG002 - as above
        """Write files that show `data` to people into the folder; returns their paths and types.

        Files that `save` wrote may be among them, and are not to be changed. The files are kept
        with the version, apart from its data. An error is a warning: the object is saved anyway.
        """
        return {}

    def extract_metadata(self, data: Any) -> dict[str, Any]:  # noqa: ARG002 - subclasses use it
        """Facts about `data` as JSON values, cheap compared to saving it."""
        return {}

    def extract_full_metadata(self, data: Any) -> dict[str, Any]:
        """The facts, with the `storage_size` in bytes of what `save` wrote."""
        return {"storage_size": _size_bytes(self.uri), **self.extract_metadata(data)}

    def get_item_count(self, data: Any) -> int | None:  # noqa: ARG002 - subclasses use it
        """The number of items of `data`, for the version's `item_count`; None when it has none."""
        return None

    def load_item(self, data_type: type, index: int) -> Any:
        """Read one item of what `save` wrote."""
        raise NotImplementedError(f"materializer {type(self).__name__!r} loads no single items")

    def compute_content_hash(self, data: Any) -> str | None:  # noqa: ARG002 - subclasses use it
        """A hash of `data`; here the digest of the files has its place, and nothing calls it."""
        return None


def _misfit(kind: type[BaseMaterializer], verb: str, data_type: type) -> str:
    known = ", ".join(one.__qualname__ for one in kind.ASSOCIATED_TYPES)
    return (
        f"materializer {kind.__name__!r} cannot {verb} objects of {data_type.__qualname__!r};"
        f" it is for {known}"
    )


def _size_bytes(folder: str) -> int:
    return sum(
        os.path.getsize(os.path.join(root, name))
        for root, _, names in os.walk(folder)
        for name in names
    )


def _check_interface(kind: type[BaseMaterializer]) -> None:
    """Raise `MaterializerInterfaceError` for a class that no object would find."""
    if not kind.ASSOCIATED_TYPES:
        raise MaterializerInterfaceError(
            f"materializer {kind.__name__!r} is for no type",
            hint="set ASSOCIATED_TYPES to a tuple of classes",
        )
    for associated in kind.ASSOCIATED_TYPES:
        if not isinstance(associated, type):
            raise MaterializerInterfaceError(
                f"materializer {kind.__name__!r} is for {associated!r}, which is not a class",
                hint="set ASSOCIATED_TYPES to a tuple of classes",
            )
    if kind.ASSOCIATED_ARTIFACT_TYPE not in list(ArtifactType):
        raise MaterializerInterfaceError(
            f"materializer {kind.__name__!r} makes {kind.ASSOCIATED_ARTIFACT_TYPE!r}, which is not"
            " a type of artifact",
            hint="set ASSOCIATED_ARTIFACT_TYPE to an ArtifactType",
        )


def defined_materializers() -> list[type[BaseMaterializer]]:
    """All subclasses defined in this process, in order.

    One that is defined again, as by a notebook's cell that is run twice, replaces the earlier one.
    """
    latest = {(kind.__module__, kind.__qualname__): kind for kind in _defined}
    return list(latest.values())
