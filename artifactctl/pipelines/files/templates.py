"""Names and versions with placeholders, as they will be."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.files.model import RunConfig
from artifactctl.pipelines.files.report import Executor, Keys, Report, or_meant, quoted
from artifactctl.pipelines.files.words import MOMENTS, filled, placeholders
from artifactctl.refs import check_name, check_version


class _Template(NamedTuple):
    """A text, where it stands, what fills it, and what it must be then."""

    text: str | None
    keys: Keys
    known: Mapping[str, str]
    check: Callable[[str], str]


def check_templates(config: RunConfig, executor: Executor | None, report: Report) -> None:
    """Note names and versions that are none once their placeholders are filled in.

    A placeholder that nothing in a file of commands fills is a mistake; a pipeline of Python may
    fill it, so there it counts as some letter.
    """
    for template in _templates(config):
        missing = [name for name in placeholders(template.text or "") if name not in template.known]
        if missing and executor == "command":
            near = or_meant(missing[0], template.known)
            problem = f"nothing fills placeholder {{{missing[0]}}}{near}"
            report.add(report.at(template.keys), template.keys, report.hidden(problem))
        elif template.text is not None:
            _check(template, report)


def _templates(config: RunConfig) -> Iterator[_Template]:
    known = {**MOMENTS, **config.substitutions}
    yield _Template(config.run_name, ("run",), known, check_name)
    for name, step in config.steps.items():
        inner = {**known, **step.substitutions}
        for key, output in step.outputs.items():
            keys = ("steps", name, "outputs", key)
            yield _Template(output.name, (*keys, "name"), inner, check_name)
            yield _Template(output.version, (*keys, "version"), inner, check_version)


def _check(template: _Template, report: Report) -> None:
    text = filled(template.text or "", template.known)
    try:
        template.check(text)
    except InvalidInputError as error:
        message = report.hidden(error.message.replace(repr(text), quoted(text)))
        problem = f"{message} (with its placeholders filled in)"
        report.add(report.at(template.keys), template.keys, problem)
