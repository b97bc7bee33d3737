"""Log lines about a run: when it begins and ends, and for each step.

They are records of the logger `artifactctl`, at level INFO.
"""

from artifactctl.logger import get_logger
from artifactctl.pipelines.engine.reports import StepReport, Watch


def telling(pipeline: str, run_name: str) -> Watch:
    """The callbacks that log these lines."""
    return Watch(
        opened=lambda _run_id, _name: _tell(f"run {run_name} of pipeline {pipeline} begins"),
        ended=_tell_step,
        closed=lambda status: _tell(f"run {run_name} {status.value}"),
    )


def _tell_step(step: StepReport) -> None:
    said = step.error or ", ".join(step.outputs.values())
    _tell(f"step {step.name} {step.status}" + f": {said}" * bool(said))


def _tell(line: str) -> None:
    get_logger().info("%s", line)
