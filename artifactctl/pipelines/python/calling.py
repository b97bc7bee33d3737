"""One call of a step's function: its inputs are loaded, its outputs become new versions."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from artifactctl.enums import ArtifactSaveType
from artifactctl.errors import InvalidInputError, WrongUsageError, concerning
from artifactctl.materializers import materializer_declared
from artifactctl.pipelines.engine.output import captured
from artifactctl.pipelines.engine.outputs import Expected
from artifactctl.pipelines.engine.work import Task
from artifactctl.pipelines.python import step_context
from artifactctl.pipelines.python.annotations import class_of, classes_of
from artifactctl.pipelines.python.hooks import call_hook
from artifactctl.pipelines.python.input_artifacts import UnmaterializedArtifact
from artifactctl.pipelines.python.inputs import as_annotated, load_all
from artifactctl.pipelines.python.plan import Plan, PlannedStep
from artifactctl.pipelines.python.signatures import values_of
from artifactctl.pipelines.python.step_context import Addition, StepContext
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs import loading
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.saving import NewObject

if TYPE_CHECKING:
    from artifactctl.client import Client

_LOOK_S = 0.1


@dataclass(frozen=True)
class Functions:
    """The values that the functions of one run share.

    `saved` are the IDs of versions that the run saved as inputs. With `wraps_errors`, an error of a
    function is raised as `StepFailedError`. `state` is the result of the pipeline's `on_init`.
    """

    client: "Client"
    plan: Plan
    wraps_errors: bool = False
    saved: set[str] = field(default_factory=set)
    state: Any = None


@dataclass(frozen=True)
class Calling:
    """The function of a planned step, about to be called; `client` is that of its thread."""

    functions: Functions
    planned: PlannedStep
    task: Task
    client: "Client"

    def attempt(self) -> tuple[list[tuple[str, NewObject]], int]:
        """Call the function, after a failure again if the step is retried.

        Return the new versions by the output's name, and the number of calls.
        """
        retry = self.planned.options.retry
        delays = [] if retry is None else list(retry.delays_s)
        for number, delay in enumerate(delays, 1):
            try:
                return self._call(wraps_errors=False), number
            except (Exception, SystemExit) as error:
                if not self.task.run.is_here:
                    raise
                reason = f"{type(error).__qualname__}; attempt {number + 1} of {len(delays) + 1}"
                self.task.log.note(f"[{reason}]")
            self._remove_folders()
            _wait(delay)
        return self._call(wraps_errors=self.functions.wraps_errors), len(delays) + 1

    @contextlib.contextmanager
    def publishing(self) -> Iterator[None]:
        """The step's context while its outputs are saved; then its temporary folders go."""
        try:
            with step_context.running(self._context({})):
                yield
        finally:
            self._remove_folders()

    def _call(self, *, wraps_errors: bool) -> list[tuple[str, NewObject]]:
        planned, definition, task = self.planned, self.planned.invocation.step, self.task
        added = {output.key: Addition() for output in planned.expected}
        # A failure closes the log, so that it is made after the error's traceback is in it.
        here = self._context(added)
        with step_context.running(here), here.points.written():
            with self._failing(wraps_errors, InvalidInputError), captured(task.log):
                loaded = self._load()
            with (
                self._failing(wraps_errors, Exception, SystemExit),
                captured(task.log),
                self._environment(),
            ):
                result = definition.entrypoint(
                    **as_annotated(planned.name, definition.signature, planned.arguments, loaded)
                )
                if not task.run.is_here:
                    raise WrongUsageError(
                        f"a forked process returned from step {planned.name!r}",
                        hint="end it with os._exit()",
                    )
                values = values_of(planned.name, result, definition.signature)
                call_hook(planned.on_success)
        return self._outputs(values, added)

    def _context(self, added: dict[str, Addition]) -> StepContext:
        planned = self.planned
        return StepContext(
            self.client,
            self.task.scope,
            planned.arguments,
            added,
            self.functions.plan.options.configured,
            planned.options.configured,
            self.functions.state,
            {out.key: (classes_of(out.annotation), out.materializer) for out in planned.expected},
        )

    @contextlib.contextmanager
    def _environment(self) -> Iterator[None]:
        """Set the step's environment variables; steps in other threads see them too."""
        given = {name: str(value) for name, value in self.planned.options.environment.items()}
        before = {name: os.environ.get(name) for name in given}
        os.environ.update(given)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    @contextlib.contextmanager
    def _failing(self, wraps_errors: bool, *kinds: type[BaseException]) -> Iterator[None]:
        """Raise errors of these kinds as the step's failure, with `wraps_errors`."""
        try:
            yield
        except kinds as error:
            if not wraps_errors or not self.task.run.is_here:
                raise
            raise self.task.failure(f"{type(error).__qualname__}: {error}") from error

    def _load(self) -> dict[str, object]:
        name, types = self.planned.name, self.planned.invocation.step.signature.types

        def load(input_name: str, version: ArtifactVersion, is_trusted: bool) -> object:
            # Versions made by this run are trusted; those from the cache may be another user's.
            is_own = version.id_text in self.task.own | self.functions.saved
            if types.get(input_name) is UnmaterializedArtifact:
                return UnmaterializedArtifact.of_version(version)
            with concerning(f"input {input_name!r} of step {name!r}", done="loaded"):
                return loading.load(
                    self.client.home,
                    version.id_text,
                    allow_pickle=is_trusted or is_own,
                    wanted=class_of(types.get(input_name)),
                )

        used = self.task.scope.used
        before = len(used)
        loaded = load_all(self.task.inputs.arguments, load)
        del used[before:]  # these are inputs of the step, not versions that its code looked up
        return loaded

    def _outputs(
        self, values: Sequence[object], added: Mapping[str, Addition]
    ) -> list[tuple[str, NewObject]]:
        return [
            (output.name, self._new(output, value, added[output.key]))
            for output, value in zip(self.planned.expected, values, strict=True)
        ]

    def _new(self, output: Expected, value: object, added: Addition) -> NewObject:
        """The new version of a value, with the labels that the step's function added."""
        spec = VersionSpec(
            output.artifact,
            output.version,
            output.type,
            (*output.tags, *added.tags, *self.functions.plan.cascading_tags),
            {**output.metadata, **added.metadata},
            output.has_custom_name,
            ArtifactSaveType.STEP_OUTPUT,
        )
        declared = materializer_declared(value, classes_of(output.annotation))
        options = self.planned.options
        return NewObject(
            value,
            spec,
            output.materializer or declared,
            options.enable_artifact_metadata is not False,
            options.enable_artifact_visualization is not False,
        )

    def _remove_folders(self) -> None:
        folders = self.task.scope.folders
        while folders:
            shutil.rmtree(folders.pop(), ignore_errors=True)


def _wait(delay_s: float) -> None:
    """Sleep in short pieces, between which the thread can be interrupted."""
    until = time.monotonic() + delay_s
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _LOOK_S))
