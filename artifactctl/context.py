"""The context of the current thread: a running step, or a pipeline function that is composing.

The values are plain, so that every package can read them. They are context variables, which a
thread that a step starts does not inherit: such a thread gets the only running step, if exactly one
is running that may have started it.
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
    """The running step: its IDs and names, and the versions that it has loaded.

    `used` are names and IDs of versions that its code loaded; `substitutions` fill placeholders in
    names. `folders` are temporary folders that are removed when the step has ended.
    """

    home: str
    run_id: str
    run_name: str
    pipeline: str
    step_id: str
    step: str
    substitutions: Mapping[str, str] = field(default_factory=dict)
    used: list[tuple[str, str]] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)


_step: ContextVar[StepScope | None] = ContextVar("artifactctl_step", default=None)
# Each step with the threads that existed when it began: it cannot have started these.
_executing: list[tuple[StepScope, WeakSet[Thread]]] = []
_composing: ContextVar[bool] = ContextVar("artifactctl_composing", default=False)


def current_step() -> StepScope | None:
    """Return the running step of this thread, or None."""
    found = _step.get()
    if found is not None or not _executing:
        return found
    thread = current_thread()
    likely = [scope for scope, others in tuple(_executing) if thread not in others]
    return likely[0] if len(likely) == 1 else None


def step_in(home: str) -> StepScope | None:
    """Return the running step of this thread when its run is recorded in this home, else None."""
    scope = current_step()
    return scope if scope is not None and scope.home == home else None


def is_composing() -> bool:
    """Return whether a pipeline function is composing its steps; loading is lazy then."""
    return _composing.get()


@contextmanager
def executing(scope: StepScope) -> Iterator[StepScope]:
    """Mark a step as running during the block."""
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
    """Mark the block as a pipeline function that composes its steps."""
    token = _composing.set(True)
    try:
        yield
    finally:
        _composing.reset(token)
