"""Hooks: the user's functions that are called when a step or a run begins or ends."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from artifactctl.errors import InvalidInputError, one_line, warn_caller
from artifactctl.pipelines.python.importing import imported_object
from artifactctl.pipelines.python.options import Hook


def hook_of(owner: str, option: str, said: Hook | None) -> Callable[..., Any] | None:
    """The function that an option names, or None.

    Raises `NotFoundError` when it does not exist, `InvalidInputError` when it cannot be called.
    """
    found: Any = imported_object(owner, option, said)
    if found is not None and not callable(found):
        raise InvalidInputError(
            f"{option} of {owner} is {found!r}", hint="give a function, or its module.name"
        )
    function: Callable[..., Any] | None = found
    return function


def call_hook(
    hook: Callable[..., Any] | None,
    error: BaseException | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> Any:
    """Call a hook, with the error if it takes one, and return what it returns.

    An exception that the hook raises becomes a warning: the step has ended all the same.
    """
    if hook is None:
        return None
    given = [] if error is None or not inspect.signature(hook).parameters else [error]
    try:
        return hook(*given, **(arguments or {}))
    except Exception as failure:  # the user's code
        name = getattr(hook, "__qualname__", repr(hook))
        warn_caller(f"hook {name} failed: {type(failure).__name__}: {one_line(failure)}")
        return None
