"""Conversion of a function's arguments to the annotated types.

pydantic converts them, as in ZenML: "3" becomes 3 for an `int`. A value that is of the annotated
class already stays unchanged.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from artifactctl.errors import InvalidInputError, StepInterfaceError
from artifactctl.pipelines.python.annotations import is_of, is_plainly_of, written

_SHOWN = 10  # the most mistakes shown for one value


def coerced(
    owner: str, types: Mapping[str, object], given: Mapping[str, object], *, what: str = "parameter"
) -> dict[str, object]:
    """The values converted to the annotated types of a step or pipeline.

    Raises one `StepInterfaceError` for all values that cannot be converted.
    """
    found, wrong = {}, []
    for name, value in given.items():
        try:
            found[name] = read_as(types.get(name, Any), value)
        except InvalidInputError as error:
            wrong.append(error.about(f"{what} {name!r} of {owner}"))
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        problem = f"{len(wrong)} {what}s of {owner} are of other types than it takes"
        raise StepInterfaceError(problem, details=[str(error) for error in wrong])
    return found


def read_as(annotation: object, value: object) -> object:
    """A value converted to the annotated type; raises `StepInterfaceError` if that fails."""
    if is_plainly_of(value, annotation):
        return value
    # pydantic takes long to import, and most values need no conversion.
    from pydantic import PydanticUserError, ValidationError  # noqa: PLC0415 (slow to import)
    from pydantic_core import SchemaError  # noqa: PLC0415 (slow to import)

    try:
        return _unchanged(value, _validated(annotation, value))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise _refused(annotation, _listed(found)) from None
    except (PydanticUserError, SchemaError):  # pydantic has no schema for the annotation
        if is_of(value, annotation):
            return value
        raise _refused(annotation, f"it is {written(type(value))}") from None


def _validated(annotation: Any, value: Any) -> Any:
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter  # noqa: PLC0415 (as above)

    config = ConfigDict(arbitrary_types_allowed=True)
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation, config=config)
    except PydanticUserError:  # pydantic refuses a config for classes that have their own
        adapter = TypeAdapter(annotation)
    return adapter.validate_python(value)


def _unchanged(value: object, read: object) -> object:
    """The value itself if conversion would only lose something, such as its subclass."""
    # pydantic makes an iterator, which has no length, of any value for an `Iterable[…]`.
    if isinstance(read, Iterator) and not isinstance(value, Iterator):
        return value
    if type(value) is not type(read) and isinstance(value, type(read)) and equal(value, read):
        return value
    return read


def equal(one: object, other: object) -> bool:
    """Whether two values are equal; False when comparing gives no yes or no, as for arrays."""
    try:
        return bool(one == other)
    except (TypeError, ValueError):
        return False


def _listed(found: Sequence[Mapping[str, Any]]) -> str:
    """The mistakes within a value, each with its position."""
    places = ("".join(f"[{key!r}]" for key in one["loc"]) for one in found[:_SHOWN])
    lines = [
        f"{place}: {one['msg']}".lstrip(": ") for place, one in zip(places, found, strict=False)
    ]
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return "; ".join([*lines, *more])


def _refused(annotation: object, problem: str) -> StepInterfaceError:
    return StepInterfaceError(problem, hint=f"it must be {written(annotation)}")
