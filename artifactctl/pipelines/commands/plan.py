"""The plan of a run of commands: names, versions and order, before anything runs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from artifactctl.errors import ArtifactctlError
from artifactctl.pipelines.artifact_config import ArtifactConfig, Output
from artifactctl.pipelines.engine.outputs import Expected, expect
from artifactctl.pipelines.engine.plan import run_name
from artifactctl.pipelines.files import (
    OutputConfig,
    RunConfig,
    StepConfig,
    makers_of_inputs,
    needed_steps,
)
from artifactctl.pipelines.files.relations import Made
from artifactctl.pipelines.files.report import Report
from artifactctl.pipelines.naming import moment_substitutions
from artifactctl.pipelines.ordering import arranged, selected
from artifactctl.pipelines.secrets import worth_hiding
from artifactctl.store.addresses import check_new_address, is_local


@dataclass(frozen=True)
class FileOutput:
    """One output of a step: its names, and the path of its files."""

    expected: Expected
    config: OutputConfig
    path: str
    metadata_file: str | None

    @property
    def key(self) -> str:
        """The output's name within its step."""
        return self.expected.key

    @property
    def written(self) -> list[str]:
        """The paths that the step writes; linked URLs are not written."""
        is_url = self.config.link and "://" in self.path
        return [path for path in ("" if is_url else self.path, self.metadata_file) if path]


@dataclass(frozen=True)
class CommandStep:
    """One step; `made` are the inputs that other steps of the run make.

    `is_keyed` tells whether later runs may reuse its outputs, `may_be_cached` whether this run may
    reuse earlier ones. `metrics` is the path of the file with its metrics. A step that is not sound
    has a mistake in the file; its outputs are unknown.
    """

    name: str
    config: StepConfig
    outputs: tuple[FileOutput, ...]
    substitutions: Mapping[str, str]
    made: Mapping[str, Made]
    is_keyed: bool
    may_be_cached: bool
    metrics: str | None
    is_sound: bool = True

    @property
    def needs(self) -> tuple[str, ...]:
        """The steps whose outputs the step reads."""
        return tuple(dict.fromkeys(one.step for one in self.made.values()))

    @property
    def written(self) -> list[str]:
        """The paths that the step writes."""
        paths = [path for output in self.outputs for path in output.written]
        return [*paths, *filter(None, (self.metrics,))]

    @property
    def expected(self) -> list[Expected]:
        """The outputs in the form that the engine uses."""
        return [output.expected for output in self.outputs]

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments that are executed; a command that is a text is run by the shell."""
        command = self.config.command
        if command is None:
            return ()
        return ("/bin/sh", "-c", command) if isinstance(command, str) else command


@dataclass(frozen=True)
class CommandPlan:
    """A run of commands before it begins; `secrets` are texts that must not be shown.

    With `rehash`, outputs are read even if they have not changed since they were read before.

    Its `report` has the mistakes found so far: `check_plan` looks for more and raises them.
    """

    pipeline: str
    run_name: str
    folder: Path
    config: RunConfig
    steps: Sequence[CommandStep]
    secrets: Collection[str]
    report: Report
    rehash: bool = False


def make_command_plan(
    config: RunConfig,
    folder: Path,
    moment: datetime,
    *,
    only: Sequence[str] = (),
    use_cache: bool = True,
    rehash: bool = False,
) -> CommandPlan:
    """Decide names, versions and order; `only` selects steps and the steps they need.

    Steps without a command and outputs, and invalid names, are added to the plan's report. Raises
    `NotFoundError` for an unknown step.
    """
    report, needed = config.report.further(), needed_steps(config)
    general = {**moment_substitutions(moment), **config.substitutions}
    name = _run_name(config, general, report)
    chosen = selected(list(config.steps), needed, only)
    _check_work(config, chosen, report)
    order = [step for step in _ordered(needed, report) if step in chosen]
    makers = makers_of_inputs(config)
    planned = [
        _plan_step(config, s, folder, general, makers[s], use_cache=use_cache) for s in order
    ]
    steps = _with_outputs(planned, config, folder, report)
    hidden = worth_hiding(config.secrets)
    return CommandPlan(config.pipeline or "", name, folder, config, steps, hidden, report, rehash)


def _run_name(config: RunConfig, general: Mapping[str, str], report: Report) -> str:
    try:
        return run_name(config.run_name, config.pipeline or "", general)
    except ArtifactctlError as error:
        if ("run",) not in report.doubtful:  # the checks of the file may have reported it
            report.add_error(("run",), error)
        return ""


def _ordered(needed: Mapping[str, Sequence[str]], report: Report) -> list[str]:
    order, cycles = arranged(needed)
    assert report.mistakes or not cycles  # the checks of the file have reported a cycle
    return list(needed) if cycles else order


def _plan_step(
    config: RunConfig,
    name: str,
    folder: Path,
    general: Mapping[str, str],
    made: Mapping[str, Made],
    *,
    use_cache: bool,
) -> CommandStep:
    step = config.steps[name]
    enabled = config.enable_cache if step.enable_cache is None else step.enable_cache
    return CommandStep(
        name,
        step,
        (),
        {**general, **step.substitutions},
        made,
        # The command of `exec` stands in no file, so that no later run can repeat it.
        is_keyed=config.path is not None,
        may_be_cached=use_cache and enabled is not False,
        metrics=None if step.metrics is None else str(folder / step.metrics),
    )


def _with_outputs(
    steps: Sequence[CommandStep], config: RunConfig, folder: Path, report: Report
) -> list[CommandStep]:
    faulty = report.faulty_steps
    found = []
    for step in steps:
        outputs = []
        for output in () if step.name in faulty else step.config.outputs.values():
            default_name = f"{config.pipeline}::{step.name}::{output.key}"
            try:
                outputs.append(_plan_output(output, default_name, step.substitutions, folder))
            except ArtifactctlError as error:
                faulty.add(step.name)
                report.add_error(("steps", step.name, "outputs", output.key), error)
        is_sound = step.name not in faulty
        found.append(replace(step, outputs=tuple(outputs) if is_sound else (), is_sound=is_sound))
    return found


def _plan_output(
    config: OutputConfig, default_name: str, substitutions: Mapping[str, str], folder: Path
) -> FileOutput:
    path = config.path or ""
    is_url = config.link and "://" in path
    if is_url and not is_local(path):
        check_new_address(path)
    meant = Output(config.key, ArtifactConfig())
    return FileOutput(
        expect(meant, config, default_name, None, substitutions),
        config,
        path if is_url else str(folder / path),
        None if config.metadata_file is None else str(folder / config.metadata_file),
    )


def _check_work(config: RunConfig, chosen: Collection[str], report: Report) -> None:
    """Report a file without steps, and steps with nothing to do."""
    # An unknown key may be a misspelt 'steps'.
    if not config.steps and not report.doubtful & {(), ("steps",)}:
        report.add(None, (), "there are no steps; describe them under 'steps'")
    faulty = report.faulty_steps
    for name in [name for name in config.steps if name in chosen and name not in faulty]:
        if (problem := _idle(config.steps[name])) is not None:
            report.add(report.at(("steps", name)), ("steps", name), problem)


def _idle(step: StepConfig) -> str | None:
    if step.command is None and not step.outputs:
        return "has neither a command nor outputs"
    if any(output.path is None for output in step.outputs.values()):
        return "an output has no 'path'; for a pipeline in Python write 'pipeline: module:function'"
    return None
