"""The records of a run, without secrets: catalog, logs, errors, reports."""

import traceback
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from artifactctl.context import StepScope
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.errors import ArtifactctlError, StaleCacheError, StepFailedError
from artifactctl.metadata import plain_metadata
from artifactctl.pipelines.engine.cache import Key, Served, remembered
from artifactctl.pipelines.engine.reports import StepReport, Watch
from artifactctl.pipelines.engine.step_log import StepLog
from artifactctl.pipelines.engine.work import Inputs, NewOutputs, Step, Task
from artifactctl.pipelines.secrets import without
from artifactctl.results.versions import ArtifactVersion
from artifactctl.tags import Tags
from artifactctl.verbs import recording
from artifactctl.verbs.recording import Measured, OpenRun, Outcome
from artifactctl.verbs.registering import NewFiles
from artifactctl.verbs.saving import NewObject

if TYPE_CHECKING:
    from artifactctl.client import Client

_NOTHING = Measured()


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts of a run that begins; `secrets` are texts that no record may contain.

    With `has_new_name`, a run of the same name is an error.
    """

    pipeline: str
    name: str
    details: Mapping[str, Any]
    tags: Tags
    metadata: Mapping[str, Any]
    secrets: Collection[str] = ()
    has_new_name: bool = False


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records and reports the steps of a run; a failed run did not begin those in `not_run`."""

    client: "Client"
    run: OpenRun
    watch: Watch
    secrets: Collection[str]
    not_run: list[str] = field(default_factory=list)

    def leave(self, steps: Sequence[str]) -> None:
        """Note the steps that are not run any more."""
        self.not_run.extend(steps)
        self.watch.left(steps)

    def begin(
        self,
        step: Step,
        details: Mapping[str, object],
        inputs: Inputs,
        key: Key | None,
        own: Collection[str],
        locks: Sequence[int],
    ) -> Task:
        """Record that a step begins, and open its log."""
        home, run = self.client.home, self.run
        step_id = recording.begin_step(
            home,
            run,
            step.name,
            details=self._details(step, details, key),
            cache_key=None if key is None else key.digest,
            inputs=inputs.ids,
        )
        at, given = home.settings.home.value, step.substitutions
        scope = StepScope(at, run.id, run.name, run.pipeline, step_id, step.name, given)
        show = partial(self.watch.line, step.name)
        path = run.folder / f"{step_id}.log" if step.keeps_log else None
        log = StepLog(path, self.secrets, show)
        failure = partial(self.failure, step.name, log)
        self.watch.began(step.name)
        return Task(run, scope, inputs, log, frozenset(own), locks, self.note, failure)

    def serve(
        self,
        step: Step,
        details: Mapping[str, object],
        inputs: Inputs,
        key: Key,
        served: Served,
        tags: Sequence[str],
    ) -> bool:
        """Record a cached step; return False when a version was deleted meanwhile.

        The versions it reuses get `tags`.
        """
        outcome = Outcome(
            StepStatus.CACHED, reused=served.named, reused_tags=tags, copied_from=served.source
        )
        try:
            recording.serve_step(
                self.client.home,
                self.run,
                step.name,
                details={**self._details(step, details, key), "cached_from": served.source},
                cache_key=key.digest,
                inputs=inputs.ids,
                outcome=outcome,
            )
        except StaleCacheError:  # deleted since it was found: the step has to run
            return False
        return True

    def end(
        self,
        task: Task,
        status: StepStatus,
        details: Mapping[str, object],
        outputs: NewOutputs = (),
        measured: Measured = _NOTHING,
    ) -> list[ArtifactVersion]:
        """Publish a step's outputs and record that it has ended; return the new versions."""
        task.log.close()
        outcome = Outcome(
            status,
            without(details, self.secrets),
            without(measured.metadata, self.secrets),
            log=task.log.path,
            used=task.scope.used,
            outputs=[(name, self._without_secrets(new)) for name, new in outputs],
            series=measured.series,
        )
        return recording.end_step(self.client.home, task.scope, outcome)

    def report(
        self,
        step: Step,
        status: StepStatus,
        facts: Mapping[str, Any],
        *,
        made: Mapping[str, ArtifactVersion] | None = None,
        error: Mapping[str, str] | None = None,
    ) -> None:
        """Report the end of a step; `error` is the recorded error of a failed one."""
        refs = {key: version.ref for key, version in (made or {}).items()}
        text = None if error is None else f"{error['type']}: {error['message']}"
        self.watch.ended(StepReport(step.name, status.value, refs, **facts, error=text))

    def note(self, text: str) -> None:
        """Tell the user something, without secrets."""
        self.watch.note(self.hidden(text))

    def failure(self, step: str, log: StepLog, reason: str) -> StepFailedError:
        """The error of a failed step, with the last lines of its output."""
        log.close()  # adds a last line without a line break to the tail
        message = self.hidden(f"step {step!r} of run {self.run.name!r} failed: {reason}")
        tail = [f"  {step} | {line}" for line in log.tail]
        return StepFailedError(message, details=[message, *tail])

    def error(self, error: BaseException) -> dict[str, str]:
        """The recorded form of an error."""
        return _error(error, self.secrets)

    def hidden(self, text: str) -> str:
        """The text without secrets."""
        return str(without(text, self.secrets))

    def _details(
        self, step: Step, details: Mapping[str, object], key: Key | None
    ) -> Mapping[str, object]:
        # Secrets are not replaced in digests, which may contain a short one by chance.
        kept = remembered(key, step.expected, step.expires_after)
        return {**without(details, self.secrets), **kept}

    def _without_secrets(self, new: NewObject | NewFiles) -> NewObject | NewFiles:
        if not self.secrets:
            return new
        kept = without(plain_metadata(new.spec.metadata), self.secrets)
        return replace(new, spec=replace(new.spec, metadata=kept))


@contextmanager
def recorded(
    client: "Client",
    facts: RunFacts,
    watch: Watch,
) -> Iterator[Recorder]:
    """Record a run that lasts as long as the block, and the error that the block raises."""
    with recording.begin_run(
        client.home,
        facts.pipeline,
        facts.name,
        details=_in_unicode(without(facts.details, facts.secrets)),
        tags=facts.tags,
        metadata=facts.metadata,
        has_new_name=facts.has_new_name,
    ) as run:
        watch.opened(run.id, run.name)
        recorder = Recorder(client, run, watch, facts.secrets)
        try:
            yield recorder
        except BaseException as error:
            if not run.is_here:  # a forked process does not end the run
                raise
            status = RunStatus.CANCELLED if is_cancelled(error) else RunStatus.FAILED
            # If writing fails, the next run that begins records that this one has ended.
            details: dict[str, object] = {"error": _error(error, facts.secrets)}
            if recorder.not_run:
                details["not_run"] = recorder.not_run
            with suppress(OSError, ArtifactctlError):
                recording.end_run(client.home, run.id, status, details)
            watch.closed(status)
            raise
        recording.end_run(client.home, run.id, RunStatus.COMPLETED, {})
        watch.closed(RunStatus.COMPLETED)


def is_cancelled(error: BaseException) -> bool:
    """Whether an error is an interruption, such as by a signal, and not a failure of code."""
    return not isinstance(error, Exception | SystemExit)


def _error(error: BaseException, secrets: Collection[str]) -> dict[str, str]:
    if isinstance(error, StepFailedError) and error.__cause__ is not None:
        error = error.__cause__  # the error that the step's own code raised
    if is_cancelled(error):
        return {"type": "Interrupted", "message": "it was asked to end"}
    texts = {"type": type(error).__qualname__, "message": str(error)}
    if not isinstance(error, StepFailedError):
        texts["traceback"] = "".join(traceback.format_exception(error))
    return {key: _in_unicode(without(text, secrets)) for key, text in texts.items()}


def _in_unicode(value: Any) -> Any:
    """The same JSON value with bytes that are not UTF-8, as paths may have, escaped."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_in_unicode(key): _in_unicode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_in_unicode(item) for item in value]
    return value
