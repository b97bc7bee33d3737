"""What a run would do: a paragraph a step for people, rows for spreadsheets."""

import shlex
from collections.abc import Iterator, Sequence

from artifactctl.json_text import JsonObject

COLUMNS = ["step", "action", "reason", "inputs", "outputs", "command"]


def lines(plan: JsonObject) -> Iterator[str]:
    """Each step with its action and reason, its inputs and outputs, and its command."""
    steps: Sequence[JsonObject] = plan["steps"]
    counts = {action: sum(step["action"] == action for step in steps) for action in _WORDS}
    said = ", ".join(f"{count} {_WORDS[action]}" for action, count in counts.items() if count)
    yield f"run {plan['name']} of pipeline {plan['pipeline']}: {said}"
    for step, row in zip(steps, rows(plan), strict=True):
        yield ""
        yield f"{step['name']}  {step['action']}: {step['reason']}"
        for label, key in (("takes", "inputs"), ("makes", "outputs")):
            if row[key]:
                yield f"  {label:8}{', '.join(row[key])}"
        first, *more = (row["command"] or " ").split("\n")
        if row["command"]:
            yield f"  {'command':8}{first}"
            yield from (f"  {'':8}{line}" for line in more)


_WORDS = {"run": "to run", "cached": "served by the cache"}


def rows(plan: JsonObject) -> list[JsonObject]:
    """A row for each step, with `COLUMNS`."""
    return [
        {
            "step": step["name"],
            "action": step["action"],
            "reason": step["reason"],
            "inputs": [f"{name}={ref}" for name, ref in step["inputs"].items()],
            "outputs": list(step["outputs"].values()),
            "command": _one_text(step["command"]),
        }
        for step in plan["steps"]
    ]


def _one_text(command: str | Sequence[str] | None) -> str:
    if command is None:
        return ""
    return command.strip() if isinstance(command, str) else shlex.join(command)
