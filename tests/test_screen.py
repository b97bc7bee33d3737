"""Whether text is shown in colour: the terminal, NO_COLOR and FORCE_COLOR decide."""

import io

import pytest

from artifactctl.cli import run
from artifactctl.screen import screen_of


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("variables", "out", "is_coloured"),
    [
        ({}, Terminal(), True),
        ({}, io.StringIO(), False),
        ({"NO_COLOR": "1"}, Terminal(), False),
        ({"NO_COLOR": ""}, Terminal(), True),
        ({"TERM": "dumb"}, Terminal(), False),
        ({"FORCE_COLOR": "1"}, io.StringIO(), True),
        ({"FORCE_COLOR": "0"}, io.StringIO(), False),
        ({"FORCE_COLOR": ""}, io.StringIO(), False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, Terminal(), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal(), False),
    ],
)
def test_who_decides_on_colour(monkeypatch, variables, out, is_coloured):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    assert (screen_of(out).palette is not None) == is_coloured


def test_an_error_has_colour_where_it_is_shown_and_none_in_a_pipe(monkeypatch, capsys, home):
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    monkeypatch.setenv("TERM", "xterm")
    assert run(["nope"]) == 2
    assert "\x1b" not in capsys.readouterr().err
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run(["nope"]) == 2
    assert capsys.readouterr().err.startswith("\x1b[31martifactctl:\x1b[0m there is no command")
