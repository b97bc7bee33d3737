"""Series as curves of a page: which have points, how many, and what stays in them."""

from artifactctl.client import Client
from artifactctl.series import points_of
from artifactctl.verbs import curving
from artifactctl.verbs.curving import Owner
from artifactctl.verbs.points import log_points
from tests.recorded import record

RISING = [float(at) for at in range(100)]


def owner_of(client: Client, name: str, **series: list[float]) -> Owner:
    run = record(client, name)
    points = {
        key: points_of((at, 0, value) for at, value in enumerate(values))
        for key, values in series.items()
    }
    log_points(client.home, "run", run.id_text, points)
    return Owner("run", len(name), run.id_text)


def test_the_first_series_have_points_and_all_have_extents(client: Client) -> None:
    owners = [owner_of(client, f"run-{turn}", a=RISING[:90], b=RISING[:60]) for turn in range(3)]
    found = curving.curves(client.catalog, owners, most_points=160)
    assert [(curve.key, curve.extent.count) for curve in found] == [("a", 90), ("b", 60)] * 3
    assert [None if one.points is None else len(one.points) for one in found] == [
        *(50, 50, 50),
        *[None] * 3,
    ]
    assert curving.curves(client.catalog, [Owner("run", 1, "none")]) == []


def test_peaks_stay_in_thinned_curves(client: Client) -> None:
    values = [0.0] * 9000
    values[4321], values[8000] = 7, -7
    (curve,) = curving.curves(client.catalog, [owner_of(client, "peaks", a=values)])
    assert curve.points is not None
    assert len(curve.points) <= 400
    assert {7, -7} <= set(curve.points.values)
    assert (curve.points.steps[0], curve.points.steps[-1]) == (0, 8999)


def test_of_very_long_series_parts_are_read_and_the_ends_are_there(client: Client) -> None:
    owner = owner_of(client, "long", a=[float(at) for at in range(210_000)], b=[1.0])
    found = curving.curves(client.catalog, [owner])
    points = {curve.key: curve.points for curve in found}
    assert points["a"] is not None
    assert (points["a"].steps[0], points["a"].steps[-1]) == (0, 209_999)
    assert points["b"] is not None
    assert len(points["b"]) == 1


def test_where_there_are_many_owners_only_those_with_series_are_asked_for(client: Client) -> None:
    owner = owner_of(client, "one", a=[1, 2])
    others = [Owner("run", 100 + at, f"none-{at}") for at in range(1100)]
    (curve,) = curving.curves(client.catalog, [*others, owner])
    assert (curve.owner, curve.seq, curve.key) == ("run", owner.seq, "a")
