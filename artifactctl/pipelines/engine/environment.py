"""The environment that the code of a run is executed with."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifactctl.client import Client

_RUN_ID = "ARTIFACTCTL_RUN_ID"
_OUTER = "ARTIFACTCTL_OUTER_RUNS"


def environment_of(client: "Client") -> dict[str, str]:
    """The environment that commands get: ours, with the home that is in force."""
    settings = client.settings
    own = {"ARTIFACTCTL_HOME": settings.home.value}
    for key in ("catalog", "store"):
        name = f"ARTIFACTCTL_{key.upper()}"
        if name in os.environ:
            own[name] = getattr(settings, key).value
    return {**os.environ, **own}


def outer_runs() -> list[str]:
    """The IDs of the runs in whose steps this process was started, the outermost first."""
    inmost = os.environ.get(_RUN_ID, "").split()
    return [*os.environ.get(_OUTER, "").split(), *inmost]


def mark_of(run_id: str) -> str:
    """What stands in the environment of a run's commands alone."""
    return f"{_RUN_ID}={run_id}"


def step_environment(run_id: str, step: str, inputs: Mapping[str, str]) -> dict[str, str]:
    """What tells a command of which step it is, and where its inputs are, by name."""
    return {
        _RUN_ID: run_id,
        _OUTER: " ".join(outer_runs()),
        "ARTIFACTCTL_STEP": step,
        **{f"ARTIFACTCTL_INPUT_{name.upper()}": path for name, path in inputs.items()},
    }
