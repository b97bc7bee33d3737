"""What a file of commands is going to do, decided before anything runs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.pipelines.artifact_config import ArtifactConfig
from artifactctl.pipelines.naming import fill, moment_substitutions
from artifactctl.pipelines.ordering import in_order
from artifactctl.pipelines.outputs import Expected, expect
from artifactctl.pipelines.run_file import (
    OutputConfig,
    RunConfig,
    StepConfig,
    makers_of_inputs,
    needed_steps,
)
from artifactctl.pipelines.secrets import worth_hiding
from artifactctl.pipelines.signatures import Output

_RUN_NAME = "{pipeline}-{date}-{time}"


class Made(NamedTuple):
    """An output of another step of the same run."""

    step: str
    key: str


@dataclass(frozen=True)
class FileOutput:
    """One output of a step: what it is to be called, and where its files will be."""

    expected: Expected
    config: OutputConfig
    path: str
    metadata_file: str | None

    @property
    def key(self) -> str:
        """What tells it from the step's others."""
        return self.expected.key


@dataclass(frozen=True)
class CommandStep:
    """One step; `made` are inputs that steps of this run make, `needs` those steps.

    `is_keyed` is whether later runs may reuse what it makes, `may_be_cached` whether this one may.
    """

    name: str
    config: StepConfig
    outputs: tuple[FileOutput, ...]
    substitutions: Mapping[str, str]
    made: Mapping[str, Made]
    needs: tuple[str, ...]
    is_keyed: bool
    may_be_cached: bool

    @property
    def words(self) -> tuple[str, ...]:
        """The command as it is executed: a text goes through the shell."""
        command = self.config.command
        if command is None:
            return ()
        return ("/bin/sh", "-c", command) if isinstance(command, str) else command


@dataclass(frozen=True)
class CommandPlan:
    """A run of a file of commands before it begins; `secrets` are texts that nothing may show."""

    pipeline: str
    run_name: str
    folder: Path
    config: RunConfig
    steps: Sequence[CommandStep]
    secrets: Collection[str]

    def place(self, *keys: str) -> str:
        """`FILE:LINE:COLUMN: ` of the keys, as errors begin; empty where there is no file."""
        while keys and keys not in self.config.places:
            keys = keys[:-1]
        return f"{self.config.places[keys]}: " if keys else ""


def make_command_plan(
    config: RunConfig,
    folder: Path,
    moment: datetime,
    *,
    only: Sequence[str] = (),
    use_cache: bool = True,
) -> CommandPlan:
    """Decide names, versions and order; `only` selects steps, with those that they need.

    Raises `NotFoundError` for a step that is not there, `InvalidInputError` for one without
    anything to do, and for names that cannot be.
    """
    assert config.pipeline is not None
    general = {**moment_substitutions(moment), **config.substitutions}
    name = fill(config.run_name or _RUN_NAME, {"pipeline": config.pipeline, **general})
    needed = needed_steps(config)
    chosen = selected(list(config.steps), needed, only)
    makers = makers_of_inputs(config)
    steps = [
        _plan_step(config, step, general, makers[step], folder, use_cache=use_cache)
        for step in in_order(needed)
        if step in chosen
    ]
    plan = CommandPlan(config.pipeline, name, folder, config, steps, worth_hiding(config.secrets))
    _check_work(plan)
    return plan


def selected(
    known: Sequence[str], needed: Mapping[str, Iterable[str]], only: Sequence[str]
) -> set[str]:
    """The steps of `only` and what they need, all without any; raises `NotFoundError`."""
    for name in only:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
            raise NotFoundError(f"there is no step {name!r}", hint=hint)
    chosen: set[str] = set()
    pending = list(only or known)
    while pending:
        name = pending.pop()
        if name not in chosen:
            chosen.add(name)
            pending += needed[name]
    return chosen


def _plan_step(
    config: RunConfig,
    name: str,
    general: Mapping[str, str],
    makers: Mapping[str, tuple[str, str]],
    folder: Path,
    *,
    use_cache: bool,
) -> CommandStep:
    step = config.steps[name]
    substitutions = {**general, **step.substitutions}
    enabled = config.enable_cache if step.enable_cache is None else step.enable_cache
    made = {input_name: Made(*maker) for input_name, maker in makers.items()}
    return CommandStep(
        name,
        step,
        tuple(
            _plan_output(output, f"{config.pipeline}::{name}::{output.key}", substitutions, folder)
            for output in step.outputs.values()
        ),
        substitutions,
        made,
        tuple(dict.fromkeys(one.step for one in made.values())),
        is_keyed=enabled is not False,
        may_be_cached=use_cache and enabled is not False,
    )


def _plan_output(
    config: OutputConfig, default_name: str, substitutions: Mapping[str, str], folder: Path
) -> FileOutput:
    path = config.path or ""
    is_url = config.link and "://" in path
    meant = Output(config.key, ArtifactConfig())
    return FileOutput(
        expect(meant, config, default_name, None, substitutions),
        config,
        path if is_url else str(folder / path),
        None if config.metadata_file is None else str(folder / config.metadata_file),
    )


def _check_work(plan: CommandPlan) -> None:
    """Raise `InvalidInputError` for a file or steps with nothing to do."""
    source = f"{plan.config.path}: " if plan.config.path else ""
    if not plan.steps:
        raise InvalidInputError(f"{source}there are no steps", hint="describe them under 'steps'")
    mistakes = [
        f"{plan.place('steps', step.name)}steps.{step.name}: {problem}"
        for step in plan.steps
        if (problem := _idle(step)) is not None
    ]
    if mistakes:
        raise InvalidInputError(f"{source}{len(mistakes)} steps cannot run", details=mistakes)


def _idle(step: CommandStep) -> str | None:
    if step.config.command is None and not step.outputs:
        return "has neither a command nor outputs"
    if any(output.config.path is None for output in step.outputs):
        return "an output has no 'path'; for a pipeline in Python write 'pipeline: module:function'"
    return None
