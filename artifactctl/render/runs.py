"""Runs, with their steps and logs: an object for programs, lines and rows for people."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence

from artifactctl.json_text import JsonObject
from artifactctl.metadata import SERIES
from artifactctl.render.series import summary
from artifactctl.results.descriptions import RunDescription, StepDescription, StepUse
from artifactctl.results.series import Series
from artifactctl.results.steps import StepRun

_STEP_COLUMNS = [
    *("step", "status", "duration_s", "command", "parameters", "inputs", "outputs", "metadata"),
]

_RUN_FACTS = ("id", "name", "pipeline", "status", "started", "ended", "duration_s", "tags")
_STEP_FACTS = ("name", "id", "status", "started", "ended", "duration_s", "parameters")
# What a table shows below the properties of a run, if at all.
_BELOW = ("steps", "details", "description")
# Details that are shown under names of their own, or that only the program itself uses.
_SAID = {
    *("git", "environment", "error", "parameters", "workspace"),
    *("source_code", "docstring", "upstream", "input_types", "substitutions", "options"),
    *("output_names", "cache_parts"),
}


def as_json(described: RunDescription) -> JsonObject:
    """The object that JSON and YAML show."""
    run = described.run
    return {
        **run.shown(_RUN_FACTS),
        "description": run.description,
        "metadata": run.all_metadata,
        "series": {key: series.as_json() for key, series in described.series.items()},
        "git": run.git,
        "environment": run.environment,
        "error": run.error,
        "details": _others(run.details),
        "steps": [_step_as_json(step) for step in described.steps],
    }


def properties(
    described: RunDescription, curve_of: Callable[[Series], str] = lambda _series: ""
) -> JsonObject:
    """What a table shows of the run itself; of an error only the message, without the traceback.

    `curve_of` draws a series.
    """
    facts = as_json(described)
    shown = {key: value for key, value in facts.items() if key not in _BELOW}
    shown["error"] = _message(facts["error"])
    shown["git"] = _git(facts["git"])
    shown["environment"] = _pairs(facts["environment"])
    shown["series"] = {key: summary(one, curve_of(one)) for key, one in described.series.items()}
    others = facts["details"]
    said = {"file": others.get("file"), "vars": _pairs(others.get("vars"))}
    said["ci"] = _pairs(others.get("ci"))
    said["not_run"] = others.get("not_run")
    return {**shown, **{key: value for key, value in said.items() if value}}


def step_columns(rows: Sequence[JsonObject]) -> list[str]:
    """The columns in which at least one step has a value."""
    return [
        name for name in _STEP_COLUMNS if any(row[name] not in (None, "", [], {}) for row in rows)
    ]


def step_rows(described: RunDescription) -> list[JsonObject]:
    """A row for each step, with `step_columns`; points of series are among the run's metadata."""
    return [
        {
            "step": item.step.name,
            "status": _status(item.step),
            "duration_s": item.step.duration_s,
            "command": _command(item.step),
            "parameters": _parameters(item),
            "inputs": [_use(use) for use in item.inputs],
            "outputs": [_use(use) for use in item.outputs],
            "metadata": {key: value for key, value in item.step.metadata.items() if key != SERIES},
        }
        for item in described.steps
    ]


def log_lines(logs: Sequence[tuple[str, str]], *, with_names: bool) -> Iterator[str]:
    """The lines that steps printed; with names, each step's after a line with its name."""
    for position, (name, text) in enumerate(logs):
        if with_names:
            yield from ([""] if position else [])
            yield f"==> {name} <=="
        for line in text.removesuffix("\n").split("\n"):
            yield line.removesuffix("\r").expandtabs()


def _step_as_json(item: StepDescription) -> JsonObject:
    step: StepRun = item.step
    return {
        **step.shown(_STEP_FACTS),
        "inputs": [_use_as_json(use) for use in item.inputs],
        "outputs": [_use_as_json(use) for use in item.outputs],
        "metadata": step.metadata,
        "error": step.error,
        "details": _others(step.details),
    }


def _others(details: JsonObject) -> JsonObject:
    return {key: value for key, value in details.items() if key not in _SAID}


def _use_as_json(use: StepUse) -> JsonObject:
    return {"name": use.name, "ref": use.ref, "deleted": use.deleted}


def _use(use: StepUse) -> str:
    artifact = use.ref.rpartition(":")[0]
    name = "" if use.name == artifact else f"{use.name}="
    return f"{name}{use.ref}{' (deleted)' if use.deleted else ''}"


def _parameters(item: StepDescription) -> list[str]:
    """The parameters of a step, without versions, which are among its inputs."""
    inputs = {use.name for use in item.inputs}
    values = {key: value for key, value in item.step.parameters.items() if key not in inputs}
    return [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]


def _status(step: StepRun) -> str:
    """How a step ended; of a failed command also the exit code and the number of attempts."""
    code, attempts = step.details.get("exit_code"), step.details.get("attempts") or 1
    more = [f"exit code {code}"] if code else []
    is_several = isinstance(attempts, int) and attempts > 1
    more += [f"{attempts} attempts"] if is_several else []
    return step.status + f" ({', '.join(more)})" * bool(more)


def _command(step: StepRun) -> str:
    command = step.details.get("command") or step.details.get("source") or ""
    if isinstance(command, list):
        return shlex.join(map(str, command))
    return " ".join(str(command).split())


def _pairs(facts: object) -> str:
    """Facts on one line; a damaged row may have something else, which is shown as it is."""
    if not isinstance(facts, Mapping):
        return "" if facts is None else str(facts)
    return " ".join(f"{key}={_word(value)}" for key, value in facts.items())


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _message(error: JsonObject | None) -> str | None:
    return None if error is None else f"{error.get('type', 'error')}: {error.get('message', '')}"


def _git(facts: JsonObject) -> str:
    if not facts:
        return ""
    dirty = ", with uncommitted changes" if facts.get("dirty") else ""
    return f"{str(facts.get('commit', ''))[:12]} on {facts.get('branch', '?')}{dirty}"
