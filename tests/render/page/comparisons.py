"""Comparisons made by hand, in the shape in which a comparison is printed as JSON."""

import math
import random
from typing import Any

ABSENT = object()


def row(key: str, *values: Any, group: str = "metadata", goal: str | None = None) -> dict[str, Any]:
    """A row as a comparison has it; `ABSENT` where a column lacks the key."""
    missing = [value is ABSENT for value in values]
    stored = [None if value is ABSENT else value for value in values]
    present = [value for value in values if value is not ABSENT]
    numbers = [value for value in present if is_number(value)]
    is_telling = bool(goal) and len(set(numbers)) > 1
    top, bottom = (max, min) if goal == "maximize" else (min, max)
    ends = (top(numbers), bottom(numbers)) if is_telling else (None, None)
    best, worst = ([i for i, v in enumerate(stored) if v is not None and v == end] for end in ends)
    return {
        "key": key,
        "group": group,
        "kind": "number" if numbers and len(numbers) == len(present) else "category",
        "goal": goal,
        "differs": any(missing) or any(value != stored[0] for value in stored),
        "values": stored,
        "missing": missing,
        "changes": [None] * len(stored),
        "relative": [None] * len(stored),
        "best": best,
        "worst": worst,
        "trend": numbers,
    }


def comparison(names: list[str], *rows: dict[str, Any]) -> dict[str, Any]:
    """A comparison of runs with these names, an hour apart."""
    columns = [
        {
            "id": f"00000000-0000-4000-8000-{index:012}",
            "name": name,
            "created": f"2026-03-{1 + index // 24:02}T{index % 24:02}:15:00Z",
            "status": "failed" if index % 7 == 5 else "completed",
            "pipeline": "digits_training",
            "artifact": None,
            "version": None,
            "type": None,
            "duration_s": 12.5 + index * index * 3.7,
            "size_bytes": None,
            "file_count": None,
            "tags": ["nightly"] if index % 2 else [],
        }
        for index, name in enumerate(names)
    ]
    return {"schema": 1, "kind": "run", "baseline": 0, "columns": columns, "rows": list(rows)}


def sweep(runs: int = 8) -> dict[str, Any]:
    """Something like a search over the settings of a classifier: six numbers, three categories."""
    dice = random.Random(7)
    rates = [10 ** dice.uniform(-4, -0.5) for _ in range(runs)]
    depths = [dice.choice([2, 4, 6, 8, 12]) for _ in range(runs)]
    quality = [
        0.97 - 0.05 * abs(math.log10(rate) + 2) - 0.004 * abs(depth - 8)
        for rate, depth in zip(rates, depths, strict=True)
    ]
    losses = [round(1.3 - value, 5) for value in quality]
    return comparison(
        [f"nightly-{index + 1}" for index in range(runs)],
        row("model.classes", *[10] * runs),
        row("model.parameters", *[depth * 12_345_678 for depth in depths]),
        row(
            "test.accuracy",
            *[ABSENT if index == 3 else round(value, 4) for index, value in enumerate(quality)],
            goal="maximize",
        ),
        row("test.f1_macro", *[round(v - 0.011 * (v > 0.9), 4) for v in quality], goal="maximize"),
        row("train.loss", *losses, goal="minimize"),
        row("train.optimizer", *[dice.choice(["adam", "sgd", "lion"]) for _ in range(runs)]),
        row("train.mixed_precision", *[bool(index % 3) for index in range(runs)]),
        row("train.learning_rate", *rates, group="parameters"),
        row("train.depth", *depths, group="parameters"),
        row("vars.note", *["first try", *[ABSENT] * (runs - 1)], group="parameters"),
    )


def big(runs: int = 20, keys: int = 200) -> dict[str, Any]:
    """Many runs with many numbers each."""
    dice = random.Random(3)
    names = [f"run-{index + 1}" for index in range(runs)]
    goals = {0: "maximize", 1: "minimize"}
    rows = [
        row(
            f"layer{index // 4}.{('accuracy', 'loss', 'weights.mean', 'gradient.norm')[index % 4]}",
            *[ABSENT if dice.random() < 0.02 else dice.gauss(index, 1 + index) for _ in names],
            goal=goals.get(index % 4),
        )
        for index in range(keys)
    ]
    return comparison(names, *rows)


def is_number(value: Any) -> bool:
    """Whether a comparison counts it as a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)
