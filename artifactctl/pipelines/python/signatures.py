"""The parameters and outputs of a step, read from the annotations of its function, and its result.

The rules are ZenML's. A `Tuple` means several outputs if the function returns a tuple display, or
if its elements are `Annotated`; an annotation of the whole makes it one output.
"""

import ast
import inspect
import textwrap
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from artifactctl.errors import InvalidInputError, StepInterfaceError
from artifactctl.pipelines.artifact_config import ArtifactConfig, Output
from artifactctl.pipelines.python.annotations import is_of, written


@dataclass(frozen=True)
class Signature:
    """The parameters of a step's function by name, and its outputs in order."""

    parameters: dict[str, inspect.Parameter]
    types: dict[str, Any]
    outputs: tuple[Output, ...]
    returns_several: bool

    @property
    def is_open(self) -> bool:
        """Whether the function takes keyword arguments of any name (`**kwargs`)."""
        return any(p.kind is inspect.Parameter.VAR_KEYWORD for p in self.parameters.values())


def needed_in(parameters: Mapping[str, inspect.Parameter]) -> list[str]:
    """The names of the parameters that a call has to give."""
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [n for n, p in parameters.items() if p.default is p.empty and p.kind not in variadic]


def read_signature(function: Callable[..., object]) -> Signature:
    """The signature of a step's function; raises `InvalidInputError` for an unusable one."""
    parameters = dict(inspect.signature(function).parameters)
    for parameter in parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            raise StepInterfaceError(
                f"step {function.__name__!r} takes {parameter}", hint="give its inputs names"
            )
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise InvalidInputError(
            f"step {function.__name__!r} is asynchronous or a generator",
            hint="return the results: asyncio.run(…) or list(…) inside of the step",
        )
    types = types_of(function)
    outputs, several = _outputs(function, types.pop("return", inspect.Signature.empty))
    keys = [output.key for output in outputs]
    if len(set(keys)) < len(keys):
        raise StepInterfaceError(f"step {function.__name__!r} has two outputs of one name")
    return Signature(parameters, types, outputs, several)


def values_of(step: str, result: object, signature: Signature) -> list[object]:
    """A step's result by output; raises `StepInterfaceError` for a wrong number or type of values.

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
            f"step {step!r} returned other types than its annotation says: {'; '.join(wrong)}",
            hint="return what the annotation says, or annotate what is returned",
        )
    return values


def types_of(function: Callable[..., object]) -> dict[str, object]:
    """The types in a function's annotations, including `return`."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError:
        # With postponed annotations, a name may be imported for type checkers only. An input with
        # such a type is `Any`; for the result it is an error, since outputs are read from it.
        annotations = inspect.get_annotations(function)
        return {name: _type(function, name, annotation) for name, annotation in annotations.items()}


def _type(function: Callable[..., object], name: str, annotation: object) -> object:
    """The type of one annotation; `Any` for an input of unknown type."""
    # `get_type_hints` of the function would fail for all of them because of one unknown name.
    names = {**vars(typing), **getattr(function, "__globals__", {})}
    holder = type("holder", (), {"__annotations__": {name: annotation}})
    try:
        return typing.get_type_hints(holder, globalns=names, include_extras=True)[name]
    except NameError as error:
        if name != "return":
            return Any
        raise InvalidInputError(
            f"step {function.__name__!r}: the type of its result is not known: {error}",
            hint="import it where the step is defined",
        ) from None


def _outputs(
    function: Callable[..., object], annotation: object
) -> tuple[tuple[Output, ...], bool]:
    if annotation is None or annotation is NoneType:
        return (), False
    if annotation is inspect.Signature.empty:
        if _returns(function) == "nothing":
            return (), False
        return (_output("output", Any),), False
    if get_origin(annotation) is tuple and _is_several(function, get_args(annotation)):
        found = [_output(f"output_{i}", item) for i, item in enumerate(get_args(annotation))]
        return tuple(found), True
    return (_output("output", annotation),), False


def _is_several(function: Callable[..., object], elements: tuple[object, ...]) -> bool:
    if not elements or Ellipsis in elements:
        return False
    return any(get_origin(e) is Annotated for e in elements) or _returns(function) == "tuple"


def _output(default_key: str, annotation: object) -> Output:
    if get_origin(annotation) is not Annotated:
        return Output(default_key, ArtifactConfig(), annotation)
    inner, *extras = get_args(annotation)
    config = _config(extras)
    return Output(config.name or default_key, config, inner)


def _config(extras: Sequence[object]) -> ArtifactConfig:
    names = [extra for extra in extras if isinstance(extra, str)]
    configs = [extra for extra in extras if isinstance(extra, ArtifactConfig)]
    if len(names) > 1 or len(configs) > 1 or len(names) + len(configs) < len(extras):
        raise InvalidInputError(
            "an output is annotated with a name or an ArtifactConfig",
            hint='write Annotated[T, "name"] or Annotated[T, ArtifactConfig(name="name")]',
        )
    if not configs:
        return ArtifactConfig(name=names[0]) if names else ArtifactConfig()
    if names and configs[0].name is not None:
        raise InvalidInputError("an output has two names", hint="leave out one of them")
    return replace(configs[0], name=names[0]) if names else configs[0]


def _returns(function: Callable[..., object]) -> str:
    """The kind of the function's `return` statements: `nothing`, `tuple` or `something`."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return "something"
    values = [node.value for node in _own_nodes(tree.body[0]) if isinstance(node, ast.Return)]
    given = [v for v in values if v is not None and not _is_none(v)]
    if not given:
        return "nothing"
    return "tuple" if all(isinstance(value, ast.Tuple) for value in given) else "something"


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _own_nodes(function: ast.AST) -> list[ast.AST]:
    """The nodes of a function, without those of functions and classes inside of it."""
    found, pending = [], list(ast.iter_child_nodes(function))
    while pending:
        node = pending.pop()
        found.append(node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending += ast.iter_child_nodes(node)
    return found


def _check_nothing(step: str, result: object) -> None:
    if result is not None:
        raise StepInterfaceError(
            f"step {step!r} is annotated with None and returned a value of type {_type_of(result)}",
            hint="annotate what it returns, or return None",
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
    return f"output {output.key!r} must be {wanted}, not {_type_of(value)}"


def _type_of(value: object) -> str:
    return written(type(value))
