"""Hooks: the user's functions that are called when a step or a run begins or ends."""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from artifactctl.errors import HookError, one_line, warn_caller
from artifactctl.pipelines.python.annotations import class_of
from artifactctl.pipelines.python.importing import imported_object
from artifactctl.pipelines.step_options import Hook


def hook_of(
    owner: str,
    option: str,
    given: Hook | None,
    arguments: Mapping[str, Any] = MappingProxyType({}),
    *,
    takes_error: bool = False,
) -> Callable[..., Any] | None:
    """The function that an option names, or None.

    Raises `NotFoundError` when it does not exist, `HookError` when it cannot be called with these
    arguments; a hook that `takes_error` may be given the error too.
    """
    found: Any = imported_object(owner, option, given)
    if found is None:
        return None
    if not callable(found):
        raise HookError(
            f"{option} of {owner} is {found!r}", hint="give a function, or its module.name"
        )
    function: Callable[..., Any] = found
    if not _can_be_called(function, arguments, takes_error=takes_error):
        given = ", ".join((*(["the error or nothing"] if takes_error else []), *arguments))
        raise HookError(
            f"{option} of {owner} cannot be called with {given or 'nothing'}:"
            f" {getattr(function, '__qualname__', function)} takes {inspect.signature(function)}"
        )
    return function


def _can_be_called(
    function: Callable[..., Any], arguments: Mapping[str, Any], *, takes_error: bool
) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a built-in function does not tell
        return True
    return (takes_error and _takes_error(signature)) or _binds(signature, (), arguments)


def _takes_error(signature: inspect.Signature) -> bool:
    if not _binds(signature, (None,), {}):
        return False
    annotation = next(iter(signature.parameters.values())).annotation
    kind = None if annotation is signature.empty else class_of(annotation)
    return kind is None or issubclass(kind, BaseException) or issubclass(BaseException, kind)


def _binds(
    signature: inspect.Signature, given: tuple[object, ...], arguments: Mapping[str, Any]
) -> bool:
    try:
        signature.bind(*given, **arguments)
    except TypeError:
        return False
    return True


def call_hook(hook: Callable[..., Any] | None, error: BaseException | None = None) -> None:
    """Call a hook, with the error if it takes one.

    An exception that the hook raises becomes a warning: the step has ended all the same.
    """
    if hook is None:
        return
    given = [] if error is None or not inspect.signature(hook).parameters else [error]
    try:
        hook(*given)
    except Exception as failure:  # the user's code
        name = getattr(hook, "__qualname__", repr(hook))
        warn_caller(f"hook {name} failed: {type(failure).__name__}: {one_line(failure)}")
