"""What this thread executes: a step of a run, or a pipeline function that composes its steps.

Values are plain, so that every room above can ask. They are context variables. A thread that a
step starts does not inherit these: for such a thread the answer is the one step that executes,
when there is only one.
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
# Each with the threads that existed when the step began, so that the step has not started them.
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
    """Whether a pipeline function is composing its steps: what it loads then is lazy."""
    return _composing.get()


@contextmanager
def executing(scope: StepScope) -> Iterator[StepScope]:
    """Mark a step as the one that executes in the block."""
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
