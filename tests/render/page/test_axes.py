"""Which rows are axes, and where their values stand."""

from artifactctl.render.page.axes import axes_of, usual_axes
from tests.render.page.comparisons import ABSENT, comparison, row

MADE = comparison(
    ["a", "b", "c", "d"],
    row("constant", 1.5, 1.5, 1.5, 1.5),
    row("lr", 0.1, 0.2, 0.3, 0.4),
    row("once", 7, 7, 7, ABSENT),
    row("loss", 4, 3, 2, 1, goal="minimize"),
    row("depth", ABSENT, ABSENT, ABSENT, 3),
    row("width", ABSENT, ABSENT, ABSENT, ABSENT),
    row("few", 1, ABSENT, ABSENT, ABSENT),
    row("model", "tree", None, True, 3),
    row("seed", 10**400, 1, 2, 3),
)


def test_usual_are_numbers_that_differ_goals_first_and_facts_last():
    assert [axis.key for axis in usual_axes(axes_of(MADE))] == ["loss", "lr", "duration_s"]


def test_where_nothing_differs_any_number_will_do():
    made = comparison(["a", "b"], row("x", 1, 1))
    for column in made["columns"]:
        column["duration_s"] = 5

    assert [axis.key for axis in usual_axes(axes_of(made))] == ["x", "duration_s"]


def test_whole_numbers_have_whole_marks():
    axes = {axis.key: axis for axis in axes_of(MADE)}

    assert [tick.label for tick in axes["loss"].ticks] == ["1", "2", "3", "4"]
    assert [tick.label for tick in axes["created"].ticks] == ["1", "2", "3", "4"]


def test_categories_are_in_order_numbers_before_texts():
    axes = {axis.key: axis for axis in axes_of(MADE)}

    assert [tick.label for tick in axes["model"].ticks] == ["3", "tree", "null", "true"]
    assert axes["model"].places() == [1 / 3, 2 / 3, 1, 0]


def test_what_floats_cannot_hold_apart_is_a_category():
    axes = {axis.key: axis for axis in axes_of(MADE)}

    assert axes["seed"].kind == "category"
    assert axes["seed"].places() == [1, 0, 1 / 3, 2 / 3]


def test_missing_values_have_no_place():
    axes = {axis.key: axis for axis in axes_of(MADE)}

    assert axes["few"].places() == [0.5, None, None, None]
    assert axes["width"].places() == [None] * 4


def test_keys_are_unique_whatever_they_are_called():
    made = comparison(["a"], *[row("status", 1, group=g) for g in ("metadata", "parameters")])
    keys = [axis.key for axis in axes_of(made)]

    assert len(keys) == len(set(keys))
    assert keys[:2] == ["status", "parameters:status"]
