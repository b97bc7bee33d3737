"""Groups, importance and labels of a comparison, against the libraries that people trust."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from artifactctl.compare import ComparedItem, CompareOptions, Comparison, Subject, compare
from artifactctl.compare.grouping import spread
from artifactctl.compare.importance import chance, correlation_ratio, ranks, spearman
from artifactctl.errors import WrongUsageError

floats = st.floats(-1e6, 1e6) | st.integers(-5, 5)
lists = st.lists(floats, min_size=2, max_size=30)


def put(*runs: tuple[dict, dict], names: list[str] | None = None, **options) -> Comparison:
    subjects = [
        Subject(
            ComparedItem(
                f"{i:08x}-0000", names[i] if names else f"run-{i}", f"2026-01-{i + 1:02}T00:00:00Z"
            ),
            metadata,
            parameters,
        )
        for i, (metadata, parameters) in enumerate(runs)
    ]
    return compare("run", subjects, CompareOptions(**options))


@given(lists)
def test_mean_and_deviation_are_those_of_the_sample(numbers):
    found = spread(numbers, [False] * len(numbers), is_numeric=True)

    assert found.mean == pytest.approx(statistics.fmean(numbers), rel=1e-12, abs=1e-12)
    assert found.deviation == pytest.approx(statistics.stdev(numbers), rel=1e-9, abs=1e-9)
    assert (found.n, found.missing) == (len(numbers), 0)


@pytest.mark.parametrize(
    ("values", "mean", "deviation"),
    [
        ([], None, None),
        ([3], 3, None),
        ([0.1, 0.1, 0.1], 0.1, 0),
        ([1.7e308, 1.7e308], 1.7e308, 0),
        ([1.7e308, 1.6e308], 1.65e308, 1e307 / math.sqrt(2)),
        ([1.7e308, -1.7e308], 0, 1.7e308 * math.sqrt(2) if math.isfinite(1.7e308 * 1.5) else None),
        ([10**400, 1], None, None),
        ([1e-320, 3e-320], 2e-320, math.sqrt(2) * 1e-320),
    ],
)
def test_numbers_at_the_ends_of_what_floats_hold(values, mean, deviation):
    found = spread(values, [False] * len(values), is_numeric=True)
    assert found.mean == pytest.approx(mean)
    if deviation is None:
        assert found.deviation is None
    else:
        assert found.deviation == pytest.approx(deviation, rel=1e-3)


def test_what_is_missing_or_null_is_left_out_and_counted():
    compared = put(
        ({"acc": 0.5}, {"lr": 1}),
        ({"acc": None}, {"lr": 1}),
        ({}, {"lr": 1}),
        ({"acc": 0.7}, {"lr": 1.0}),
        ({"acc": 0.9, "note": "x"}, {}),
        group_by="lr",
    )
    assert compared.grouped
    groups = compared.grouped.groups
    assert [(g.value, g.is_missing, g.columns) for g in groups] == [
        (1, False, (0, 1, 2, 3)),
        (None, True, (4,)),
    ]
    rows = {row.key: row.spreads for row in compared.grouped.rows}
    assert "lr" not in rows
    assert (rows["acc"][0].n, rows["acc"][0].missing) == (2, 2)
    assert rows["acc"][0].mean == pytest.approx(0.6)
    assert (rows["acc"][1].mean, rows["acc"][1].deviation) == (0.9, None)
    assert [(one.n, one.distinct, one.value) for one in rows["note"]] == [(0, 0, None), (1, 1, "x")]


def test_groups_are_in_order_and_true_is_not_one():
    values = ["b", 10, 2, True, None, [1], "a", 1]
    compared = put(*(({"k": value}, {}) for value in values), ({}, {}), group_by="k")
    assert compared.grouped
    assert [g.value for g in compared.grouped.groups] == [1, 2, 10, "a", "b", [1], None, True, None]


def test_columns_are_grouped_by_facts_too_and_not_by_what_nobody_has():
    assert put(({}, {}), ({}, {}), group_by="name").grouped
    with pytest.raises(WrongUsageError, match="cannot group by 'acuracy'") as caught:
        put(({"accuracy": 1}, {}), ({}, {}), group_by="acuracy")
    assert "did you mean 'accuracy'" in str(caught.value.hint)


@given(st.lists(floats, min_size=1, max_size=30))
def test_ranks_are_those_of_scipy(numbers):
    assert ranks(numbers) == list(stats.rankdata(numbers))


@given(st.lists(st.tuples(floats, floats), min_size=3, max_size=30))
def test_rank_correlations_are_those_of_scipy(pairs):
    xs, ys = zip(*pairs, strict=True)
    found = spearman(xs, ys)
    if len(set(xs)) == 1 or len(set(ys)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(stats.spearmanr(xs, ys).statistic, abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from("abc"), floats), min_size=3, max_size=30))
def test_the_correlation_ratio_is_kruskal_and_wallis_h_over_n_less_one(pairs):
    names, ys = zip(*pairs, strict=True)
    found = correlation_ratio(names, ys)
    if len(set(ys)) == 1:
        assert found is None
    elif len(set(names)) > 1:
        groups = [[y for name, y in pairs if name == one] for one in set(names)]
        h = stats.kruskal(*groups).statistic
        assert found == pytest.approx(math.sqrt(max(0.0, h) / (len(pairs) - 1)), abs=1e-7)


@pytest.mark.parametrize(("n", "freedom"), [(10, 1), (30, 1), (30, 4), (100, 9)])
def test_chance_is_the_quantile_of_chi_squared(n, freedom):
    exact = math.sqrt(stats.chi2.ppf(0.95, freedom) / (n - 1))
    assert chance(n, freedom) == pytest.approx(min(1, exact), rel=0.02)


def test_random_numbers_exceed_chance_in_about_one_of_twenty_cases():
    dice = random.Random(5)
    draws = 2000
    beyond = sum(
        abs(spearman([dice.random() for _ in range(15)], [dice.random() for _ in range(15)]) or 0)
        > chance(15)
        for _ in range(draws)
    )
    assert 0.03 < beyond / draws < 0.07


def test_parameters_that_go_with_a_metric_come_strongest_first():
    runs = [
        (
            {"acc": i / 20, "loss": 1 - i / 20},
            {"lr": 2**i, "seed": (i * 7) % 12, "kind": "ab"[i > 5]},
        )
        for i in range(12)
    ]
    compared = put(*runs, importance="acc")
    assert compared.importance
    found = compared.importance.keys
    assert (compared.importance.n, [one.key for one in found]) == (12, ["lr", "kind", "seed"])
    assert found[0].strength == pytest.approx(1)
    assert (found[1].method, found[1].n) == ("correlation_ratio", 12)
    assert abs(found[2].strength) < found[2].chance


def test_what_cannot_be_told_is_left_out_with_the_reason():
    runs = [
        ({"acc": i, "page": f"x{i}"}, {"rare": i} if i < 3 else {"name": f"n{i}", "one": 1})
        for i in range(9)
    ]
    compared = put(*runs, importance="acc")
    assert compared.importance
    assert {one.key: one.reason for one in compared.importance.left_out} == {
        "name": "too many values",
        "one": "constant",
        "rare": "too few",
    }


def test_a_whole_number_and_the_same_number_as_a_float_are_one_category():
    sizes = [1, 1.0, "x", 1, 1.0, "x"]
    runs = [({"acc": i}, {"size": size}) for i, size in enumerate(sizes)]
    found = put(*runs, importance="acc").importance
    assert found
    assert [(one.key, one.method) for one in found.keys] == [("size", "correlation_ratio")]
    assert found.keys[0].chance == pytest.approx(chance(6, 1)), "two categories, not three"


def test_without_parameters_all_other_keys_are_told():
    compared = put(*(({"acc": i, "rows": -i}, {}) for i in range(5)), importance="acc")
    assert compared.importance
    assert [(one.key, one.strength) for one in compared.importance.keys] == [("rows", -1.0)]


@pytest.mark.parametrize(("metric", "says"), [("none", "no metric 'none'"), ("t", "not a number")])
def test_a_metric_is_a_number(metric, says):
    with pytest.raises(WrongUsageError, match=says):
        put(({"acc": 1, "t": "x"}, {}), ({"acc": 2}, {}), importance=metric)


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["a", "b"], ["a", "b"]),
        (["rate-0.1", "rate-0.05"], ["rate-0.1", "rate-0.05"]),
        (
            ["training-of-flowers-0.1", "training-of-flowers-0.05"],
            ["…0.1", "…0.05"],
        ),
        (
            ["training-2026-11-30-red", "training-2026-11-30-rose"],
            ["…red", "…rose"],
        ),
        (["training-of-flowers-", "training-of-flowers-a"],) * 2,
    ],
)
def test_labels_leave_out_what_long_names_share(names, labels):
    assert put(*(({}, {}) for _ in names), names=names).labels == tuple(labels)


def test_equal_names_are_told_apart_by_a_parameter_and_else_by_the_id():
    names = ["nightly (00000000)", "nightly (00000001)", "other"]
    told = put(({}, {"lr": 0.1}), ({}, {"lr": 0.2}), ({}, {"lr": 0.1}), names=names)
    assert told.labels == ("nightly (lr=0.1)", "nightly (lr=0.2)", "other")
    assert [column.name for column in told.columns] == names

    same = put(({}, {"lr": 0.1}), ({}, {"lr": 0.1}), ({}, {}), names=names)
    assert same.labels == tuple(names)
    taken = ["n (00000000)", "n (00000001)", "n (lr=1)"]
    assert put(({}, {"lr": 1}), ({}, {"lr": 2}), ({}, {}), names=taken).labels == tuple(taken)


def test_what_was_not_asked_for_is_not_in_the_object_for_programs():
    runs = [({"acc": i}, {"lr": i % 2}) for i in range(4)]
    assert {"grouped", "importance"}.isdisjoint(put(*runs).as_json())
    found = put(*runs, group_by="lr", importance="acc").as_json()
    assert found["grouped"]["by"] == "lr"  # type: ignore[index]
    assert found["grouped"]["rows"][0]["spreads"][0]["mean"] == 1.0  # type: ignore[index]
    assert found["importance"]["keys"][0]["method"] == "spearman"  # type: ignore[index]
