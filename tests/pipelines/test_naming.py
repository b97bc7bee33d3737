"""Placeholders in names."""

from datetime import UTC, datetime

import pytest

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.naming import check_run_name, fill, fill_known, moment_substitutions

MOMENT = moment_substitutions(datetime(2026, 1, 2, 3, 4, 5, 67, UTC))


def test_date_and_time_are_filled_as_zenml_writes_them() -> None:
    assert fill("iris_{date}_{time}", MOMENT) == "iris_2026_01_02_03_04_05_000067"


def test_a_substitution_of_ones_own_wins() -> None:
    assert fill("{date}-{stage}", {**MOMENT, "date": "today", "stage": "prod"}) == "today-prod"


def test_what_nothing_fills_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(InvalidInputError, match=r"\{y\}") as caught:
        fill("x_{y}", MOMENT)
    assert "{date}" in caught.value.hint


@pytest.mark.parametrize("template", ["", "plain", "{", "}", "{a{b}", "{}"])
def test_braces_that_are_no_placeholder_of_ours_stay(template: str) -> None:
    assert fill_known(template, MOMENT) == template


@pytest.mark.parametrize("name", ["", "a\x1b[31m", "a\nb", "x" * 256])
def test_a_run_cannot_have_a_name_that_no_terminal_shows(name: str) -> None:
    assert check_run_name("nightly: 2026/01 é") == "nightly: 2026/01 é"
    with pytest.raises(InvalidInputError, match="printable"):
        check_run_name(name)
