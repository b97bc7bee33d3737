"""How long runs took, and what their steps printed."""

import pytest

from artifactctl.plain_text import duration
from artifactctl.render.runs import log_lines


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.0364, "36 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (187, "3 min 07 s"),
        (3599.6, "1 h 00 min"),
        (7500, "2 h 05 min"),
        (3600 * 5000, "5,000 h 00 min"),
    ],
)
def test_a_duration_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_logs_are_lines_as_they_were_printed() -> None:
    text = "one\r\n\ttwo\n\nthree\rfour\n"
    assert list(log_lines([("a", text)], with_names=False)) == [
        "one",
        "        two",
        "",
        "three\rfour",
    ]
    assert list(log_lines([("a", "x"), ("b", "y\n")], with_names=True)) == [
        "==> a <==",
        "x",
        "",
        "==> b <==",
        "y",
    ]
    assert list(log_lines([], with_names=True)) == []
