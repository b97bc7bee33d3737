"""The environment variables of the code that a run executes."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifactctl.client import Client

_RUN_ID = "ARTIFACTCTL_RUN_ID"
_OUTER = "ARTIFACTCTL_OUTER_RUNS"


def environment_of(client: "Client") -> dict[str, str]:
    """The environment of commands: that of this process, with the home in force."""
    settings = client.settings
    own = {"ARTIFACTCTL_HOME": settings.home.value}
    for key in ("catalog", "store"):
        name = f"ARTIFACTCTL_{key.upper()}"
        if name in os.environ:
            own[name] = getattr(settings, key).value
    return {**os.environ, **own}


def outer_runs() -> list[str]:
    """The IDs of the runs whose steps have started this process, the outermost first."""
    inmost = os.environ.get(_RUN_ID, "").split()
    return [*os.environ.get(_OUTER, "").split(), *inmost]


def mark_of(run_id: str) -> str:
    """A text that only the commands of this run have in their environment."""
    return f"{_RUN_ID}={run_id}"


def step_environment(run_id: str, step: str, inputs: Mapping[str, str]) -> dict[str, str]:
    """The variables that tell a command its run, its step and the paths of its inputs."""
    return {
        _RUN_ID: run_id,
        # A run that this step starts is part of it, and may write its files.
        _OUTER: " ".join(outer_runs()),
        "ARTIFACTCTL_STEP": step,
        **{f"ARTIFACTCTL_INPUT_{name.upper()}": path for name, path in inputs.items()},
    }
