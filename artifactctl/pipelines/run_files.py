"""`artifactctl run` and `exec`: execute or plan a run file, or one command."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl.enums import RunStatus
from artifactctl.pipelines import ci
from artifactctl.pipelines.commands.checks import check_plan
from artifactctl.pipelines.commands.keys import FileDigests, unmatched_sources
from artifactctl.pipelines.commands.plan import CommandPlan, make_command_plan
from artifactctl.pipelines.commands.work import Commands, works_of
from artifactctl.pipelines.engine.plan import plan_steps
from artifactctl.pipelines.engine.recording import RunFacts
from artifactctl.pipelines.engine.reports import RunPlan, RunReport, StepReport, Watch
from artifactctl.pipelines.engine.run import Order, execute
from artifactctl.pipelines.files import RunConfig, run_config_of, survey_run_file
from artifactctl.pipelines.files.words import is_function
from artifactctl.pipelines.provenance import run_facts
from artifactctl.pipelines.secrets import without
from artifactctl.tags import names_of

if TYPE_CHECKING:
    from artifactctl.client import Client
    from artifactctl.pipelines.python.from_file import PythonRun


@dataclass(frozen=True)
class RunOptions:
    """The options of a run: `overrides` of variables, `only` some steps, `jobs` at a time.

    Without `jobs`, a Python pipeline's own number counts, else 1. A step waits for up to `wait_s`
    seconds for other runs that write the same files. With `rehash`, files are read even if they
    have not changed since an earlier process read them.
    """

    overrides: Mapping[str, str] = field(default_factory=dict)
    only: Sequence[str] = ()
    use_cache: bool = True
    jobs: int | None = None
    wait_s: float = 600
    rehash: bool = False


@dataclass
class _Summary:
    """The facts of a run for its report, collected while it goes on."""

    pipeline: str
    run_name: str
    watch: Watch
    steps: list[StepReport] = field(default_factory=list)
    run_id: str = ""
    status: str = ""

    def watching(self) -> Watch:
        """The watch, which also notes what it gets, and tells CI about the end of the run."""

        def opened(run_id: str, name: str) -> None:
            self.run_id = run_id
            self.watch.opened(run_id, name)

        def ended(step: StepReport) -> None:
            self.steps.append(step)
            self.watch.ended(step)

        def closed(status: RunStatus) -> None:
            self.status = status.value
            self.watch.closed(status)
            try:
                ci.write_outputs(self.report(), os.environ)
            except OSError as error:
                # Without an error, the job would go on without the outputs.
                if status is RunStatus.COMPLETED:
                    raise
                self.watch.note(f"{error.filename} could not be written ({error.strerror})")

        return replace(self.watch, opened=opened, ended=ended, closed=closed)

    def report(self) -> RunReport:
        """The report of the run so far."""
        return RunReport(self.run_id, self.run_name, self.pipeline, self.status, self.steps)


def run_file(client: "Client", path: Path, options: RunOptions, watch: Watch) -> RunReport:
    """Execute the run that a file describes, and return its report.

    Raises all mistakes of the file before anything runs, and `StepFailedError` when a step fails.
    """
    ci.check_outputs(os.environ, client.home.own_paths())
    config = _read(path, options, watch)
    if is_function(config.pipeline):
        with _planned_python(client, config, options, watch) as run:
            summary = _Summary(run.plan.pipeline, run.plan.run_name, watch)
            run.execute({"file": str(config.path)}, summary.watching())
        return summary.report()
    return run_commands(client, config, _folder(config), options, watch)


def plan_file(client: "Client", path: Path, options: RunOptions, watch: Watch) -> RunPlan:
    """The plan of the run that a file describes; raises the same mistakes as running it."""
    config = _read(path, options, watch)
    if is_function(config.pipeline):
        with _planned_python(client, config, options, watch) as run:
            return run.forecast()
    with _checked(client, config, _folder(config), options) as commands:
        plan = commands.plan
        steps = plan_steps(client, works_of(commands), plan.secrets)
    return RunPlan(plan.pipeline, plan.run_name, steps)


def run_commands(
    client: "Client", config: RunConfig, folder: Path, options: RunOptions, watch: Watch
) -> RunReport:
    """Execute the steps of a run of commands."""
    with _checked(client, config, folder, options) as commands:
        plan = commands.plan
        for step in plan.steps:
            for pattern in unmatched_sources(plan, step):
                shown = without(pattern, plan.secrets)
                watch.note(f"sources {shown!r} of step {step.name!r} match no file")
        summary = _Summary(plan.pipeline, plan.run_name, watch)
        order = Order(
            _facts(plan),
            works_of(commands),
            commands.processes,
            options.jobs or 1,
            folder=plan.folder,
            wait_s=options.wait_s,
            tags=names_of(config.cascading_tags),
        )
        execute(client, order, summary.watching())
    return summary.report()


def run_command(
    client: "Client",
    name: str,
    command: Sequence[str],
    given: Mapping[str, object],
    options: RunOptions,
    watch: Watch,
) -> RunReport:
    """Execute one command in the working folder; its output becomes a version of `name`.

    `given` has the `inputs`, by the name of the environment variable, and the keys of the output.
    """
    output = {key: value for key, value in given.items() if key != "inputs" and value}
    step = {
        "command": list(command),
        "enable_cache": False,
        "inputs": given.get("inputs", {}),
        "outputs": {name: output},
    }
    config = run_config_of({"pipeline": "exec", "steps": {name: step}}, "exec")
    return run_commands(client, config, Path.cwd(), options, watch)


def _read(path: Path, options: RunOptions, watch: Watch) -> RunConfig:
    """The model of a file; its mistakes are raised later, together with those found by then."""
    config = survey_run_file(path, overrides=options.overrides)
    for note in config.notes:
        watch.note(note)
    if config.pipeline is None:
        if ("pipeline",) not in config.report.doubtful:
            problem = "'pipeline' is missing; give a name, or module:function"
            config.report.add(config.report.at(("pipeline",)), (), problem)
        if all(step.command is None for step in config.steps.values()):
            config.report.raise_mistakes()  # it is unknown whether its steps are commands
    return config


def _folder(config: RunConfig) -> Path:
    assert config.path is not None
    return Path(os.path.abspath(config.path)).parent


@contextmanager
def _checked(
    client: "Client", config: RunConfig, folder: Path, options: RunOptions
) -> Iterator[Commands]:
    """The commands of a run, planned and checked; the digests of files are kept after the block."""
    plan = make_command_plan(
        config,
        folder,
        datetime.now(UTC),
        only=options.only,
        use_cache=options.use_cache,
        rehash=options.rehash,
    )
    home = client.home
    own = [os.path.realpath(path) for path in home.own_paths()]
    known = home.known_files(is_asked=not options.rehash)
    with closing(FileDigests(own, known)) as digests:
        yield check_plan(client, plan, digests)


def _facts(plan: CommandPlan) -> RunFacts:
    config = plan.config
    details: dict[str, Any] = run_facts(plan.folder)
    if config.path is not None:
        details["file"] = str(config.path)
    if config.vars:
        details["vars"] = dict(config.vars)
    return RunFacts(
        plan.pipeline, plan.run_name, details, config.tags, config.metadata, plan.secrets
    )


def _planned_python(
    client: "Client", config: RunConfig, options: RunOptions, watch: Watch
) -> "AbstractContextManager[PythonRun]":
    from artifactctl.pipelines.python import from_file  # noqa: PLC0415 (not for commands)

    return from_file.planned(
        client,
        config,
        _folder(config),
        watch,
        only=options.only,
        use_cache=options.use_cache,
        jobs=options.jobs,
    )
