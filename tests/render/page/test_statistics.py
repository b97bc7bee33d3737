"""The page's means and correlations are those of the command, on the same numbers."""

import json
import random
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser

from artifactctl.compare.grouping import spread
from artifactctl.compare.importance import chance, correlation_ratio, spearman
from artifactctl.render.page import library

pytestmark = pytest.mark.sweep

SCRIPT = (files(library.__package__) / "statistics.js").read_text("utf-8").replace("export ", "")
CASES = 300


def drawn(dice: random.Random) -> list[float]:
    """A list of numbers: some far apart, some equal, some next to each other."""
    kind = dice.randrange(5)
    size = dice.randrange(2, 40)
    if kind == 0:
        return [float(dice.randrange(4)) for _ in range(size)]
    if kind == 1:
        return [10 ** dice.uniform(-12, 12) for _ in range(size)]
    if kind == 2:
        return [1e9 + dice.random() for _ in range(size)]
    if kind == 3:
        return [dice.choice([1.7e308, -1.6e308, 0.0, 5e-324]) for _ in range(size)]
    return [dice.gauss(0, 1) for _ in range(size)]


def told(browser: Browser, call: str, cases: list[Any]) -> list[Any]:
    page = browser.new_page()
    found = page.evaluate(
        f"(cases) => {{ {SCRIPT}\n return JSON.stringify(JSON.parse(cases).map({call})) }}",
        json.dumps(cases),
    )
    page.close()
    values: list[Any] = json.loads(found)
    return values


def test_means_and_deviations(browser: Browser):
    dice = random.Random(1)
    cases = [drawn(dice) for _ in range(CASES)]
    found = told(browser, "(numbers) => moments(numbers)", cases)

    for numbers, one in zip(cases, found, strict=True):
        wanted = spread(numbers, [False] * len(numbers), is_numeric=True)
        assert one["mean"] == pytest.approx(wanted.mean, rel=1e-14, abs=1e-14)
        if wanted.deviation is None:
            assert one["deviation"] is None
        else:
            assert one["deviation"] == pytest.approx(wanted.deviation, rel=1e-12)


def test_rank_correlations(browser: Browser):
    dice = random.Random(2)
    cases = []
    for _ in range(CASES):
        xs = drawn(dice)
        cases.append([xs, [dice.choice(xs) * dice.choice([1, -1]) for _ in xs]])
    found = told(browser, "([xs, ys]) => spearman(xs, ys)", cases)

    for (xs, ys), one in zip(cases, found, strict=True):
        wanted = spearman(xs, ys)
        assert one == (None if wanted is None else pytest.approx(wanted, abs=1e-12))


def test_correlation_ratios(browser: Browser):
    dice = random.Random(3)
    cases = []
    for _ in range(CASES):
        ys = drawn(dice)
        cases.append([[dice.choice("abcd") for _ in ys], ys])
    found = told(browser, "([names, ys]) => correlationRatio(names, ys)", cases)

    for (names, ys), one in zip(cases, found, strict=True):
        wanted = correlation_ratio(names, ys)
        assert one == (None if wanted is None else pytest.approx(wanted, abs=1e-12))


def test_chance(browser: Browser):
    cases = [[n, freedom] for n in (4, 10, 100) for freedom in (1, 2, 9)]
    found = told(browser, "([n, freedom]) => chance(n, freedom)", cases)
    assert found == [pytest.approx(chance(*case), abs=1e-15) for case in cases]
