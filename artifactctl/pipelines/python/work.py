"""A Python function as the work of a step."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import get_ident
from typing import TYPE_CHECKING, Any

from artifactctl.client.current import shared
from artifactctl.metadata import plain_metadata
from artifactctl.pipelines.engine.cache import Key
from artifactctl.pipelines.engine.work import Inputs, Ran, Results, Step, Task
from artifactctl.pipelines.python.calling import Calling, Functions
from artifactctl.pipelines.python.composing import StepArtifact, handles_in
from artifactctl.pipelines.python.hooks import call_hook
from artifactctl.pipelines.python.input_artifacts import ExternalArtifact
from artifactctl.pipelines.python.inputs import (
    described,
    input_types,
    resolve,
    versions_in,
)
from artifactctl.pipelines.python.keys import cache_key
from artifactctl.pipelines.python.options import flags_of
from artifactctl.pipelines.python.plan import PlannedStep
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs import saving

if TYPE_CHECKING:
    from artifactctl.client import Client

_MAX_TEXT = 65535  # characters


def works_of(functions: Functions) -> list["FunctionWork"]:
    """The work of each step."""
    return [FunctionWork(functions, step) for step in functions.plan.steps]


def shortened(text: str) -> str:
    """A text to record, of at most as many characters as ZenML keeps."""
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 3]}..."


def recorded_options(configured: Mapping[str, Any]) -> dict[str, Any]:
    """The configured `extra` and `settings` in their recorded form."""
    return {key: plain_metadata(value) for key, value in configured.items()}


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
            needs=frozenset(planned.invocation.upstream_steps),
            reads=tuple(sorted({handle.invocation_id for handle in self._handles()})),
            may_be_cached=planned.may_be_cached,
            expires_after=planned.cache_policy.expires_after,
            substitutions=planned.substitutions,
            keeps_log=planned.options.enable_step_logs is not False,
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
        """The function's name and text, its plain parameters, and the options in force."""
        planned, definition = self.planned, self.planned.invocation.step
        versions = {name for name, _ in inputs.versions}
        plain = {name: value for name, value in inputs.arguments.items() if name not in versions}
        facts = {
            "source_code": shortened(definition.source_code),
            "docstring": shortened(definition.docstring or ""),
            "upstream": sorted(planned.invocation.upstream_steps),
            "substitutions": dict(planned.substitutions),
            "options": flags_of(planned.options),
        }
        return {
            "source": self.shown_command(),
            "parameters": described(planned.name, plain, lambda version: version.ref),
            "input_types": input_types(planned.arguments),
            **{name: value for name, value in facts.items() if value},
            **recorded_options(planned.options.configured),
        }

    def start(self, task: Task) -> Callable[[], Ran]:
        """Return a function for any thread that loads the inputs and calls the step's function."""
        here = get_ident()

        def execute() -> Ran:
            is_apart = get_ident() != here
            with self._client(is_apart) as client:
                outputs, attempts = Calling(self.functions, self.planned, task, client).attempt()
            facts = {"attempts": attempts} if attempts > 1 else {}
            calling = Calling(self.functions, self.planned, task, self.functions.client)
            return Ran(lambda: outputs, facts, publishing=calling.publishing)

        return execute

    @contextlib.contextmanager
    def _client(self, is_apart: bool) -> "Iterator[Client]":
        """The client for this thread: another thread gets one of its own."""
        mine = self.functions.client
        if not is_apart:
            yield mine
            return
        # A connection to the catalog is used by one thread only.
        with contextlib.closing(shared(mine.settings, type(mine).of)) as client:
            yield client

    def _save(self, name: str, external: ExternalArtifact) -> ArtifactVersion:
        if external.id is not None:
            return self.functions.client.find_artifact_version(str(external.id))
        new = external.new(f"{self.functions.plan.pipeline}::{self.planned.name}::{name}")
        saved = saving.save(self.functions.client.home, new)
        self.functions.saved.add(saved.id_text)
        return saved

    def failed(self, task: Task, error: BaseException) -> None:
        """Call the step's `on_failure` hook, and remove its temporary folders."""
        calling = Calling(self.functions, self.planned, task, self.functions.client)
        with calling.publishing():
            call_hook(self.planned.on_failure, error)

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
        return list(handles_in(dict(self.planned.arguments)))
