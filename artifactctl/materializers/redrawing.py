"""Visualizations of what a built-in materializer saved earlier, made from its files."""

from pathlib import Path

from artifactctl.errors import ArtifactctlError, InvalidInputError, NotFoundError, one_line
from artifactctl.materializers.class_names import find_class
from artifactctl.materializers.drawing import Drawing, draw
from artifactctl.materializers.registry import is_built_in, materializer_named


def draw_saved(
    folder: Path, materializer_id: str, data_type: str, *, allow_pickle: bool
) -> tuple[Drawing, ...]:
    """Write visualizations into `folder`, which has the files of an object; returns all of them.

    Nothing is unpickled, and no module is imported because the data names it. Only visualizations
    of built-in materializers can be made so. Raises `InvalidInputError` for data that these do not
    write, and `UnsafeError` for a part that may run code, without `allow_pickle`.
    """
    try:
        chosen = materializer_named(materializer_id)
    except NotFoundError:
        return ()
    if chosen.RUNS_CODE or not is_built_in(chosen):
        return ()
    instance = chosen(str(folder))
    instance.allow_pickle, instance.recorded_type = allow_pickle, data_type
    try:
        kind = find_class(data_type) or object
        data = None if chosen.DRAWN_FROM_FILES else instance.load_sample(kind)
        return draw(instance, data)
    except ArtifactctlError:
        raise
    except Exception as error:  # of the library that reads the data
        raise InvalidInputError(
            f"an object of {data_type!r} cannot be shown: {type(error).__name__}: {one_line(error)}"
        ) from error
