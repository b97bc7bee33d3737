"""Values side by side: nothing is lost, nothing is rounded, and order changes no value."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.compare import ComparedItem, CompareOptions, Comparison, Row, Subject, compare
from artifactctl.errors import WrongUsageError

numbers = (
    st.integers()
    | st.integers(10**300, 10**400)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, 0.0, -0.0, 5e-324, 1.7e308, -1.7e308])
)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=4)
names = st.sampled_from(["a", "b", "a.b", "b.a", '"a"."b"', "loss", "accuracy", ".", ""])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(names, values, max_size=4)
pairs = st.tuples(objects, objects, objects)


def subject(
    position: int,
    metadata: dict[str, Any],
    parameters: dict[str, Any] = {},  # noqa: B006
    outputs: dict[str, Any] = {},  # noqa: B006
) -> Subject:
    column = ComparedItem(
        f"id-{position}", f"run-{position}", f"2026-01-{position + 1:02}T00:00:00Z"
    )
    return Subject(column, metadata, parameters, outputs)


def put(*metadata: dict[str, Any], **options: Any) -> Comparison:
    subjects = [subject(i, item) for i, item in enumerate(metadata)]
    return compare("run", subjects, CompareOptions(**options))


def row(key: str, *metadata: dict[str, Any], **options: Any) -> Row:
    return next(row for row in put(*metadata, **options).rows if row.key == key)


def keys(*metadata: dict[str, Any], **options: Any) -> list[str]:
    return [row.key for row in put(*metadata, **options).rows]


def leaves(value: Any) -> int:
    return sum(map(leaves, value.values())) if isinstance(value, dict) and value else 1


@given(st.lists(pairs, min_size=1, max_size=4))
def test_no_value_is_lost_and_no_two_share_a_key(found):
    subjects = [subject(i, *item) for i, item in enumerate(found)]
    compared = compare("run", subjects, CompareOptions())
    assert len({row.key for row in compared.rows}) == len(compared.rows)
    for i, groups in enumerate(found):
        present = [row for row in compared.rows if not row.missing[i]]
        assert len(present) == sum(leaves(value) for group in groups for value in group.values())
        assert all(row.values[i] is None for row in compared.rows if row.missing[i])


@given(st.lists(pairs, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_columns_changes_no_value(found, random):
    subjects = [subject(i, *item) for i, item in enumerate(found)]
    shuffled = random.sample(subjects, len(subjects))
    options = CompareOptions(baseline="id-0")
    one, other = compare("run", subjects, options), compare("run", shuffled, options)
    places = [shuffled.index(item) for item in subjects]
    assert [row.key for row in one.rows] == [row.key for row in other.rows]
    for left, right in zip(one.rows, other.rows, strict=True):
        for what in ("values", "missing", "changes", "relative"):
            moved = tuple(getattr(right, what)[place] for place in places)
            assert repr(getattr(left, what)) == repr(moved)
        assert (left.goal, left.kind, left.differs) == (right.goal, right.kind, right.differs)
        assert {shuffled[i].column.id for i in right.best} == {
            subjects[i].column.id for i in left.best
        }
        assert repr(left.trend) == repr(right.trend)


@given(st.lists(numbers | st.none(), min_size=1, max_size=5))
def test_changes_are_exact_and_always_json(found):
    compared = put(*({"loss": value} for value in found))
    text = json.dumps(compared.as_json(), allow_nan=False)
    assert json.loads(text) == compared.as_json()
    [only] = compared.rows
    assert only.changes[0] is None
    assert only.relative[0] is None
    for value, change in zip(found[1:], only.changes[1:], strict=True):
        if isinstance(value, int) and isinstance(found[0], int):
            assert change == value - found[0]


@given(st.lists(numbers | st.none(), min_size=1, max_size=5), st.booleans())
def test_the_best_is_never_the_worst(found, is_more):
    options = {"maximize": ["x"]} if is_more else {"minimize": ["x"]}
    compared = row("x", *({"x": value} for value in found), **options)
    assert not set(compared.best) & set(compared.worst)
    present = [value for value in found if value is not None]
    if compared.best:
        best = max(present) if is_more else min(present)
        assert all(found[i] == best for i in compared.best)
        assert len(set(present)) > 1


def test_what_is_the_same_as_the_baseline_has_changed_by_nothing():
    same = row("x", {"x": 0.1}, {"x": 0.1}, {"x": 0.3})
    assert same.changes == (None, 0.0, 0.3 - 0.1)
    assert same.relative == (None, 0.0, (0.3 - 0.1) / 0.1)
    assert row("x", {"x": -2}, {"x": -1}).relative == (None, 0.5)
    assert row("x", {"x": 0}, {"x": 1}).relative == (None, None)
    assert row("x", {"x": 0}, {"x": 1}).changes == (None, 1)
    assert row("x", {}, {"x": 1}).changes == (None, None)
    assert row("x", {"x": 10**400}, {"x": 1.5}).changes == (None, None)


def test_objects_are_keys_joined_by_dots_and_lists_are_values():
    assert keys({"m": {"acc": 1, "by": {"class": [1, 2]}}, "e": {}}) == ["e", "m.acc", "m.by.class"]
    assert row("e", {"e": {}}).values == ({},)


def test_keys_that_would_be_the_same_are_told_apart_by_quotes():
    assert keys({"a.b": 1, "a": {"b": 2}}) == ['"a"."b"', "a.b"]
    assert row("a.b", {"a.b": 1, "a": {"b": 2}}).values == (1,)
    # In another run the same place has the same key.
    assert row('"a"."b"', {"a.b": 1, "a": {"b": 2}}, {"a": {"b": 3}}).values == (2, 3)
    assert keys({"a.b": 1, "a": {"b": 2}, '"a"."b"': 3}) == ['"\\"a\\".\\"b\\""', '"a"."b"', "a.b"]


def test_parameters_stand_below_metadata_with_names_of_their_own():
    subjects = [subject(0, {"train": {"lr": 1}, "z": 1}, {"train": {"lr": 2, "c": 3}})]
    rows = compare("run", subjects, CompareOptions()).rows
    assert [(row.group, row.key) for row in rows] == [
        ("metadata", "train.lr"),
        ("metadata", "z"),
        ("parameters", "parameters.train.lr"),
        ("parameters", "train.c"),
    ]


def test_outputs_stand_between_with_names_of_their_own():
    found = {"model": {"acc": 0.5, "size": 1}, "a.b": {"c": 1}, "a": {"b.c": 2}}
    metadata, parameters = {"model": {"acc": 1}}, {"model": {"size": 3, "depth": 4}}
    rows = compare("run", [subject(0, metadata, parameters, found)], CompareOptions()).rows
    assert [(row.group, row.key, row.values) for row in rows] == [
        ("metadata", "model.acc", (1,)),
        ("outputs", "model.size", (1,)),
        ("outputs", "outputs.model.acc", (0.5,)),
        ("outputs", 'outputs:"a"."b.c"', (2,)),
        ("outputs", 'outputs:"a.b"."c"', (1,)),
        ("parameters", "model.depth", (4,)),
        ("parameters", "parameters.model.size", (3,)),
    ]


def test_numbers_of_outputs_are_better_by_their_names_as_metadata_is():
    subjects = [subject(i, {}, outputs={"m": {"acc": i}}) for i in (0, 1)]
    (row,) = compare("run", subjects, CompareOptions()).rows
    assert (row.key, row.goal, row.best, row.worst) == ("m.acc", "maximize", (1,), (0,))


def test_numbers_in_keys_count():
    assert keys({"layer10": 1, "layer2": 1, "layer1": 1}) == ["layer1", "layer2", "layer10"]
    assert keys({"a" + "1" * 5000: 1, "a2": 1})[0] == "a2"


@pytest.mark.parametrize(
    ("found", "kind", "differs"),
    [
        ([1, 1.0], "number", False),
        ([1, True], "category", True),
        ([1, "1"], "category", True),
        ([1, None], "number", True),
        ([None, None], "category", False),
        ([[1], [1.0]], "category", False),
        ([[1], [True]], "category", True),
        (["a"], "category", False),
    ],
)
def test_kinds_and_differences_are_those_of_json(found, kind, differs):
    compared = row("x", *({"x": value} for value in found))
    assert (compared.kind, compared.differs) == (kind, differs)


def test_what_is_missing_differs_and_is_no_null():
    compared = row("x", {"x": None}, {})
    assert (compared.values, compared.missing, compared.differs) == (
        (None, None),
        (False, True),
        True,
    )


@pytest.mark.parametrize(
    ("key", "goal"),
    [
        ("accuracy", "maximize"),
        ("val_loss", "minimize"),
        ("f1_macro", "maximize"),
        ("F1Score", "maximize"),
        ("valLoss", "minimize"),
        ("mAP", "maximize"),
        ("map50", "maximize"),
        ("mAP50-95", "maximize"),
        ("RMSE", "minimize"),
        ("train::loss", "minimize"),
        ("test.accuracy", "maximize"),
        ("logLoss", "minimize"),
        ("r2", "maximize"),
        ("top_5_accuracy", "maximize"),
        ("inferenceTime", "minimize"),
        ("loss_accuracy", None),
        ("loss_weight", None),
        ("start_time", None),
        ("epochs", None),
        ("mapping", None),
        ("lossy", None),
    ],
)
def test_whether_more_is_better_is_told_by_the_name(key, goal):
    assert row(key, {key: 1}, {key: 2}).goal == goal


def test_only_the_last_part_of_a_nested_key_says_what_it_is():
    assert row("loss.epochs", {"loss": {"epochs": 1}}).goal is None
    assert row("epochs.loss", {"epochs": {"loss": 1}}).goal == "minimize"
    assert row("loss", {"loss": "hinge"}).goal is None


def test_a_goal_that_is_asked_for_a_key_counts_for_the_keys_inside_of_it():
    found = [{"quality": {"test": value, "spread": value}} for value in (1, 2)]
    asked = {"maximize": ["quality"], "minimize": ["quality.spread"]}
    assert row("quality.test", *found, **asked).goal == "maximize"
    assert row("quality.spread", *found, **asked).goal == "minimize"
    assert row("quality.test", *found).goal is None


def test_goals_that_are_asked_for_win():
    found = {"loss": 1, "lr": 1}, {"loss": 2, "lr": 2}
    assert row("loss", *found, maximize=["lo*"]).best == (1,)
    assert row("lr", *found, minimize=["lr"]).best == (0,)
    with pytest.raises(WrongUsageError, match="'loss' matches both --maximize and --minimize"):
        put(*found, maximize=["*"], minimize=["loss"])
    [parameter] = compare(
        "run", [subject(0, {}, {"fit": {"precision": 16}})], CompareOptions()
    ).rows
    assert parameter.goal is None


def test_keys_are_chosen_by_globs_and_what_fits_nothing_is_told():
    found = {"m": {"acc": 1, "loss": 2}, "x": 1}, {"m": {"acc": 1, "loss": 3}, "x": 1}
    assert keys(*found, keys=["m.*"]) == ["m.acc", "m.loss"]
    assert keys(*found, keys=["*c", "x"]) == ["m.acc", "x"]
    assert keys(*found, only_diff=True) == ["m.loss"]
    compared = put(*found, keys=["acc"], maximize=["nothing"])
    assert compared.rows == ()
    assert compared.notes == (
        "no key matches 'acc'; did you mean 'm.acc'?",
        "no key matches 'nothing'; there are: m.acc, m.loss, x",
    )
    assert not put(*found).is_equal
    assert put(*found, keys=["x"]).is_equal


def test_columns_are_sorted_and_the_baseline_stays_what_it_was():
    found = {"a": 2}, {"a": "x"}, {}, {"a": 10}, {"a": None}

    def order(*sort_by: str) -> str:
        compared = put(*found, sort_by=sort_by)
        assert compared.columns[compared.baseline].id == "id-0"
        return "".join(column.id[-1] for column in compared.columns)

    assert order() == "01234"
    assert order("a") == "03124"
    assert order("desc:a") == "13024"
    assert order("desc:created") == order("desc:started") == "43210"
    assert order("asc:a", "desc:name") == "03142"
    with pytest.raises(WrongUsageError, match="cannot sort by 'b'"):
        order("b")
    assert put({"a": 1}, {"a": 2}, baseline="id-1", sort_by=["desc:a"]).baseline == 0


def test_a_trend_is_in_the_order_of_time_and_leaves_out_what_is_missing():
    assert row("a", {"a": 3}, {}, {"a": 1}, {"a": None}, sort_by=["a"]).trend == (3, 1)
    assert row("a", {"a": "x"}, {"a": 1}).trend == ()


def test_nothing_can_be_compared_too():
    compared = compare("run", [], CompareOptions(sort_by=["x"], keys=["y"]))
    assert (compared.columns, compared.rows, compared.notes) == ((), (), ())


def test_the_object_for_programs_has_the_promised_keys():
    found = put({"loss": 1.5}, {"loss": 1}).as_json()
    assert list(found) == ["schema", "kind", "baseline", "columns", "rows"]
    assert list(found["columns"][0]) == [
        *("id", "name", "created", "status", "pipeline", "artifact", "version", "type"),
        *("duration_s", "size_bytes", "file_count", "tags"),
    ]
    assert found["rows"] == [
        {
            "key": "loss",
            "group": "metadata",
            "kind": "number",
            "goal": "minimize",
            "differs": True,
            "values": [1.5, 1],
            "missing": [False, False],
            "changes": [None, -0.5],
            "relative": [None, -0.5 / 1.5],
            "best": [1],
            "worst": [0],
            "trend": [1.5, 1],
        }
    ]
