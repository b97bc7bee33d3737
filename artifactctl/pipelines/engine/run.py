"""The execution of a run: each step is served by the cache or executed, up to `jobs` at a time.

One thread makes all decisions and records. The work of the steps is done in threads of their own,
or one after the other in that same thread.
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
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs.recording import OpenRun

if TYPE_CHECKING:
    from artifactctl.client import Client

_LOOK_S = 0.1
_OF_A_VALUE = (InvalidInputError, NotFoundError, UnsafeError)
"""Errors that a value can cause when it is saved, unlike errors of the store."""


@dataclass(frozen=True)
class Order:
    """The steps to run, and the options of their execution.

    The `crew` ends the processes of the steps when the run is cancelled; without one, threads are
    interrupted. With `in_threads`, each step runs in a thread of its own, up to `jobs` at a time. A
    step waits for up to `wait_s` seconds for other runs that write the same files; paths are shown
    relative to `folder`. With `wraps_errors`, an error that a value causes when it is saved is
    raised as `StepFailedError`. Versions that the cache serves get `tags`.
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


Published = dict[str, Mapping[str, ArtifactVersion]]


def execute(client: "Client", order: Order, watch: Watch) -> tuple[str, Published]:
    """Run the steps; return the run's ID, and the versions by step and output.

    When a step fails, no further step begins, running steps continue to their end, and the first
    error is recorded with the run and raised. The versions of completed steps stay.
    """
    begun = recorded(client, order.facts, watch)
    with output.apart(), begun as recorder:
        run = recorder.run
        claims = Claims(client.settings.home_path / FOLDER, run.id, run.name, outer_runs())
        turns = Turns(claims, recorder, order.folder, order.wait_s)
        execution = _Execution(recorder, order, turns)
        execution.run_all()
    return run.id, execution.published


@dataclass(frozen=True)
class _Begun:
    """A step under way, and the thread of its work, if it has one."""

    work: Work
    task: Task
    thread: threading.Thread | None = None
    began: float = field(default_factory=time.monotonic)

    def timed(self, facts: Mapping[str, object]) -> Mapping[str, object]:
        """The facts, with the duration of the step so far unless they contain one."""
        return {"duration_s": round(time.monotonic() - self.began, 3), **facts}


_Ended = Ran | BaseException


@dataclass
class _Execution:
    """A run under way; `published` are its versions by step and output."""

    recorder: Recorder
    order: Order
    turns: Turns
    published: Published = field(default_factory=dict)
    _waiting: list[Work] = field(default_factory=list)
    _begun: set[str] = field(default_factory=set)
    _own: set[str] = field(default_factory=set)
    _under_way: dict[str, _Begun] = field(default_factory=dict)
    _ended: "queue.SimpleQueue[tuple[str, _Ended]]" = field(default_factory=queue.SimpleQueue)

    @property
    def run(self) -> OpenRun:
        """The run as it is recorded."""
        return self.recorder.run

    def run_all(self) -> None:
        """Run every step; cancel the running steps when this is interrupted."""
        self._waiting = list(self.order.works)
        try:
            self._run_all()
        except BaseException as error:
            if self.run.is_here:
                self._cancel(error)
                names = [work.step.name for work in self._waiting]
                self.recorder.leave([name for name in names if name not in self._begun])
            raise
        finally:
            if self.run.is_here:
                if self.order.crew is not None:
                    self.order.crew.close()
                self.turns.claims.close()

    def _run_all(self) -> None:
        failure: BaseException | None = None
        while self._waiting or self._under_way:
            work = None if failure else self._next()
            try:
                if work is not None and self._begin(work):
                    self._waiting.remove(work)
                elif work is not None or self._under_way:
                    self._end_next(None if work is None else _LOOK_S)
                else:
                    break
            except (Exception, SystemExit) as error:  # raised after running steps have ended
                failure = failure or error
        if failure is not None:
            raise failure

    def _next(self) -> Work | None:
        """The first step that may begin; needed steps outside of the run are taken as done."""
        if len(self._under_way) >= self.order.jobs:
            return None
        pending = {work.step.name for work in self._waiting} | self._under_way.keys()
        return next((work for work in self._waiting if not pending & work.step.needs), None)

    def _begin(self, work: Work) -> bool:
        """Serve a step from the cache or start it; return False while others write its files."""
        step, inputs = work.step, work.inputs(self.published)
        # A waiting step comes here ten times a second, while others write the files that its key
        # would be made of.
        key = None if self.turns.is_waiting(step) else work.key(inputs)
        if self._reuse(work, inputs, key):
            return True
        if not self.turns.take(step):
            return False
        try:
            if step.writes:
                # Steps that wrote the same paths may have changed files or filled the cache.
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
        """Serve a step from the cache; return False when the cache has no outputs for it."""
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
        """Record that a step begins and execute it, in this thread or in one of its own."""
        name, details, locks = work.step.name, work.details(inputs), self.turns.claims.descriptors
        task = self.recorder.begin(work.step, details, inputs, key, self._own, locks)
        self._begun.add(name)
        begun = _Begun(work, task)
        try:
            job = work.start(task)
        except BaseException as error:
            self._fail(begun, error, {})
            raise
        if not self.order.in_threads:
            self._end(begun, _result(job, self.run))
            return
        # A new thread has empty context variables; the step gets a copy of the run's.
        target = contextvars.copy_context().run
        thread = threading.Thread(target=target, args=(self._work, name, job), daemon=True)
        self._under_way[name] = replace(begun, thread=thread)
        thread.start()

    def _work(self, name: str, job: Callable[[], Ran]) -> None:
        """The function of the step's own thread: puts the result of the job into the queue."""
        with suppress(KeyboardInterrupt):  # the interruption may come after the work
            self._ended.put((name, _result(job, self.run)))

    def _end_next(self, timeout_s: float | None) -> None:
        """Wait for a step to end, and publish its outputs."""
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
            if self.run.is_here:  # a forked process does not end the step
                self._fail(begun, error, facts)
            raise

    def _publish(self, begun: _Begun, ran: Ran) -> None:
        """Publish all outputs of a step, or none of them."""
        step, task = begun.work.step, begun.task
        outputs, measured = ran.outputs(), ran.measured()
        try:
            with ran.publishing():
                versions = self.recorder.end(
                    task, StepStatus.COMPLETED, ran.facts, outputs, measured
                )
        except _OF_A_VALUE as error:
            if not self.order.wraps_errors:
                raise
            raise task.failure(f"{type(error).__qualname__}: {error}") from error
        made = dict(zip([output.key for output in step.expected], versions, strict=True))
        self.published[step.name] = made
        self._own.update(version.id_text for version in versions)
        self.recorder.report(step, StepStatus.COMPLETED, begun.timed(ran.facts), made=made)

    def _fail(self, begun: _Begun, error: BaseException, facts: Mapping[str, object]) -> None:
        """Record and report that a step has failed.

        When the record cannot be written, that of the run still has the error.
        """
        status = StepStatus.CANCELLED if is_cancelled(error) else StepStatus.FAILED
        recorded_error = self.recorder.error(error)
        with suppress(OSError, ArtifactctlError):
            self.recorder.end(begun.task, status, {**facts, "error": recorded_error})
        self.recorder.report(begun.work.step, status, begun.timed(facts), error=recorded_error)
        begun.work.failed(begun.task, error)

    def _cancel(self, error: BaseException) -> None:
        """End the running steps and record it; a second interruption kills the processes."""
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
        """The name of a step that has ended, and its facts; after `until`, of one that has not."""
        with suppress(queue.Empty):
            name, ended = self._ended.get(timeout=max(0.0, until - time.monotonic()))
            return name, _facts(ended)
        return next(iter(self._under_way)), {}


def _interrupt(thread: threading.Thread | None) -> None:
    """Raise `KeyboardInterrupt` in a thread, as Ctrl-C does in the main thread.

    Python raises it between two byte code instructions, so that C code runs to its end first.
    Python has no way to kill a thread.
    """
    if thread is not None and thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt)
        )


def _result(job: Callable[[], Ran], run: OpenRun) -> _Ended:
    try:
        return job()
    except BaseException as error:  # the engine's own thread raises it
        if not run.is_here:  # a forked process does not end the step
            raise
        return error


def _facts(ended: _Ended) -> Mapping[str, object]:
    return {} if isinstance(ended, BaseException) else ended.facts
