"""A run: each step is served by the cache or executed, up to a number of them at the same time.

One thread decides, and records what happens; the work of the steps is done in threads of their
own, or one step after the other in this very thread.
"""

import contextvars
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl.context import StepScope
from artifactctl.enums import StepStatus
from artifactctl.errors import (
    ArtifactctlError,
    InvalidInputError,
    NotFoundError,
    StepFailedError,
    UnsafeError,
)
from artifactctl.pipelines.engine import output
from artifactctl.pipelines.engine.cache import Key, find_served
from artifactctl.pipelines.engine.claims import FOLDER, Claims
from artifactctl.pipelines.engine.environment import outer_runs
from artifactctl.pipelines.engine.output import StepLog
from artifactctl.pipelines.engine.plan import check_versions
from artifactctl.pipelines.engine.recording import Recorder, RunFacts, is_cancelled, recorded
from artifactctl.pipelines.engine.reports import StepReport, Watch
from artifactctl.pipelines.engine.turns import Turns
from artifactctl.pipelines.engine.work import (
    GRACE_S,
    Crew,
    Inputs,
    NewOutputs,
    Ran,
    Step,
    Task,
    Work,
)
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.verbs.recording import OpenRun, Outcome

if TYPE_CHECKING:
    from artifactctl.client import Client

_LOOK_S = 0.1
_OF_A_VALUE = (InvalidInputError, NotFoundError, UnsafeError)
"""What is wrong with a value that a step made, and not with the place where it is to be kept."""


def _nothing(*_: object) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Order:
    """What is to be run, and how.

    With `in_threads` the work of each step is done in a thread of its own, for `jobs` steps at the
    same time. A step waits for `wait_s` until others have written what it writes; paths are shown
    relative to `folder`. With `wraps_errors` what is wrong with the values of a step is raised as
    `StepFailedError`. Versions that the cache serves get `tags`.
    """

    facts: RunFacts
    works: Sequence[Work]
    crew: Crew
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
    """A step under way."""

    work: Work
    task: Task
    began: float = field(default_factory=time.monotonic)


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
        self._report(step, StepStatus.CACHED, {})
        return True

    def _start(self, work: Work, inputs: Inputs, key: Key | None) -> None:
        """Record that a step begins, and execute it: here, or in a thread."""
        begun = _Begun(work, self._task(work, inputs, key))
        name = work.step.name
        self.recorder.watch.began(name)
        try:
            job = work.start(begun.task)
        except BaseException as error:
            self._fail(begun, error, {})
            raise
        if not self.order.in_threads:
            self._end(begun, _result(job, self.run))
            return
        self._under_way[name] = begun
        # The step's code sees the context variables that the run was begun with.
        target = contextvars.copy_context().run
        threading.Thread(target=target, args=(self._work, name, job), daemon=True).start()

    def _task(self, work: Work, inputs: Inputs, key: Key | None) -> Task:
        step, run, recorder = work.step, self.run, self.recorder
        step_id = recorder.begin(step, work.details(inputs), inputs, key)
        home = recorder.client.settings.home.value
        scope = StepScope(
            home, run.id, run.name, run.pipeline, step_id, step.name, step.substitutions
        )
        log = recorder.log(scope)
        return Task(
            run,
            scope,
            inputs,
            log,
            frozenset(self._own),
            self.turns.claims.descriptors,
            recorder.note,
            lambda reason: _failure(recorder, step, log, reason),
        )

    def _work(self, name: str, job: Callable[[], Ran]) -> None:
        """What the step's own thread does."""
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
        task.log.close()
        done = _outcome(task, StepStatus.COMPLETED, ran.facts, outputs)
        try:
            versions = self.recorder.end(task.scope, done)
        except _OF_A_VALUE as error:
            if not self.order.wraps_errors:
                raise
            raise task.failure(f"{type(error).__qualname__}: {error}") from error
        keys = [output.key for output in step.expected]
        self.published[step.name] = dict(zip(keys, versions, strict=True))
        self._own.update(version.id for version in versions)
        self._report(step, StepStatus.COMPLETED, _timed(begun, ran.facts))

    def _fail(self, begun: _Begun, error: BaseException, facts: Mapping[str, Any]) -> None:
        """Record that a step has failed; where even that cannot be written, its run says so."""
        status = StepStatus.CANCELLED if is_cancelled(error) else StepStatus.FAILED
        said = self.recorder.error(error)
        task = begun.task
        task.log.close()
        outcome = _outcome(task, status, {**facts, "error": said})
        with suppress(OSError, ArtifactctlError):
            self.recorder.end(task.scope, outcome)
        reason = f"{said['type']}: {said['message']}"
        self._report(begun.work.step, status, _timed(begun, facts), reason)
        begun.work.failed(error)

    def _cancel(self, error: BaseException) -> None:
        """End what runs, and record it; what interrupts this ends it by force."""
        try:
            self.order.crew.stop()
        except BaseException:
            self.order.crew.kill()
            raise
        until = time.monotonic() + GRACE_S
        while self._under_way:
            name, facts = self._last_word(until)
            self._fail(self._under_way.pop(name), error, facts)

    def _last_word(self, until: float) -> tuple[str, Mapping[str, Any]]:
        """A step that was cancelled, and what is known of how it ended."""
        with suppress(queue.Empty):
            name, ended = self._ended.get(timeout=max(0.0, until - time.monotonic()))
            return name, _facts(ended)
        return next(iter(self._under_way)), {}

    def _report(
        self, step: Step, status: StepStatus, facts: Mapping[str, Any], error: str | None = None
    ) -> None:
        made = self.published.get(step.name, {})
        refs = {key: version.ref for key, version in made.items()}
        self.recorder.report(StepReport(step.name, status.value, refs, **facts, error=error))


def _failure(recorder: Recorder, step: Step, log: StepLog, reason: str) -> StepFailedError:
    log.close()  # its last line may have no end
    return recorder.failure(step.name, reason, log.tail)


def _outcome(
    task: Task, status: StepStatus, details: Mapping[str, Any], outputs: NewOutputs = ()
) -> Outcome:
    return Outcome(status, details, log=task.log.path, used=task.scope.used, outputs=outputs)


def _result(job: Callable[[], Ran], run: OpenRun) -> _Ended:
    try:
        return job()
    except BaseException as error:  # raised by the thread that decides
        if not run.is_here:  # a fork that leaves the step ends nothing
            raise
        return error


def _facts(ended: _Ended) -> Mapping[str, Any]:
    return {} if isinstance(ended, BaseException) else ended.facts


def _timed(begun: _Begun, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"duration_s": round(time.monotonic() - begun.began, 3), **facts}
