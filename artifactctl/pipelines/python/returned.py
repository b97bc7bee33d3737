"""Checks of the result of a step's function against its annotations."""

from collections.abc import Sequence

from artifactctl.errors import StepInterfaceError
from artifactctl.pipelines.artifact_config import Output
from artifactctl.pipelines.python.annotations import is_of, written
from artifactctl.pipelines.python.signatures import Signature


def values_of(step: str, result: object, signature: Signature) -> list[object]:
    """The result by output; raises `StepInterfaceError` for a wrong number or type of values.

    One error names all outputs of wrong types.
    """
    outputs = signature.outputs
    if not outputs:
        _check_nothing(step, result)
        return []
    values = _several(step, result, outputs) if signature.returns_several else [result]
    pairs = zip(outputs, values, strict=True)
    wrong = [_mismatch(one, value) for one, value in pairs if not is_of(value, one.annotation)]
    if wrong:
        raise StepInterfaceError(
            f"step {step!r} returned something else than it promises: {'; '.join(wrong)}",
            hint="return what the annotation says, or annotate what is returned",
        )
    return values


def _check_nothing(step: str, result: object) -> None:
    if result is not None:
        raise StepInterfaceError(
            f"step {step!r} promises None and returned a value of type {_type_of(result)}",
            hint="annotate what it returns, or return nothing",
        )


def _several(step: str, result: object, outputs: Sequence[Output]) -> list[object]:
    if isinstance(result, tuple | list) and len(result) == len(outputs):
        return list(result)
    number = f"{len(result)}" if isinstance(result, tuple | list) else "one value"
    raise StepInterfaceError(
        f"step {step!r} has {len(outputs)} outputs and returned {number}",
        hint=f"return {', '.join(output.key for output in outputs)}",
    )


def _mismatch(output: Output, value: object) -> str:
    wanted = written(output.annotation)
    return f"output {output.key!r} is to be {wanted}, not {_type_of(value)}"


def _type_of(value: object) -> str:
    return written(type(value))
