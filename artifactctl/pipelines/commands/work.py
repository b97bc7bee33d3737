"""A command as the work of a step: inputs become files, written files become versions."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from artifactctl.enums import StepStatus
from artifactctl.errors import ConflictError, InvalidInputError, NotFoundError, UnsafeError
from artifactctl.pipelines.commands.keys import FileDigests, key_of
from artifactctl.pipelines.commands.metrics import read_metrics
from artifactctl.pipelines.commands.plan import CommandPlan, CommandStep
from artifactctl.pipelines.commands.processes import Command, Ended, NotStartedError, Processes
from artifactctl.pipelines.commands.publishing import Stamp, new_files, stamps_of, untouched
from artifactctl.pipelines.engine.cache import Key
from artifactctl.pipelines.engine.environment import environment_of, mark_of, step_environment
from artifactctl.pipelines.engine.step_log import StepLog
from artifactctl.pipelines.engine.work import Inputs, NewOutputs, Ran, Results, Step, Task
from artifactctl.pipelines.files.report import with_hint
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs import downloading
from artifactctl.verbs.downloading import HandedOut
from artifactctl.verbs.recording import Measured

if TYPE_CHECKING:
    from artifactctl.client import Client

Known = Mapping[str, Mapping[str, ArtifactVersion]]
"""The inputs that are versions of the catalog, by step and input's name."""

_SEARCHED_RUNS = 20
_NOT_STARTED = 127  # a shell's exit code for a program that it cannot find


@dataclass(frozen=True)
class Commands:
    """The values that the commands of one run share."""

    client: "Client"
    plan: CommandPlan
    known: Known
    digests: FileDigests
    processes: Processes = field(default_factory=Processes)


def works_of(shared: Commands) -> list["CommandWork"]:
    """The work of each step that has no mistake."""
    return [CommandWork(shared, step) for step in shared.plan.steps if step.is_sound]


@dataclass(frozen=True, slots=True)
class _Attempted:
    """The result of a command's last attempt; `reason` tells why it failed, None on success."""

    exit_code: int
    attempts: int
    duration_s: float
    reason: str | None

    @property
    def facts(self) -> dict[str, object]:
        """The values that are reported and recorded: exit code, attempts, seconds."""
        return {
            "exit_code": self.exit_code,
            "attempts": self.attempts,
            "duration_s": round(self.duration_s, 3),
        }


@dataclass(frozen=True)
class CommandWork:
    """The work of one step; without a command, the step only registers existing files."""

    shared: Commands
    planned: CommandStep

    @property
    def step(self) -> Step:
        """The step in the form that the engine uses."""
        planned, known = self.planned, self.shared.known[self.planned.name]
        return Step(
            planned.name,
            planned.expected,
            needs=frozenset(planned.needs),
            reads=planned.needs,
            may_be_cached=planned.may_be_cached,
            writes=planned.written,
            is_complete=known.keys() | planned.made.keys() >= planned.config.inputs.keys(),
        )

    def inputs(self, made: Results) -> Inputs:
        """The versions that the step reads."""
        found = self._versions(made)
        versions = {name: found[name] for name in self.planned.config.inputs}
        return Inputs(versions, list(versions.items()))

    def _versions(self, made: Results) -> dict[str, ArtifactVersion]:
        """The inputs that are known so far."""
        own = {
            name: made[one.step][one.key]
            for name, one in self.planned.made.items()
            if one.step in made
        }
        return {**own, **self.shared.known[self.planned.name]}

    def key(self, inputs: Inputs) -> Key | None:
        """The step's cache key; None when no later run may reuse its outputs."""
        if not self.planned.is_keyed:
            return None
        return key_of(self.shared.plan, self.planned, inputs.arguments, self.shared.digests)

    def details(self, _inputs: Inputs) -> Mapping[str, object]:
        """The command and its environment as they stand in the file."""
        config = self.planned.config
        details = {"command": config.command, "env": dict(config.env)}
        return {name: value for name, value in details.items() if value}

    def start(self, task: Task) -> Callable[[], Ran]:
        """Write the inputs as files; the function that is returned executes the command."""
        before = stamps_of(self.planned)
        if self.planned.config.command is None:
            return lambda: Ran(
                lambda: self._outputs(task, {}), measured=lambda: self._metrics(task)
            )
        handed = self._hand_out(task)
        paths = {name: one.path for name, one in handed.items()}
        # Last in the environment: no file can set the variables of the run itself.
        own = step_environment(task.run.id, self.planned.name, paths)
        environ = {**environment_of(self.shared.client), **self.planned.config.env, **own}
        self.shared.processes.guard(mark_of(task.run.id), task.locks)

        def execute() -> Ran:
            config, shared = self.planned.config, self.shared
            command = Command(self.planned.words, shared.plan.folder, environ, config.timeout_s)
            attempted = _attempt(command, config.retries, task.log, shared.processes)
            return Ran(
                lambda: self._made(task, attempted, handed, before),
                attempted.facts,
                lambda: self._metrics(task),
            )

        return execute

    def _hand_out(self, task: Task) -> dict[str, HandedOut]:
        handed = {}
        for name, version in task.inputs.versions:
            folder = task.run.folder / "inputs" / task.scope.step_id / name
            folder.mkdir(parents=True)
            handed[name] = downloading.hand_out(
                self.shared.client.home, version.id_text, str(folder)
            )
        return handed

    def _made(
        self,
        task: Task,
        attempted: _Attempted,
        handed: Mapping[str, HandedOut],
        before: Mapping[str, Stamp],
    ) -> NewOutputs:
        """The new versions of a command's files; raises `StepFailedError` if it failed."""
        if attempted.reason is not None:
            raise task.failure(attempted.reason)
        for name, one in handed.items():
            try:
                downloading.check_untouched(name, one)
            except ConflictError as error:
                raise task.failure(with_hint(error)) from None
        return self._outputs(task, before)

    def _outputs(self, task: Task, before: Mapping[str, Stamp]) -> NewOutputs:
        for path in untouched(self.planned, before):
            task.note(f"{self.planned.name}: {path!r} is as it was before the command ran")
        made, problems = new_files(self.shared.client, self.shared.plan, self.planned)
        if problems:
            raise task.failure("; ".join(problems))
        return made

    def _metrics(self, task: Task) -> Measured:
        """The metrics in the step's file; raises `StepFailedError` when they cannot be read."""
        if self.planned.metrics is None:
            return Measured()
        shown = self.planned.config.metrics or ""
        try:
            found = read_metrics(self.planned.metrics, self.shared.plan.folder, shown)
        except (NotFoundError, InvalidInputError, UnsafeError) as error:
            raise task.failure(with_hint(error)) from None
        if found.unknown:
            several = "1 value is" if found.unknown == 1 else f"{found.unknown} values are"
            task.note(f"{self.planned.name}: {several} NaN or infinite in {shown!r}; kept as null")
        return Measured(found.values, found.series)

    def failed(self, task: Task, error: BaseException) -> None:
        """Do nothing: a file of commands has no hooks."""

    def shown_command(self) -> str | Sequence[str] | None:
        """The command as it stands in the file."""
        return self.planned.config.command

    def shown_inputs(self, _inputs: Inputs | None, made: Results) -> Mapping[str, str]:
        """The versions that the step reads; those not made yet, as references from the file."""
        found = self._versions(made)
        return {
            name: found[name].ref if name in found else ref
            for name, ref in self.planned.config.inputs.items()
        }

    def difference(self, key: Key) -> str:
        """The reason why the cache has no outputs, from the step's last recorded run."""
        parts, pipeline = key.parts or {}, self.shared.plan.pipeline
        runs = self.shared.client.list_pipeline_runs(
            pipeline=f"equals:{pipeline}", size=_SEARCHED_RUNS
        )
        for run in runs.items:
            before = run.steps.get(self.planned.name)
            known = before.details.get("cache_parts") if before is not None else None
            if before is None or not known:
                continue
            if before.status == StepStatus.FAILED.value:
                return "it failed before"
            changed = [name for name in parts if parts[name] != known.get(name)]
            return f"changed: {', '.join(changed)}" if changed else "earlier outputs are gone"
        return "it has not run before"


def _attempt(command: Command, retries: int, log: StepLog, processes: Processes) -> _Attempted:
    """Execute a step's command, and again after a failure, up to `retries` more times."""
    began = time.monotonic()
    for number in range(1, retries + 2):
        ended, reason = _execute(command, processes, log)
        if reason is None or number > retries:
            break
        log.note(f"[{reason}; attempt {number + 1} of {retries + 1}]")
    return _Attempted(ended.exit_code, number, time.monotonic() - began, reason)


def _execute(command: Command, processes: Processes, log: StepLog) -> tuple[Ended, str | None]:
    try:
        ended = processes.execute(command, log)
    except NotStartedError as error:
        return Ended(_NOT_STARTED), f"its command could not be started ({error})"
    if ended.is_timeout:
        return ended, f"its command took longer than {command.timeout_s:g} s and was ended"
    if ended.exit_code < 0:
        return ended, f"its command was ended by signal {-ended.exit_code}"
    failed = f"its command ended with exit code {ended.exit_code}"
    return ended, failed if ended.exit_code else None
