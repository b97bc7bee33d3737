"""A Python function as the work of a step."""

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import get_ident
from typing import TYPE_CHECKING, Any

from artifactctl.client.current import shared
from artifactctl.enums import ArtifactSaveType
from artifactctl.errors import InvalidInputError, WrongUsageError, concerning
from artifactctl.materializers import materializer_declared
from artifactctl.metadata import plain_metadata
from artifactctl.pipelines.engine.cache import Key
from artifactctl.pipelines.engine.output import captured
from artifactctl.pipelines.engine.outputs import Expected
from artifactctl.pipelines.engine.work import Inputs, Ran, Results, Step, Task
from artifactctl.pipelines.python import step_context
from artifactctl.pipelines.python.annotations import class_of, classes_of
from artifactctl.pipelines.python.composing import StepArtifact, handles_in
from artifactctl.pipelines.python.external import ExternalArtifact
from artifactctl.pipelines.python.inputs import (
    as_annotated,
    described,
    load_all,
    resolve,
    versions_in,
)
from artifactctl.pipelines.python.keys import cache_key
from artifactctl.pipelines.python.options import Hook
from artifactctl.pipelines.python.plan import Plan, PlannedStep
from artifactctl.pipelines.python.returned import values_of
from artifactctl.pipelines.python.step_context import Addition, StepContext, outputs_added
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.tags import Tag
from artifactctl.verbs import loading, saving
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.saving import NewObject

if TYPE_CHECKING:
    from artifactctl.client import Client


@dataclass(frozen=True)
class Functions:
    """The values that the functions of one run share.

    `saved` are the IDs of versions that the run saved as inputs. With `wraps_errors`, an error of a
    function is raised as `StepFailedError`.
    """

    client: "Client"
    plan: Plan
    wraps_errors: bool = False
    saved: set[str] = field(default_factory=set)


def works_of(functions: Functions) -> list["FunctionWork"]:
    """The work of each step."""
    return [FunctionWork(functions, step) for step in functions.plan.steps]


def cascading_tags(plan: Plan) -> list[Tag]:
    """The tags of all versions that a run makes or reuses."""
    return [tag for tag in plan.options.tags if isinstance(tag, Tag) and tag.cascade]


def call_hook(hook: Hook | None, error: BaseException | None = None) -> None:
    """Call a hook, with the error if there is one and the hook takes parameters."""
    if hook is None:
        return
    takes_error = error is not None and inspect.signature(hook).parameters
    hook(error) if takes_error else hook()


def recorded_options(said: Mapping[str, Any]) -> dict[str, Any]:
    """The configured `extra` and `settings` in their recorded form."""
    return {key: plain_metadata(value) for key, value in said.items()}


@dataclass(frozen=True)
class FunctionWork:
    """The work of one step: load its inputs, call its function."""

    functions: Functions
    planned: PlannedStep

    @property
    def step(self) -> Step:
        """The step in the form that the engine uses."""
        planned = self.planned
        return Step(
            planned.name,
            planned.expected,
            needs=frozenset(planned.invocation.upstream),
            reads=tuple(sorted({handle.invocation_id for handle in self._handles()})),
            may_be_cached=planned.may_be_cached,
            expires_after=planned.cache_policy.expires_after,
            substitutions=planned.substitutions,
        )

    def inputs(self, made: Results) -> Inputs:
        """The arguments; values from outside of the pipeline are saved as versions."""
        arguments = resolve(
            self.planned.name, self.planned.arguments, made, self.functions.client, self._save
        )
        return Inputs(arguments, versions_in(arguments))

    def key(self, inputs: Inputs) -> Key:
        """The step's cache key."""
        return Key(cache_key(self.planned, inputs.arguments))

    def details(self, inputs: Inputs) -> Mapping[str, object]:
        """The function's name, its plain parameters and the configured options."""
        versions = {name for name, _ in inputs.versions}
        plain = {name: value for name, value in inputs.arguments.items() if name not in versions}
        return {
            "source": self.shown_command(),
            "parameters": described(self.planned.name, plain, lambda version: version.ref),
            **recorded_options(self.planned.said),
        }

    def start(self, task: Task) -> Callable[[], Ran]:
        """Return a function for any thread that loads the inputs and calls the step's function."""
        here = get_ident()

        def execute() -> Ran:
            is_apart = get_ident() != here
            with self._client(is_apart) as client:
                outputs = self._call(task, client)
            return Ran(lambda: outputs)

        return execute

    @contextlib.contextmanager
    def _client(self, is_apart: bool) -> "Iterator[Client]":
        """The client for this thread: another thread gets one of its own."""
        mine = self.functions.client
        if not is_apart:
            yield mine
            return
        with contextlib.closing(shared(mine.settings, type(mine).of)) as client:
            yield client

    def _call(self, task: Task, client: "Client") -> list[tuple[str, NewObject]]:
        planned, definition = self.planned, self.planned.invocation.step
        added = outputs_added([output.key for output in planned.expected])
        here = StepContext(
            client, task.scope, planned.arguments, added, self.functions.plan.said, planned.said
        )
        with self._failing(task, InvalidInputError), captured(task.log):
            loaded = self._load(task, client)
        with (
            self._failing(task, Exception, SystemExit),
            captured(task.log),
            step_context.running(here),
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
            call_hook(definition.options.on_success)
        return self._outputs(values, added)

    @contextlib.contextmanager
    def _failing(self, task: Task, *kinds: type[BaseException]) -> Iterator[None]:
        """Raise errors of these kinds as the step's failure, with `wraps_errors`."""
        try:
            yield
        except kinds as error:
            if not self.functions.wraps_errors or not task.run.is_here:
                raise
            raise task.failure(f"{type(error).__qualname__}: {error}") from error

    def _load(self, task: Task, client: "Client") -> dict[str, object]:
        name, types = self.planned.name, self.planned.invocation.step.signature.types

        def load(input_name: str, version: ArtifactVersion, is_trusted: bool) -> object:
            # Versions made by this run are trusted; those from the cache may be another user's.
            is_own = version.id_text in task.own or version.id_text in self.functions.saved
            with concerning(f"input {input_name!r} of step {name!r}", done="loaded"):
                return loading.load(
                    client.home,
                    version.id_text,
                    allow_pickle=is_trusted or is_own,
                    wanted=class_of(types.get(input_name)),
                )

        return load_all(task.inputs.arguments, load)

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
            (*output.tags, *added.tags, *cascading_tags(self.functions.plan)),
            {**output.metadata, **added.metadata},
            output.has_custom_name,
            ArtifactSaveType.STEP_OUTPUT,
        )
        declared = materializer_declared(value, classes_of(output.annotation))
        return NewObject(
            value, spec, output.materializer or declared, self.planned.extract_metadata
        )

    def _save(self, name: str, external: ExternalArtifact) -> ArtifactVersion:
        new = NewObject(
            external.value,
            VersionSpec(
                f"{self.functions.plan.pipeline}::{self.planned.name}::{name}",
                has_custom_name=False,
                save_type=ArtifactSaveType.EXTERNAL,
            ),
            external.materializer,
            external.store_artifact_metadata,
        )
        saved = saving.save(self.functions.client.home, new)
        self.functions.saved.add(saved.id_text)
        return saved

    def failed(self, error: BaseException) -> None:
        """Call the step's `on_failure` hook."""
        call_hook(self.planned.invocation.step.options.on_failure, error)

    def shown_command(self) -> str:
        """The function, as `module:name`."""
        function = self.planned.invocation.step.entrypoint
        return f"{function.__module__}:{function.__qualname__}"

    def shown_inputs(self, inputs: Inputs | None, _made: Results) -> Mapping[str, str]:
        """The versions that the step takes; before these are known, the steps that make them."""
        if inputs is None:
            return {handle.output_name: handle.invocation_id for handle in self._handles()}
        return {name: version.ref for name, version in inputs.versions}

    def difference(self, _key: Key) -> str:
        """A general reason: the key has no parts that could be compared."""
        return "its code, parameters or inputs are new"

    def _handles(self) -> list[StepArtifact]:
        return [one for value in self.planned.arguments.values() for one in handles_in(value)]
