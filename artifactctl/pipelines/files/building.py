"""Checked values become the model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.cache_policy import CachePolicy
from artifactctl.pipelines.files.keys import OUTPUT
from artifactctl.pipelines.files.model import OutputConfig, RunConfig, StepConfig
from artifactctl.pipelines.files.report import Executor, Keys, Report, quoted
from artifactctl.tags import Tag


def build_run(said: Mapping[str, Any], executor: Executor | None, report: Report) -> RunConfig:
    """The model of what a file says; values that are None are left to the model's defaults.

    Where commands make the outputs, an output's key is its artifact's name.
    """
    given = _given(said)
    by_name = executor == "command"
    steps = {
        name: _build_step(step or {}, ("steps", name), by_name, report)
        for name, step in given.pop("steps", {}).items()
    }
    given["substitutions"] = _given(given.get("substitutions", {}))
    _build_policy(given, (), report)
    return RunConfig(**_with_tuples(given, "tags"), steps=steps)


def _build_step(said: Mapping[str, Any], keys: Keys, by_name: bool, report: Report) -> StepConfig:
    given = _given(said)
    outputs, below = given.pop("outputs", {}), (*keys, "outputs")
    for name in given.keys() & {"inputs", "env", "substitutions"}:
        given[name] = _given(given[name])
    _build_policy(given, keys, report)
    if isinstance(outputs, Mapping):
        built = _build_mapping(outputs, below, by_name, report)
    else:
        built = _build_list(outputs, below, report)
    return StepConfig(**_with_tuples(given, "sources"), outputs=built)


def _build_policy(given: dict[str, Any], keys: Keys, report: Report) -> None:
    """Have a cache policy stand for its options."""
    said, at = given.get("cache_policy"), (*keys, "cache_policy")
    if not isinstance(said, Mapping):
        return
    lists = ("ignored_inputs", "file_dependencies")
    options = _given(said)
    for name in options.keys() & set(lists):
        options = _with_tuples(options, name)
    try:
        given["cache_policy"] = CachePolicy(**options)
    except InvalidInputError as error:
        del given["cache_policy"]
        report.add(report.at(at), at, report.hidden(f"{error.message}; {error.hint}"))


def _build_mapping(
    said: Mapping[str, Any], keys: Keys, by_name: bool, report: Report
) -> dict[str, OutputConfig]:
    outputs = {
        key: _build_output(key, _as_output(one) or {}, (*keys, key), report)
        for key, one in said.items()
    }
    if not by_name:
        return outputs
    return {key: replace(one, name=one.name or key) for key, one in outputs.items()}


def _build_list(said: Sequence[Any], keys: Keys, report: Report) -> dict[str, OutputConfig]:
    several = {f"[{index}]": _as_output(one) for index, one in enumerate(said) if one is not None}
    outputs: dict[str, OutputConfig] = {}
    for key, (at, one) in zip(_keys_of(several.values()), several.items(), strict=True):
        if key in outputs:
            problem = f"output {report.hidden(quoted(key))} is there twice"
            report.add(report.at((*keys, at)), keys, problem)
        _know_by_key((*keys, at), (*keys, key), report)
        outputs[key] = _build_output(key, one, (*keys, at), report)
    return outputs


def _as_output(said: Any) -> Mapping[str, Any]:
    return {"path": said} if isinstance(said, str) else said


def _name(said: Mapping[str, Any]) -> str | None:
    return said.get("name") or (said.get("artifact_config") or {}).get("name")


def _keys_of(several: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names, and `output` for the only one without, else `output_0` … by their positions."""
    names = [_name(said) for said in several]
    if names.count(None) == 1:
        return [name or "output" for name in names]
    return [name or f"output_{index}" for index, name in enumerate(names)]


def _know_by_key(keys: Keys, by_key: Keys, report: Report) -> None:
    """Let an element of a list be found by the output's key as well."""
    for below in ((), *((key.name,) for key in OUTPUT.keys)):
        if (*keys, *below) in report.places:
            report.places.setdefault((*by_key, *below), report.places[(*keys, *below)])


def _build_output(key: str, said: Mapping[str, Any], keys: Keys, report: Report) -> OutputConfig:
    given = _given(said)
    nested = _given(given.pop("artifact_config", {}))
    for twice in sorted(given.keys() & nested.keys()):
        place = report.places.get((*keys, "artifact_config", twice))
        report.add(place, keys, f"{twice!r} stands here and in 'artifact_config'; give one of them")
    merged = _with_tuples({**nested, **given}, "tags")
    _check_tags(merged.get("tags", ()), (*keys, "tags"), report)
    if merged.get("link") and (problem := report.outside.get((*keys, "path"))):
        report.add(report.at((*keys, "path")), (*keys, "path"), problem)
    if "materializer" in merged:
        merged["materializer"] = _materializer(merged["materializer"])
    return OutputConfig(key=key, **merged)


def _check_tags(tags: Iterable[str | Tag], keys: Keys, report: Report) -> None:
    for tag in tags:
        if isinstance(tag, Tag) and tag.cascade:
            problem = f"tag {quoted(tag.name)} cannot cascade here; only tags of the run do"
            report.add(report.at(keys), keys, problem)


def _materializer(said: Any) -> str | tuple[str, ...] | None:
    if isinstance(said, tuple):
        several = tuple(str(_materializer(one)) for one in said)
        return several[0] if len(several) == 1 else several
    if isinstance(said, Mapping):
        return f"{said.get('module')}:{said.get('attribute')}"
    return str(said)


def _given(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}


def _with_tuples(given: dict[str, Any], name: str) -> dict[str, Any]:
    """One text where there may be several is a list of one; tags count once."""
    if name not in given:
        return given
    several = (given[name],) if isinstance(given[name], str) else given[name]
    whole = (_tag(one) if isinstance(one, Mapping) else one for one in several)
    return {**given, name: tuple(dict.fromkeys(one for one in whole if one is not None))}


def _tag(said: Mapping[str, Any]) -> Tag | None:
    """A tag with what is said of it; none when its name was a mistake."""
    given = _given(said)
    return Tag(**given) if "name" in given else None
