"""A plan of commands is carried out: steps run, or the cache serves them, several at a time.

One thread talks to the catalog and decides; the others only wait for processes.
"""

import os
import queue
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.reading.finding import check_free
from artifactctl.context import StepScope
from artifactctl.enums import StepStatus
from artifactctl.errors import (
    ArtifactctlError,
    BusyError,
    ConflictError,
    StepFailedError,
)
from artifactctl.pipelines.commands.attempts import Attempted, Job, attempt, facts_of
from artifactctl.pipelines.commands.keys import FileDigests, Key, key_of
from artifactctl.pipelines.commands.plan import CommandPlan, CommandStep
from artifactctl.pipelines.commands.processes import GRACE_S, Processes
from artifactctl.pipelines.commands.publishing import (
    Stamp,
    new_files,
    stamps_of,
    untouched,
)
from artifactctl.pipelines.engine.cache import Reuse, find_served, remembered, serve
from artifactctl.pipelines.engine.claims import Claims, Conflict
from artifactctl.pipelines.engine.environment import mark_of, step_environment
from artifactctl.pipelines.engine.recording import described
from artifactctl.pipelines.engine.reports import StepReport, Watch
from artifactctl.pipelines.secrets import without
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.tags import names_of
from artifactctl.verbs import downloading, recording
from artifactctl.verbs.downloading import HandedOut
from artifactctl.verbs.recording import OpenRun, Outcome

if TYPE_CHECKING:
    from artifactctl.client import Client

_LOOK_S = 0.1


@dataclass(frozen=True)
class _Begun:
    """A step under way: recorded, its inputs laid out; `before` is what its outputs were then."""

    step: CommandStep
    scope: StepScope
    job: Job
    before: Mapping[str, Stamp]
    inputs: Mapping[str, HandedOut]


@dataclass
class _Wait:
    """A step whose outputs are written by others; `since` when by those of another run."""

    since: float | None = None


@dataclass
class CommandRun:
    """A run under way; `known` are versions of the catalog that are inputs, by step and name.

    `wait_s` is for how long a step waits for another run to have written what both write.
    """

    client: "Client"
    plan: CommandPlan
    run: OpenRun
    known: Mapping[str, Mapping[str, ArtifactVersion]]
    environ: Mapping[str, str]
    watch: Watch
    digests: FileDigests
    claims: Claims
    wait_s: float
    published: dict[str, dict[str, ArtifactVersion]] = field(default_factory=dict)
    _begun: dict[str, _Begun] = field(default_factory=dict)
    _waits: dict[str, "_Wait"] = field(default_factory=dict)
    _processes: Processes = field(default_factory=Processes)
    _ended: "queue.SimpleQueue[tuple[str, Attempted | BaseException]]" = field(
        default_factory=queue.SimpleQueue
    )

    def run_all(self, jobs: int) -> None:
        """Run every step, up to `jobs` at the same time.

        When one fails nothing further begins, those that run come to their end, and the first
        failure is raised.
        """
        try:
            self._run_all(jobs)
        except BaseException as error:
            self._cancel(error)
            raise
        finally:
            self._processes.close()
            self.claims.close()

    def _run_all(self, jobs: int) -> None:
        waiting = list(self.plan.steps)
        failure: Exception | None = None
        while waiting or self._begun:
            step = None if failure else self._next(waiting, jobs)
            try:
                if step is not None and self._begin(step):
                    waiting.remove(step)
                elif step is not None or self._begun:
                    self._end_next(None if step is None else _LOOK_S)
                else:
                    break
            except Exception as error:  # raised when the others have ended
                failure = failure or error
        if failure is not None:
            raise failure

    def _next(self, waiting: list[CommandStep], jobs: int) -> CommandStep | None:
        if len(self._begun) >= jobs:
            return None
        done = self.published.keys()
        pending = {step.name for step in waiting} | self._begun.keys()
        ready = (step for step in waiting if not pending & set(step.needs) - done)
        return next(ready, None)

    def _begin(self, step: CommandStep) -> bool:
        """Have a step served by the cache or started; not so while others write what it writes."""
        inputs = self._inputs(step)
        if step.name not in self._waits and self._reuse(step, inputs, self._key(step, inputs)):
            return True
        if not self._may_write(step):
            return False
        try:
            # Whoever has written the same until now may have filled the cache, or altered files.
            key = self._key(step, inputs)
            if self._reuse(step, inputs, key):
                return True
            for output in step.outputs:
                expected = output.expected
                if expected.version is not None:
                    check_free(self.client.catalog, expected.artifact, expected.version)
            self._start(step, inputs, self._record(step, inputs, key))
            return True
        finally:
            if step.name not in self._begun:
                self.claims.release(step.name)

    def _may_write(self, step: CommandStep) -> bool:
        """Whether nobody else writes the outputs of a step any more; raises `BusyError` at last."""
        conflict = self.claims.claim(step.name, [p for o in step.outputs for p in o.written])
        if conflict is None:
            return True
        wait = self._waits.setdefault(step.name, _Wait())
        if conflict.run_id == self.run.id:  # which ends in its own time, and its step with it
            wait.since = None
            return False
        said = self._said(step, conflict)
        if wait.since is None:
            wait.since = time.monotonic()
            if self.wait_s:
                self.watch.note(f"{said}; waiting for up to {self.wait_s:g} s")
        if time.monotonic() >= wait.since + self.wait_s:
            raise BusyError(said, hint="wait for it to end, for longer with --wait SECONDS")
        return False

    def _said(self, step: CommandStep, conflict: Conflict) -> str:
        shown = os.path.relpath(conflict.path, self.plan.folder)
        said = f"step {step.name!r} writes {shown!r}, as step {conflict.step!r} of run "
        return str(without(f"{said}{conflict.run!r} does at this moment", self.plan.secrets))

    def _start(
        self, step: CommandStep, inputs: Mapping[str, ArtifactVersion], scope: StepScope
    ) -> None:
        self.watch.began(step.name)
        job = Job(
            step,
            self.plan.folder,
            {},
            self.run.folder / f"{scope.step_id}.log",
            self.plan.secrets,
            lambda line: self.watch.line(step.name, line),
        )
        begun = _Begun(step, scope, job, stamps_of(step), {})
        try:
            if step.config.command is None:
                self._publish(begun, None)
                return
            begun = self._hand_out(begun, inputs)
        except BaseException as error:
            self._fail(begun, error, None)
            raise
        self._processes.guard(mark_of(self.run.id), self.claims.descriptors)
        self._begun[step.name] = begun
        threading.Thread(target=self._attempt, args=(begun,), daemon=True).start()

    def _attempt(self, begun: _Begun) -> None:
        """What the step's own thread does."""
        try:
            self._ended.put((begun.step.name, attempt(begun.job, self._processes)))
        except BaseException as error:  # raised by the thread that decides
            self._ended.put((begun.step.name, error))

    def _end_next(self, timeout_s: float | None) -> None:
        """Wait for a step that comes to its end, and publish what it made."""
        try:
            name, ended = self._ended.get(timeout=timeout_s)
        except queue.Empty:
            return
        try:
            self._end(self._begun.pop(name), ended)
        finally:
            self.claims.release(name)

    def _end(self, begun: _Begun, ended: Attempted | BaseException) -> None:
        attempted = ended if isinstance(ended, Attempted) else None
        try:
            if not isinstance(ended, Attempted):
                raise ended
            if ended.reason is not None:
                raise self._failure(begun.step, ended.reason, ended)
            self._check_inputs(begun, ended)
            self._publish(begun, ended)
        except BaseException as error:
            self._fail(begun, error, attempted)
            raise

    def _check_inputs(self, begun: _Begun, ended: Attempted) -> None:
        for name, handed in begun.inputs.items():
            try:
                downloading.check_untouched(name, handed)
            except ConflictError as error:
                said = "; ".join(filter(None, (error.message, error.hint)))
                raise self._failure(begun.step, said, ended) from None

    def _publish(self, begun: _Begun, ended: Attempted | None) -> None:
        step = begun.step
        for path in untouched(step, begun.before):
            said = f"{step.name}: {path!r} is as it was before the command ran"
            self.watch.note(without(said, self.plan.secrets))
        made, problems = new_files(self.client, self.plan, step)
        if problems:
            raise self._failure(step, "; ".join(problems), ended)
        done = Outcome(StepStatus.COMPLETED, facts_of(ended), log=begun.job.log, outputs=made)
        versions = recording.end_step(self.client.home, begun.scope, done)
        keys = [output.key for output in step.outputs]
        self.published[step.name] = dict(zip(keys, versions, strict=True))
        self._report(step, StepStatus.COMPLETED, ended)

    def _failure(self, step: CommandStep, reason: str, ended: Attempted | None) -> StepFailedError:
        message = without(
            f"step {step.name!r} of run {self.run.name!r} failed: {reason}", self.plan.secrets
        )
        tail = [f"  {step.name} | {line}" for line in (ended.tail if ended else ())]
        return StepFailedError(message, details=[message, *tail])

    def _fail(self, begun: _Begun, error: BaseException, ended: Attempted | None) -> None:
        """Record that a step has failed; where even that cannot be written, its run says so."""
        is_failure = isinstance(error, Exception)
        status = StepStatus.FAILED if is_failure else StepStatus.CANCELLED
        details = {**facts_of(ended), "error": described(error, self.plan.secrets)}
        with suppress(OSError, ArtifactctlError):
            outcome = Outcome(status, details, log=begun.job.log)
            recording.end_step(self.client.home, begun.scope, outcome)
        self._report(begun.step, status, ended)

    def _cancel(self, error: BaseException) -> None:
        """End what runs, and record it; whatever interrupts this ends it by force."""
        try:
            self._processes.stop()
        except BaseException:
            self._processes.kill()
            raise
        while self._begun:
            name, ended = self._last_word()
            self._fail(
                self._begun.pop(name), error, ended if isinstance(ended, Attempted) else None
            )

    def _last_word(self) -> tuple[str, Attempted | BaseException | None]:
        """What a step that was ended says; of one that never began, nothing."""
        with suppress(queue.Empty):
            return self._ended.get(timeout=GRACE_S)
        return next(iter(self._begun)), None

    def _inputs(self, step: CommandStep) -> dict[str, ArtifactVersion]:
        made = {name: self.published[one.step][one.key] for name, one in step.made.items()}
        return {name: (made | dict(self.known[step.name]))[name] for name in step.config.inputs}

    def _key(self, step: CommandStep, inputs: Mapping[str, ArtifactVersion]) -> Key | None:
        return key_of(self.plan, step, inputs, self.digests) if step.is_keyed else None

    def _reuse(
        self, step: CommandStep, inputs: Mapping[str, ArtifactVersion], key: Key | None
    ) -> bool:
        """Have an earlier step's outputs serve; whether there is one, still whole."""
        if key is None or not step.may_be_cached:
            return False
        served = find_served(self.client, key[0], step.expected)
        if served is None:
            return False
        used = [(name, version.id) for name, version in inputs.items()]
        details, tags = self._details(step, key), names_of(self.plan.config.cascading_tags)
        if not serve(self.client, self.run, served, Reuse(step.name, details, key[0], used, tags)):
            return False
        self.published[step.name] = dict(served.versions)
        self._report(step, StepStatus.CACHED, None)
        return True

    def _record(
        self, step: CommandStep, inputs: Mapping[str, ArtifactVersion], key: Key | None
    ) -> StepScope:
        step_id = recording.begin_step(
            self.client.home,
            self.run,
            step.name,
            details=self._details(step, key),
            cache_key=key and key[0],
            inputs=[(name, version.id) for name, version in inputs.items()],
        )
        home = self.client.settings.home.value
        run = self.run
        return StepScope(home, run.id, run.name, run.pipeline, step_id, step.name)

    def _details(self, step: CommandStep, key: Key | None) -> dict[str, Any]:
        """What is recorded of a step when it begins."""
        said = {"command": step.config.command, "env": dict(step.config.env)}
        given = {name: value for name, value in said.items() if value}
        hidden = without(given, self.plan.secrets)
        known = {**hidden, **remembered(step.expected)}
        return {**known, "cache_parts": key[1]} if key else known

    def _hand_out(self, begun: _Begun, inputs: Mapping[str, ArtifactVersion]) -> _Begun:
        """The same with its inputs laid out, and the environment that names them."""
        handed = {}
        for name, version in inputs.items():
            folder = self.run.folder / "inputs" / begun.scope.step_id / name
            folder.mkdir(parents=True)
            handed[name] = downloading.hand_out(self.client.home, version.id, str(folder))
        own = step_environment(self.run.id, begun.step.name, handed)
        environ = {**self.environ, **begun.step.config.env, **own}
        job = begun.job
        job = Job(job.step, job.folder, environ, job.log, job.secrets, job.show)
        return replace(begun, job=job, inputs=handed)

    def _report(self, step: CommandStep, status: StepStatus, ended: Attempted | None) -> None:
        refs = {key: version.ref for key, version in self.published.get(step.name, {}).items()}
        self.watch.ended(StepReport(step.name, status.value, refs, **facts_of(ended)))
