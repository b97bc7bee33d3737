"""A run: each step is served by the cache or executed, up to a number of them at the same time.

One thread decides, and records what happens; the work of the steps is done in threads of their
own, or one step after the other in this very thread.
"""

import contextvars
import ctypes
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl.enums import StepStatus
from artifactctl.errors import ArtifactctlError, InvalidInputError, NotFoundError, UnsafeError
from artifactctl.pipelines.engine import output
from artifactctl.pipelines.engine.cache import Key, find_served
from artifactctl.pipelines.engine.claims import FOLDER, Claims
from artifactctl.pipelines.engine.environment import outer_runs
from artifactctl.pipelines.engine.plan import check_versions
from artifactctl.pipelines.engine.recording import Recorder, RunFacts, is_cancelled, recorded
from artifactctl.pipelines.engine.reports import Watch
from artifactctl.pipelines.engine.turns import Turns
from artifactctl.pipelines.engine.work import GRACE_S, Crew, Inputs, Ran, Task, Work
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.verbs.recording import OpenRun

if TYPE_CHECKING:
    from artifactctl.client import Client

_LOOK_S = 0.1
_OF_A_VALUE = (InvalidInputError, NotFoundError, UnsafeError)
"""What is wrong with a value that a step made, and not with the place where it is to be kept."""


def _nothing(*_: object) -> None:
    """The default hook."""


@dataclass(frozen=True)
class Order:
    """What is to be run, and how.

    The `crew` ends what executes when the run is cancelled; without one threads are interrupted.
    With `in_threads` the work of each step is done in a thread of its own, for `jobs` steps at the
    same time. A step waits for `wait_s` until others have written what it writes; paths are shown
    relative to `folder`. With `wraps_errors` what is wrong with the values of a step is raised as
    `StepFailedError`. Versions that the cache serves get `tags`.
    """

    facts: RunFacts
    works: Sequence[Work]
    crew: Crew | None = None
    jobs: int = 1
    in_threads: bool = True
    folder: Path = Path()
    wait_s: float = 0
    wraps_errors: bool = False
    tags: Sequence[str] = ()
    on_success: Callable[[], None] = _nothing
    on_failure: Callable[[BaseException], None] = _nothing


Published = dict[str, Mapping[str, ArtifactVersion]]


def execute(client: "Client", order: Order, watch: Watch) -> tuple[str, Published]:
    """Run the steps; return the run's ID, and the versions by step and output.

    When a step fails nothing further begins, those that run come to their end, and the first
    failure is raised; it is recorded with the run. Versions of steps that had ended stay.
    """
    begun = recorded(client, order.facts, watch, order.on_failure)
    with output.apart(), begun as recorder:
        run = recorder.run
        claims = Claims(client.settings.home_path / FOLDER, run.id, run.name, outer_runs())
        turns = Turns(claims, recorder, order.folder, order.wait_s)
        execution = Execution(recorder, order, turns)
        execution.run_all()
        order.on_success()
    return run.id, execution.published


@dataclass(frozen=True)
class _Begun:
    """A step under way, and the thread that does its work, if it has one."""

    work: Work
    task: Task
    thread: threading.Thread | None = None
    began: float = field(default_factory=time.monotonic)

    def timed(self, facts: Mapping[str, object]) -> Mapping[str, object]:
        """The facts with the time that the step has taken, unless they say it."""
        return {"duration_s": round(time.monotonic() - self.began, 3), **facts}


_Ended = Ran | BaseException


@dataclass
class Execution:
    """A run under way, and what its steps have made: by step, then by output."""

    recorder: Recorder
    order: Order
    turns: Turns
    published: Published = field(default_factory=dict)
    _own: set[str] = field(default_factory=set)
    _under_way: dict[str, _Begun] = field(default_factory=dict)
    _ended: "queue.SimpleQueue[tuple[str, _Ended]]" = field(default_factory=queue.SimpleQueue)

    @property
    def run(self) -> OpenRun:
        """The run as it is recorded."""
        return self.recorder.run

    def run_all(self) -> None:
        """Run every step, or cancel those that run when it is interrupted."""
        try:
            self._run_all()
        except BaseException as error:
            if self.run.is_here:
                self._cancel(error)
            raise
        finally:
            if self.run.is_here:
                if self.order.crew is not None:
                    self.order.crew.close()
                self.turns.claims.close()

    def _run_all(self) -> None:
        waiting = list(self.order.works)
        failure: BaseException | None = None
        while waiting or self._under_way:
            work = None if failure else self._next(waiting)
            try:
                if work is not None and self._begin(work):
                    waiting.remove(work)
                elif work is not None or self._under_way:
                    self._end_next(None if work is None else _LOOK_S)
                else:
                    break
            except (Exception, SystemExit) as error:  # raised when the others have ended
                failure = failure or error
        if failure is not None:
            raise failure

    def _next(self, waiting: Sequence[Work]) -> Work | None:
        """The first step that may begin; steps that are not part of the run are not waited for."""
        if len(self._under_way) >= self.order.jobs:
            return None
        pending = {work.step.name for work in waiting} | self._under_way.keys()
        return next((work for work in waiting if not pending & work.step.needs), None)

    def _begin(self, work: Work) -> bool:
        """Reuse what the cache has for a step, or start it; not while others write what it writes.

        Whether it has begun.
        """
        step, inputs = work.step, work.inputs(self.published)
        key = None if self.turns.is_waiting(step) else work.key(inputs)
        if self._reuse(work, inputs, key):
            return True
        if not self.turns.take(step):
            return False
        try:
            if step.writes:
                # Others that wrote the same until now may have filled the cache, or altered files.
                key = work.key(inputs)
                if self._reuse(work, inputs, key):
                    return True
            check_versions(self.recorder.client, step)
            self._start(work, inputs, key)
            return True
        finally:
            if step.name not in self._under_way:
                self.turns.claims.release(step.name)

    def _reuse(self, work: Work, inputs: Inputs, key: Key | None) -> bool:
        """Let an earlier step's outputs serve; whether there is one, still whole."""
        step = work.step
        if key is None or not step.may_be_cached:
            return False
        served = find_served(self.recorder.client, key, step.expected, step.expires_after)
        if served is None:
            return False
        details = work.details(inputs)
        if not self.recorder.serve(step, details, inputs, key, served, self.order.tags):
            return False
        self.published[step.name] = dict(served.versions)
        self.recorder.report(step, StepStatus.CACHED, {}, made=served.versions)
        return True

    def _start(self, work: Work, inputs: Inputs, key: Key | None) -> None:
        """Record that a step begins, and execute it: here, or in a thread."""
        name, details, locks = work.step.name, work.details(inputs), self.turns.claims.descriptors
        task = self.recorder.begin(work.step, details, inputs, key, self._own, locks)
        begun = _Begun(work, task)
        try:
            job = work.start(task)
        except BaseException as error:
            self._fail(begun, error, {})
            raise
        if not self.order.in_threads:
            self._end(begun, _result(job, self.run))
            return
        # The step's code sees the context variables that the run was begun with.
        target = contextvars.copy_context().run
        thread = threading.Thread(target=target, args=(self._work, name, job), daemon=True)
        self._under_way[name] = replace(begun, thread=thread)
        thread.start()

    def _work(self, name: str, job: Callable[[], Ran]) -> None:
        """What the step's own thread does."""
        with suppress(KeyboardInterrupt):  # the interruption may come when the work is done
            self._ended.put((name, _result(job, self.run)))

    def _end_next(self, timeout_s: float | None) -> None:
        """Wait for a step that comes to its end, and publish what it made."""
        try:
            name, ended = self._ended.get(timeout=timeout_s)
        except queue.Empty:
            return
        try:
            self._end(self._under_way.pop(name), ended)
        finally:
            self.turns.claims.release(name)

    def _end(self, begun: _Begun, ended: _Ended) -> None:
        facts = _facts(ended)
        try:
            if isinstance(ended, BaseException):
                raise ended
            self._publish(begun, ended)
        except BaseException as error:
            if self.run.is_here:  # a fork that leaves the step ends nothing
                self._fail(begun, error, facts)
            raise

    def _publish(self, begun: _Begun, ran: Ran) -> None:
        """Make what a step has made its outputs, all of it or nothing."""
        step, task = begun.work.step, begun.task
        outputs = ran.outputs()
        try:
            versions = self.recorder.end(task, StepStatus.COMPLETED, ran.facts, outputs)
        except _OF_A_VALUE as error:
            if not self.order.wraps_errors:
                raise
            raise task.failure(f"{type(error).__qualname__}: {error}") from error
        made = dict(zip([output.key for output in step.expected], versions, strict=True))
        self.published[step.name] = made
        self._own.update(version.id for version in versions)
        self.recorder.report(step, StepStatus.COMPLETED, begun.timed(ran.facts), made=made)

    def _fail(self, begun: _Begun, error: BaseException, facts: Mapping[str, object]) -> None:
        """Record that a step has failed; where even that cannot be written, its run says so."""
        status = StepStatus.CANCELLED if is_cancelled(error) else StepStatus.FAILED
        said = self.recorder.error(error)
        with suppress(OSError, ArtifactctlError):
            self.recorder.end(begun.task, status, {**facts, "error": said})
        self.recorder.report(begun.work.step, status, begun.timed(facts), error=said)
        begun.work.failed(error)

    def _cancel(self, error: BaseException) -> None:
        """End what runs, and record it; what interrupts this ends it by force."""
        crew = self.order.crew
        if crew is None:
            for begun in self._under_way.values():
                _interrupt(begun.thread)
        else:
            try:
                crew.stop()
            except BaseException:
                crew.kill()
                raise
        until = time.monotonic() + GRACE_S
        while self._under_way:
            name, facts = self._last_word(until)
            self._fail(self._under_way.pop(name), error, facts)

    def _last_word(self, until: float) -> tuple[str, Mapping[str, object]]:
        """A step that was cancelled, and what is known of how it ended."""
        with suppress(queue.Empty):
            name, ended = self._ended.get(timeout=max(0.0, until - time.monotonic()))
            return name, _facts(ended)
        return next(iter(self._under_way)), {}


def _interrupt(thread: threading.Thread | None) -> None:
    """Raise `KeyboardInterrupt` in a thread, as Ctrl-C does in the main one.

    It comes between two instructions of Python: code that waits in C goes on until that is done.
    No thread can be ended by force.
    """
    if thread is not None and thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt)
        )


def _result(job: Callable[[], Ran], run: OpenRun) -> _Ended:
    try:
        return job()
    except BaseException as error:  # raised by the thread that decides
        if not run.is_here:  # a fork that leaves the step ends nothing
            raise
        return error


def _facts(ended: _Ended) -> Mapping[str, object]:
    return {} if isinstance(ended, BaseException) else ended.facts
