"""Comparisons as people see them: no cell that is cut, none that is more than text."""

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.compare import ComparedItem, CompareOptions, Comparison, Subject, compare
from artifactctl.render import comparison as shown
from artifactctl.render.comparison import numbers
from tests.render.test_lineage import HOSTILE


class Terminal(io.StringIO):
    """A terminal of some width."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError


def put(*metadata: dict[str, Any], names: Any = None, **options: Any) -> Comparison:
    subjects = [
        Subject(
            ComparedItem(
                f"id-{i}",
                names[i] if names else f"run-{i}",
                f"2026-01-{i + 1:02}",
                status="completed",
                duration_s=i * 60.0 + 12,
            ),
            item,
            {},
        )
        for i, item in enumerate(metadata)
    ]
    return compare("run", subjects, CompareOptions(**options))


def table(compared: Comparison, width: int = 0, **how: Any) -> str:
    out = Terminal() if width else io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        patch.setenv("NO_COLOR", "1")
        shown.print_table(compared, out, **how)
    return out.getvalue()


def markdown(compared: Comparison) -> list[str]:
    return list(shown.markdown(compared, facts="none"))


def test_a_row_has_values_changes_and_marks():
    compared = put({"acc": 0.9333, "m": "a"}, {"acc": 0.95, "m": "b"}, {"acc": 0.9, "m": None})
    assert [line.rstrip() for line in table(compared).splitlines()] == [
        "KEY          run-0 (baseline)   run-1                  run-2                 TREND",
        "─" * 82,
        "(duration)   12 s               1 min 12 s             2 min 12 s",
        "acc          0.9333             0.95 ★ +0.0167 +1.8%   0.9 ▾ -0.0333 -3.6%   ▆█▁",
        "m            a                  b                      null",
    ]
    assert shown.remarks(compared, io.StringIO()) == ["Changes are against run-0; ★ best, ▾ worst."]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.933333, "0.9333"),
        (1.2e-05, "1.2e-05"),
        (12345, "12,345"),
        (12345.678, "12,345.7"),
        (1.0, "1.0"),
        (0, "0"),
        (0.0, "0.0"),
        (-0.5, "-0.5"),
        (100.0, "100.0"),
        (10**20, "1.000e+20"),
        (10**400, "1.000e+400"),
        (1.7e308, "1.7e+308"),
        (999999.96, "1,000,000.0"),
    ],
)
def test_numbers_have_the_digits_that_people_want(value, text):
    assert numbers.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "="), (0.0, "="), (5, "+5"), (-1200, "-1,200"), (0.02222, "+0.0222"), (2.0, "+2")],
)
def test_changes_have_a_sign(value, text):
    assert numbers.change(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0238, "+2.4%"),
        (-0.0003, "-0.03%"),
        (12.5, "+1,250%"),
        (0.0, ""),
        (1e300, "+1e+302%"),
        (1.7e308, ""),
    ],
)
def test_shares_are_percent(value, text):
    assert numbers.relative(value) == text


@given(st.integers() | st.floats(-1e300, 1e300))
def test_every_number_can_be_shown_and_is_near_what_is_stored(value):
    read = float(numbers.number(value).replace(",", ""))
    assert read == pytest.approx(float(value), rel=1e-3, abs=1e-300)
    numbers.change(value)
    numbers.relative(float(value))


def test_missing_null_empty_and_what_looks_like_a_number_are_told_apart():
    text = table(
        put(
            {"a": None, "b": "", "c": "1", "d": "null", "g1": "1,234"},
            {"e": "—", "f": True, "g": " x"},
        )
    )
    cells = dict(line.split(None, 1) for line in text.splitlines()[3:])
    assert cells["a"].split() == ["null", "—"]
    assert cells["b"].split() == ['""', "—"]
    assert cells["c"].split() == ['"1"', "—"]
    assert cells["d"].split() == ['"null"', "—"]
    assert cells["g1"].split() == ['"1,234"', "—"]
    assert cells["e"].split() == ["—", '"—"']
    assert cells["f"].split() == ["—", "true"]
    assert '" x"' in cells["g"]


def widths(text: str) -> set[int]:
    return {len(line) for line in text.splitlines()}


@pytest.mark.parametrize("columns", [2, 5, 8, 20])
@pytest.mark.parametrize("width", [80, 200])
def test_no_line_is_wider_than_the_terminal_and_no_name_is_cut(columns, width):
    found = [
        {f"metrics.number_{k}": i / (k + 1) for k in range(7)} | {"text": "long " * 20}
        for i in range(columns)
    ]
    text = table(put(*found), width)
    assert max(widths(text)) <= width
    for i in range(columns):
        assert f"run-{i}" in text
    for k in range(7):
        assert f"metrics.number_{k}" in text
    assert "long " * 20 not in text
    assert "…" in text
    assert "long " * 20 in table(put(*found))


def test_long_names_are_turned_round_before_a_line_is_too_wide():
    names = [f"{i}-is-a-rather-long-name-of-a-run" for i in range(2)]
    found = [{f"key_{k}": i for k in range(6)} for i in range(2)]
    text = table(put(*found, names=names), 60)
    assert text.startswith("RUN")
    assert max(widths(text)) <= 60


def test_facts_that_are_the_same_are_no_difference():
    compared = put({"a": 1}, {"a": 2})
    assert "(duration)" in table(compared, facts="differing")
    same = [replace(column, duration_s=1.0, status="failed") for column in compared.columns]
    compared = replace(compared, columns=tuple(same))
    assert "(" not in table(compared, facts="differing").replace("(baseline)", "")
    assert "(status)" in table(compared)


def test_a_few_keys_of_many_runs_are_turned_round():
    text = table(put(*({"acc": i / 10, "loss": 1 / (i + 1)} for i in range(12))), 80)
    assert text.split()[0] == "RUN"
    assert text.count("run-0 (baseline)") == 1
    assert [line.split()[0] for line in text.splitlines()[2:]] == [
        *(f"run-{i}" for i in range(12)),
        "TREND",
    ]


def test_blocks_repeat_the_keys_and_the_baseline():
    found = [{f"number_{k}": i + k for k in range(12)} for i in range(6)]
    text = table(put(*found, baseline="id-2"), 80, facts="none")
    blocks = text.split("\n\n")
    assert len(blocks) > 1
    for block in blocks:
        assert block.split()[0] == "KEY"
        assert block.splitlines()[0].count("run-2 (baseline)") == 1
        assert block.count("number_") == 12


def test_a_pipe_gets_one_table_with_everything():
    found = [{f"number_{k}": "long " * 50 for k in range(12)} for i in range(20)]
    lines = table(put(*found)).splitlines()
    assert len(lines) == 2 + 1 + 12
    assert lines[0].split()[0] == "KEY"


def test_a_terminal_that_takes_only_ascii_gets_only_ascii():
    class Plain(Terminal):
        encoding = "ascii"

    out = Plain()
    shown.print_table(put({"acc": 1}, {"acc": 2}, {}), out)
    assert out.getvalue().isascii()
    assert "2 * +1 +100%" in out.getvalue()
    assert all(remark.isascii() for remark in shown.remarks(put({"acc": 1}, {"acc": 2}), out))


def test_an_empty_comparison_is_no_table():
    filtered, same = put(), put({"a": 1}, {"a": 1}, only_diff=True)
    for compared, remark in (
        (filtered, "No run or version matches the filters."),
        (same, "No differences."),
    ):
        assert table(compared, facts="differing") == ""
        assert shown.remarks(compared, io.StringIO()) == [remark]
        assert len(list(shown.markdown(compared, "differing"))) == 1


@pytest.mark.parametrize(
    "text", [*HOSTILE, "\u202eevil", "[red]x[/red]", "@octocat", "www.evil.com"]
)
def test_hostile_text_is_only_text_in_a_table(text):
    compared = put({"k": text, text: 1}, {"k": 1}, names=[text, "run"])
    for width in (0, 80, 20):
        found = table(compared, width)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", found)


def cells(line: str) -> list[str]:
    """What GitHub takes for the cells of a line: pipes part them, escaped ones as well as not."""
    return line.removeprefix("| ").removesuffix(" |").split(" | ")


@pytest.mark.parametrize(
    "text", [*HOSTILE, "\u202eevil", "@octocat", "a|b`c", "www.evil.com|", "`", "", " ", "\\"]
)
def test_hostile_text_is_only_text_in_markdown(text):
    lines = markdown(put({"k": text, text: 1}, {"k": 1}, names=[text, "run"]))
    for line in lines[:-1]:
        assert line.count("|") == 4
        for cell in cells(line):
            bare = re.sub(r"`[^`|\\<>&]*`|<code>[\w &#;]*</code>", "", cell)
            assert re.fullmatch(r"[\w .()+%,:*=—-]*", bare), cell


def test_markdown_shows_changes_and_marks():
    assert markdown(put({"acc": 0.9, "a_b": "x"}, {"acc": 0.95, "c": None})) == [
        "| key | `run-0` (baseline) | `run-1` |",
        "| --- | --- | --- |",
        "| `a_b` | `x` | — |",
        "| `acc` | _0.9_ | **0.95** (+0.05, +5.6%) |",
        "| `c` | — | `null` |",
        "",
        "Best in **bold**, worst in _italics_.",
    ]


def test_spreadsheets_get_exact_values():
    compared = put({"a": 0.1 + 0.2, "n": None, "t": "x,\ty"}, {"a": 10**20, "l": ["p", "q"]})
    for separator in (",", "\t"):
        out = io.StringIO()
        shown.print_separated(compared, out, separator, facts="none")
        assert list(csv.reader(io.StringIO(out.getvalue()), delimiter=separator)) == [
            ["key", "group", "run-0", "run-1"],
            ["a", "metadata", "0.30000000000000004", "100000000000000000000"],
            ["l", "metadata", "", "p,q"],
            ["n", "metadata", "null", ""],
            ["t", "metadata", "x,\\ty", ""],
        ]
    out = io.StringIO()
    shown.print_separated(compared, out, ",")
    facts = [line[:2] for line in csv.reader(io.StringIO(out.getvalue()))][1:4]
    assert facts == [["status", "fact"], ["created", "fact"], ["duration_s", "fact"]]


def test_what_is_in_the_table_is_what_is_in_json():
    compared = put({"acc": 0.5, "n": 1}, {"acc": 0.75, "n": 3})
    programs = json.loads(json.dumps(compared.as_json()))
    text = table(compared)
    for row in programs["rows"]:
        for value, change in zip(row["values"], row["changes"], strict=True):
            assert numbers.number(value) in text
            assert change is None or numbers.change(change) in text
