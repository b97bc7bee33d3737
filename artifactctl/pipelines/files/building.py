"""Makes the model of a file from checked values: tags, outputs, steps and the run."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.files.model import OutputConfig, RunConfig, StepConfig
from artifactctl.pipelines.files.report import Executor, Keys, Report, quoted
from artifactctl.pipelines.files.words import is_function, read_text
from artifactctl.pipelines.step_options import CachePolicy, StepRetryConfig
from artifactctl.tags import Tag

_Values = dict[str, Any]


def make_tag(given: _Values, _keys: Keys, _report: Report) -> Tag:
    """A tag with its options."""
    return Tag(**given)


def make_source(given: _Values, _keys: Keys, _report: Report) -> str:
    """The module and attribute of a class, as `module:Class`."""
    return f"{given['module']}:{given['attribute']}"


def make_policy(given: _Values, keys: Keys, report: Report) -> CachePolicy | None:
    """A cache policy; None when its options contradict each other, which is reported."""
    try:
        return CachePolicy(**given)
    except InvalidInputError as error:
        report.add_error(keys, error)
    return None


def make_retry(given: _Values, _keys: Keys, _report: Report) -> StepRetryConfig:
    """The retries of a step."""
    return StepRetryConfig(**given)


def read_output(text: str) -> OutputConfig:
    """An output given by its path alone; its key is set later."""
    return OutputConfig("", path=read_text(text))


def make_output(given: _Values, keys: Keys, report: Report) -> OutputConfig:
    """An output; its key is set later. The keys in ZenML's `artifact_config` are merged into it."""
    nested = given.pop("artifact_config", {})
    for twice in sorted(given.keys() & nested.keys()):
        place = report.places.get((*keys, "artifact_config", twice))
        report.add(
            place, keys, f"{twice!r} is given here and in 'artifact_config'; give one of them"
        )
    output = OutputConfig(key="", **{**nested, **given})
    for tag in output.tags:
        if isinstance(tag, Tag) and tag.cascade:
            at = (*keys, "tags")
            problem = f"tag {quoted(tag.name)} cannot cascade here; only tags of the run do"
            report.add(report.at(at), at, problem)
    path = (*keys, "path")
    if output.link and path in report.outside:
        report.add(report.at(path), path, report.outside[path])
    match output.materializer:
        case (only,):
            return replace(output, materializer=only)
    return output


def make_run(given: _Values, _keys: Keys, report: Report) -> RunConfig:
    """The model of the whole file."""
    by_name = executor_of(given.get("pipeline"), report) == "command"
    steps = {
        name: _step(values or {}, ("steps", name, "outputs"), report, by_name=by_name)
        for name, values in given.pop("steps", {}).items()
    }
    return RunConfig(**given, steps=steps)


def executor_of(pipeline: str | None, report: Report) -> Executor | None:
    """The executor of the file's steps; None when the file does not tell."""
    if is_function(pipeline):
        return "python"
    return "command" if any(executor == "command" for executor, _ in report.uses) else None


def _step(given: _Values, keys: Keys, report: Report, *, by_name: bool) -> StepConfig:
    """A step; with `by_name`, as for commands, an output's key is its artifact's default name."""
    outputs = given.pop("outputs", {})
    if not isinstance(outputs, Mapping):
        return StepConfig(**given, outputs=_listed(outputs, keys, report))
    keyed = {
        key: replace(one, key=key, name=one.name or (key if by_name else None))
        for key, one in ((key, one or OutputConfig("")) for key, one in outputs.items())
    }
    return StepConfig(**given, outputs=keyed)


def _listed(
    outputs: Sequence[OutputConfig | None], keys: Keys, report: Report
) -> dict[str, OutputConfig]:
    """The outputs of a list by name; one without a name is `output`, several are `output_0` …."""
    several = {f"[{index}]": one for index, one in enumerate(outputs) if one is not None}
    is_only = [one.name for one in several.values()].count(None) == 1
    found: dict[str, OutputConfig] = {}
    for index, (at, one) in enumerate(several.items()):
        key = one.name or ("output" if is_only else f"output_{index}")
        if key in found:
            problem = f"output {report.hidden(quoted(key))} is given twice"
            report.add(report.at((*keys, at)), keys, problem)
        found[key] = replace(one, key=key)
        for below in ((), *((field.name,) for field in fields(one)), ("artifact_config",)):
            if (*keys, at, *below) in report.places:  # the output's key leads to it as well
                report.places.setdefault((*keys, key, *below), report.places[(*keys, at, *below)])
    return found
