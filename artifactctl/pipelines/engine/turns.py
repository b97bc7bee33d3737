"""Steps of one run, or of several, that write the same files take turns."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from artifactctl.errors import BusyError
from artifactctl.pipelines.engine.claims import Claims, Conflict
from artifactctl.pipelines.engine.recording import Recorder
from artifactctl.pipelines.engine.work import Step


@dataclass
class Turns:
    """The steps of a run that wait for other steps that write the same paths.

    They wait for up to `wait_s` seconds for other runs, and without limit for steps of their own
    run. Paths are shown relative to `folder`.
    """

    claims: Claims
    recorder: Recorder
    folder: Path
    wait_s: float
    _since: dict[str, float | None] = field(default_factory=dict)

    def is_waiting(self, step: Step) -> bool:
        """Whether a step waits or has waited."""
        return step.name in self._since

    def take(self, step: Step) -> bool:
        """Claim the paths of a step; return False while another step writes them.

        Raises `BusyError` when it has waited too long.
        """
        conflict = self.claims.claim(step.name, step.writes) if step.writes else None
        if conflict is None:
            return True
        since = self._since.setdefault(step.name, None)
        if conflict.run_id == self.recorder.run.id:  # a step of the same run: no time limit
            self._since[step.name] = None
            return False
        now, problem = time.monotonic(), self._problem(step, conflict)
        if since is None:
            since = self._since[step.name] = now
            if self.wait_s:
                self.recorder.note(f"{problem}; waiting for up to {self.wait_s:g} s")
        if now >= since + self.wait_s:
            raise BusyError(problem, hint="wait for it to end, for longer with --wait SECONDS")
        return False

    def _problem(self, step: Step, conflict: Conflict) -> str:
        shown = os.path.relpath(conflict.path, self.folder)
        problem = f"step {step.name!r} writes {shown!r}, as step {conflict.step!r} of run "
        return self.recorder.hidden(f"{problem}{conflict.run!r} does at this moment")
