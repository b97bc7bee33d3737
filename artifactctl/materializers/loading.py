"""Files to objects: which class, which materializer, and whether running code is allowed."""

from pathlib import Path
from typing import Any

from artifactctl.errors import ArtifactctlError, InvalidInputError, UnsafeError, one_line
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.class_names import find_class, type_name
from artifactctl.materializers.registry import (
    MaterializerSpec,
    id_of,
    materializer_named,
    resolve_materializer,
)


def load(
    folder: Path,
    materializer_id: str,
    data_type: str,
    *,
    allow_pickle: bool,
    wanted: type | None = None,
    materializer: MaterializerSpec | None = None,
) -> Any:
    """The object whose files `save` wrote into `folder`; it returned the two names.

    `wanted` is the class to make when its recorded name does not lead to it. Raises `UnsafeError`
    for data that may run code without `allow_pickle`, `InvalidInputError` for data that the
    materializer does not write, `NotFoundError` for an unknown materializer or class.
    """
    if materializer is None:
        chosen = materializer_named(materializer_id, importing=allow_pickle)
    else:
        chosen = resolve_materializer(materializer, None)
    if chosen.load is BaseMaterializer.load:
        raise InvalidInputError(f"materializer {id_of(chosen)!r} does not define load()")
    if chosen.RUNS_CODE and not allow_pickle:
        raise UnsafeError(
            f"loading an object of {data_type!r} may run code that came with its data (pickle)",
            hint="load(allow_pickle=True) if you trust whoever saved it",
        )
    instance = chosen(str(folder))
    instance.allow_pickle, instance.recorded_type = allow_pickle, data_type
    kind = _class_to_make(find_class(data_type, importing=allow_pickle), wanted)
    if not allow_pickle:
        _check_kind(chosen, kind, wanted)
    return _loaded(instance, kind, data_type)


def _class_to_make(recorded: type | None, wanted: type | None) -> type:
    """The recorded class, unless it is not imported or is no subclass of the wanted one."""
    if recorded is not None and (wanted is None or issubclass(recorded, wanted)):
        return recorded
    return wanted or object


def _check_kind(chosen: type[BaseMaterializer], kind: type, wanted: type | None) -> None:
    """Refuse a class that the data alone names: a user's materializer may call it."""
    known = (*chosen.ASSOCIATED_TYPES, *([] if wanted in (None, object) else [wanted]))
    if chosen.__module__.startswith("artifactctl.") or not known or kind is object:
        return
    if not issubclass(kind, known):
        raise UnsafeError(
            f"the data is recorded as an object of {type_name(kind)!r}, for which materializer"
            f" {id_of(chosen)!r} is not made",
            hint="load(allow_pickle=True) if you trust whoever saved it",
        )


def _loaded(instance: BaseMaterializer, kind: type, data_type: str) -> Any:
    try:
        return instance.load(kind)
    except ArtifactctlError:
        raise
    except Exception as error:
        if not _is_about_data(instance, error):
            raise
        raise InvalidInputError(
            f"the data of an object of {data_type!r} is not what materializer "
            f"{id_of(type(instance))!r} writes: {type(error).__name__}: {one_line(error)}"
        ) from error


def _is_about_data(instance: BaseMaterializer, error: Exception) -> bool:
    """Whether the data is wrong, and not the disk or a user's materializer.

    Libraries raise an `OSError` without a number for files that they cannot read.
    """
    if not type(instance).__module__.startswith("artifactctl."):
        return False
    if isinstance(error, OSError):
        return error.errno is None or isinstance(error, FileNotFoundError)
    return True
