"""Checks between the parts of a file: executor, names, outputs, inputs, cycles."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.files.building import executor_of
from artifactctl.pipelines.files.model import OutputConfig, RunConfig
from artifactctl.pipelines.files.report import (
    IGNORED,
    Executor,
    Keys,
    Report,
    or_meant,
    quoted,
    shown,
)
from artifactctl.pipelines.files.words import is_function
from artifactctl.pipelines.naming import MOMENTS, fill, placeholders
from artifactctl.pipelines.ordering import arranged, flow_of
from artifactctl.refs import check_name, check_new_name, check_version, parse_ref


class Made(NamedTuple):
    """An output of a step of the file; `key` is its name in the step."""

    step: str
    key: str
    version: str | None


class _Template(NamedTuple):
    """A text with placeholders, its keys, the values of placeholders and the check when filled."""

    text: str | None
    keys: Keys
    known: Mapping[str, str]
    check: Callable[[str], str]


def check_relations(config: RunConfig, report: Report) -> None:
    """Report mistakes between parts of a file that are each right."""
    executor = executor_of(config.pipeline, report)
    _check_executor(config, executor, report)
    for template in _templates(config):
        _check_template(template, executor, report)
    if executor == "command":
        _check_paths(config, report)
    _check_versions(config, report)
    made = _made_here(config)
    for step in config.steps:
        _check_inputs(step, config, made, report)
    _check_cycle(config, report)


def makers_of_inputs(config: RunConfig) -> dict[str, dict[str, Made]]:
    """For each step and each input that the file makes, the output that it is."""
    made = _made_here(config)
    return {
        name: {
            input_name: makers[0]
            for input_name, text in step.inputs.items()
            if (makers := _makers(text, made))
        }
        for name, step in config.steps.items()
    }


def needed_steps(config: RunConfig) -> dict[str, tuple[str, ...]]:
    """For each step, the steps of the file whose outputs it reads."""
    made = _made_here(config)
    needed = {
        name: [one.step for text in step.inputs.values() for one in _makers(text, made)]
        for name, step in config.steps.items()
    }
    return {name: tuple(dict.fromkeys(steps)) for name, steps in needed.items()}


def _check_executor(config: RunConfig, executor: Executor | None, report: Report) -> None:
    """Report keys that are for the other executor."""
    commands = [keys for one, keys in report.uses if one == "command"]
    if is_function(config.pipeline):
        problem = "is for steps that are commands, and the pipeline is a function of Python"
        wrong = commands
    elif commands:
        problem = f"is for steps written in Python, and {shown(commands[0])} is for commands"
        wrong = [keys for one, keys in report.uses if one == "python"]
    else:
        return
    for keys in wrong:
        report.add(report.at(keys), keys, problem)
    for one, keys in reversed(report.idle):  # reversed: the first one overwrites the others
        if one == executor:
            report.remarks[keys[-1]] = (report.at(keys), IGNORED)


def _templates(config: RunConfig) -> Iterator[_Template]:
    known = {**MOMENTS, **config.substitutions}
    yield _Template(config.run_name, ("run",), known, check_name)
    for name, step in config.steps.items():
        inner = {**known, **step.substitutions}
        for key, output in step.outputs.items():
            keys = ("steps", name, "outputs", key)
            yield _Template(output.name, (*keys, "name"), inner, check_new_name)
            yield _Template(output.version, (*keys, "version"), inner, check_version)


def _check_template(template: _Template, executor: Executor | None, report: Report) -> None:
    """Report a name or version that is invalid once its placeholders are filled in.

    In a file of commands an unknown placeholder is a mistake. A Python pipeline may fill it, so
    there it counts as one letter.
    """
    if template.text is None:
        return
    missing = [name for name in placeholders(template.text) if name not in template.known]
    if missing and executor == "command":
        near = or_meant(missing[0], template.known)
        problem = f"nothing fills placeholder {{{missing[0]}}}{near}"
        report.add(report.at(template.keys), template.keys, report.hidden(problem))
        return
    text = fill(template.text, {**dict.fromkeys(missing, "x"), **template.known})
    try:
        template.check(text)
    except InvalidInputError as error:
        problem = f"{error.quoting(quoted(text))} (with its placeholders filled in)"
        report.add(report.at(template.keys), template.keys, report.hidden(problem))


def _outputs(config: RunConfig) -> Iterator[tuple[str, OutputConfig]]:
    for name, step in config.steps.items():
        for output in step.outputs.values():
            yield name, output


def _artifact(step: str, output: OutputConfig, config: RunConfig) -> str:
    return output.name or f"{config.pipeline}::{step}::{output.key}"


def _made_here(config: RunConfig) -> Mapping[str, Sequence[Made]]:
    """The outputs of the file's steps, by artifact."""
    made = defaultdict(list)
    for step, output in _outputs(config):
        made[_artifact(step, output, config)].append(Made(step, output.key, output.version))
    return made


def _makers(text: str, made: Mapping[str, Sequence[Made]]) -> Sequence[Made]:
    """The outputs of the file that a reference names; none when it refers to the catalog."""
    ref = parse_ref(text)
    here = made.get(ref.name, ())
    return here if text == ref.name else [one for one in here if one.version == (ref.version or "")]


def _check_paths(config: RunConfig, report: Report) -> None:
    for step, output in _outputs(config):
        keys = ("steps", step, "outputs", output.key)
        is_known = keys in report.doubtful or (*keys, "path") in report.places
        if output.path is None and not is_known:
            problem = "'path' is missing: which file or folder does the step write?"
            report.add(report.at(keys), keys, problem)


def _check_versions(config: RunConfig, report: Report) -> None:
    seen = set()
    for step, output in _outputs(config):
        made = (_artifact(step, output, config), output.version)
        if output.version is not None and made in seen:
            keys = ("steps", step, "outputs", output.key, "version")
            report.add(report.at(keys), keys, "another output of this file is that version")
        seen.add(made)


def _check_inputs(
    step: str, config: RunConfig, made: Mapping[str, Sequence[Made]], report: Report
) -> None:
    seen: dict[str, str] = {}
    for name, text in config.steps[step].inputs.items():
        problem = _input_problem(step, text, config, made, report)
        if name.upper() in seen:
            problem = f"has the same environment variable as input {seen[name.upper()]!r}"
        seen[name.upper()] = name
        if problem is not None:
            keys = ("steps", step, "inputs", name)
            report.add(report.at(keys), keys, report.hidden(problem))


def _input_problem(
    step: str, text: str, config: RunConfig, made: Mapping[str, Sequence[Made]], report: Report
) -> str | None:
    makers = _makers(text, made)
    if any(one.step == step for one in makers):
        others = "for one that is in the catalog, write NAME:latest"
        return f"the step makes {quoted(text)} itself; {others}"
    if len(makers) > 1:
        steps = ", ".join(dict.fromkeys(repr(one.step) for one in makers))
        return f"{quoted(text)} is made more than once in this file, by {steps}"
    prefix = f"{config.pipeline}::"
    if not makers and text.startswith(prefix) and text.count("::") == prefix.count("::") + 1:
        other, _, key = text.removeprefix(prefix).partition("::")
        return None if _may_make(other, report) else _unknown_output(other, key, config)
    return None


def _may_make(step: str, report: Report) -> bool:
    """Whether a step may have outputs that could not be read."""
    where = ("steps", step)
    doubtful = any(keys == where or keys[:3] == (*where, "outputs") for keys in report.doubtful)
    return doubtful or step in report.unread


def _unknown_output(step: str, key: str, config: RunConfig) -> str:
    """The message for the default name of an output that no step of the file has."""
    if step not in config.steps:
        return f"there is no step {quoted(step)} in this file{or_meant(step, config.steps)}"
    unnamed = [one.key for one in config.steps[step].outputs.values() if one.name is None]
    return f"step {step!r} has no unnamed output {quoted(key)}{or_meant(key, unnamed)}"


def _check_cycle(config: RunConfig, report: Report) -> None:
    needed = needed_steps(config)
    others = {step: [one for one in needs if one != step] for step, needs in needed.items()}
    for cycle in arranged(others)[1]:
        keys = ("steps", cycle[0], "inputs")
        # Added without keys, which would suppress other mistakes of that step.
        report.add(report.at(keys), (), f"{shown(keys)}: steps form a cycle: {flow_of(cycle)}")
