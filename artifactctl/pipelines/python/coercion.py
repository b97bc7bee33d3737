"""What a function is called with, as the types that its annotations name.

The reading is pydantic's, as in ZenML: "3" for an `int` is 3. A value that is of the annotated
class already is passed as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.python.annotations import is_of, is_plainly_of, written

_SHOWN = 10  # mistakes within one value


def coerced(
    owner: str, types: Mapping[str, object], given: Mapping[str, object], *, what: str = "parameter"
) -> dict[str, object]:
    """The values as the types that a step or pipeline says they have.

    Raises one `InvalidInputError` for all that cannot be read so.
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
        raise InvalidInputError(problem, details=[str(error) for error in wrong])
    return found


def read_as(annotation: object, value: object) -> object:
    """A value as the type that an annotation names, or `InvalidInputError`."""
    if is_plainly_of(value, annotation):
        return value
    # pydantic is wanted only where something is to be read.
    from pydantic import PydanticUserError, ValidationError  # noqa: PLC0415
    from pydantic_core import SchemaError  # noqa: PLC0415

    try:
        return _unchanged(value, _validated(annotation, value))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise _refused(annotation, _listed(found)) from None
    except (PydanticUserError, SchemaError):  # nothing that pydantic can read
        if is_of(value, annotation):
            return value
        raise _refused(annotation, f"it is {written(type(value))}") from None


def _validated(annotation: Any, value: Any) -> Any:
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter  # noqa: PLC0415

    config = ConfigDict(arbitrary_types_allowed=True)
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation, config=config)
    except PydanticUserError:  # a model says itself how it is read
        adapter = TypeAdapter(annotation)
    return adapter.validate_python(value)


def _unchanged(value: object, read: object) -> object:
    """The value itself where reading it only took something from it: its subclass, its length."""
    if isinstance(read, Iterator) and not isinstance(value, Iterator):
        return value
    if type(value) is not type(read) and isinstance(value, type(read)) and equal(value, read):
        return value
    return read


def equal(one: object, other: object) -> bool:
    """Whether two values are equal; those that do not say yes or no, such as arrays, are not."""
    try:
        return bool(one == other)
    except (TypeError, ValueError):
        return False


def _listed(found: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with a value, and where in it."""
    places = ("".join(f"[{key!r}]" for key in one["loc"]) for one in found[:_SHOWN])
    said = [
        f"{place}: {one['msg']}".lstrip(": ") for place, one in zip(places, found, strict=False)
    ]
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return "; ".join([*said, *more])


def _refused(annotation: object, problem: str) -> InvalidInputError:
    return InvalidInputError(problem, hint=f"it is to be {written(annotation)}")
