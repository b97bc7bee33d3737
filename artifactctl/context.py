"""What is executing here: a step of a run, or a pipeline function that puts its steps together.

Values are plain, so that every room above can ask. They are context variables, which threads that
a step starts do not see: for these it is the step that executes, when there is but one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Thread, current_thread
from threading import enumerate as threads
from weakref import WeakSet


@dataclass(frozen=True)
class StepScope:
    """The step that is executing: IDs, names, and what has been used and saved in it so far.

    `used` are names and IDs of versions loaded by hand; `substitutions` fill placeholders in names.
    """

    home: str
    run_id: str
    run_name: str
    pipeline: str
    step_id: str
    step: str
    substitutions: Mapping[str, str] = field(default_factory=dict)
    used: list[tuple[str, str]] = field(default_factory=list)


_step: ContextVar[StepScope | None] = ContextVar("artifactctl_step", default=None)
# With the threads that were there when a step began, and so are none of its own.
_executing: list[tuple[StepScope, WeakSet[Thread]]] = []
_composing: ContextVar[bool] = ContextVar("artifactctl_composing", default=False)


def current_step() -> StepScope | None:
    """The step that is executing, if any."""
    found = _step.get()
    if found is not None or not _executing:
        return found
    thread = current_thread()
    likely = [scope for scope, others in tuple(_executing) if thread not in others]
    return likely[0] if len(likely) == 1 else None


def step_in(home: str) -> StepScope | None:
    """The step that is executing, when its run is recorded in this home."""
    scope = current_step()
    return scope if scope is not None and scope.home == home else None


def is_composing() -> bool:
    """Whether a pipeline function is putting its steps together: what it asks for is lazy."""
    return _composing.get()


@contextmanager
def executing(scope: StepScope) -> Iterator[StepScope]:
    """Have a step be the one that executes."""
    token, inner = _step.set(scope), _composing.set(False)
    entry = scope, WeakSet(threads())
    _executing.append(entry)
    try:
        yield scope
    finally:
        _executing.remove(entry)
        _composing.reset(inner)
        _step.reset(token)


@contextmanager
def composing() -> Iterator[None]:
    """Have a pipeline function put its steps together."""
    token = _composing.set(True)
    try:
        yield
    finally:
        _composing.reset(token)
