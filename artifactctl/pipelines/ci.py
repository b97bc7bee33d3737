"""The facts that continuous integration gives of a job, and the outputs a run writes for it."""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from artifactctl.own_data import check_not_own_data
from artifactctl.url_text import without_secrets

if TYPE_CHECKING:
    from artifactctl.pipelines.engine.reports import RunReport

_OTHER = re.compile(r"[^A-Za-z0-9_]")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")


def ci_facts(environ: Mapping[str, str]) -> dict[str, str]:
    """The job's provider, run URL, job name, commit and branch; empty outside of such a job."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return _present(_github(environ))
    if environ.get("GITLAB_CI") == "true":
        return _present(_gitlab(environ))
    if environ.get("CI", "").lower() in ("true", "1", "yes"):
        return _present({"provider": "unknown", "url": environ.get("BUILD_URL", "")})
    return {}


def check_outputs(environ: Mapping[str, str], own: Collection[str]) -> None:
    """Raise `UnsafeError` when the outputs would be written into artifactctl's own data, `own`."""
    for variable in _OUTPUTS:
        if path := environ.get(variable):
            check_not_own_data(path, own)


def write_outputs(report: "RunReport", environ: Mapping[str, str]) -> None:
    """Append a run's outputs to `$GITHUB_OUTPUT` and `$GITHUB_STEP_SUMMARY`, if these are set."""
    for variable, lines_of in _OUTPUTS.items():
        if path := environ.get(variable):
            _append(path, lines_of(report))


def _output_lines(report: "RunReport") -> list[str]:
    """`artifact_OUTPUT=NAME:VERSION` and `OUTPUT=NAME:VERSION` of each output, and the run's ID.

    Each output also has a line with the step's name in front, as `STEP_OUTPUT`. This name stays
    valid when another step gets an output of the same key; outputs that share a key have only this
    name.
    """
    made = [(step.name, key, ref) for step in report.steps for key, ref in step.outputs.items()]
    keys = [key for _, key, _ in made]
    lines = []
    for step, key, ref in made:
        names = [f"{step}_{key}", *([key] if keys.count(key) == 1 else [])]
        for word in (_OTHER.sub("_", name) for name in names):
            plain = word if not word[:1].isdigit() else f"_{word}"
            lines += [f"artifact_{word}={ref}", f"{plain}={ref}"]
    return [*lines, f"run_id={report.id}"]


def _summary_lines(report: "RunReport") -> list[str]:
    """A Markdown table of the steps."""
    head = f"### {_escape(report.pipeline)}: {_escape(report.name)}, {report.status}"
    rows = [
        f"| {_escape(step.name)} | {step.status} |"
        f" {', '.join(_escape(ref) for ref in step.outputs.values())} |"
        for step in report.steps
    ]
    return ["", head, "", "| step | status | artifacts |", "|---|---|---|", *rows, ""]


_OUTPUTS = {"GITHUB_OUTPUT": _output_lines, "GITHUB_STEP_SUMMARY": _summary_lines}


def _append(path: str, lines: Sequence[str]) -> None:
    # O_NONBLOCK: opening a pipe that has no reader would block; with the flag it is an error.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o666)
    os.set_blocking(descriptor, True)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


def _github(environ: Mapping[str, str]) -> dict[str, str]:
    server = environ.get("GITHUB_SERVER_URL", "https://github.com")
    repository, run = environ.get("GITHUB_REPOSITORY", ""), environ.get("GITHUB_RUN_ID", "")
    return {
        "provider": "github",
        "url": f"{server}/{repository}/actions/runs/{run}" if repository and run else "",
        "job": environ.get("GITHUB_JOB", ""),
        "commit": environ.get("GITHUB_SHA", ""),
        "branch": environ.get("GITHUB_HEAD_REF") or environ.get("GITHUB_REF_NAME", ""),
    }


def _gitlab(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        "provider": "gitlab",
        "url": environ.get("CI_PIPELINE_URL") or environ.get("CI_JOB_URL", ""),
        "job": environ.get("CI_JOB_NAME", ""),
        "job_url": environ.get("CI_JOB_URL", ""),
        "commit": environ.get("CI_COMMIT_SHA", ""),
        "branch": environ.get("CI_COMMIT_REF_NAME", ""),
    }


def _present(facts: Mapping[str, str]) -> dict[str, str]:
    return {key: without_secrets(text) for key, text in facts.items() if text}


def _escape(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
