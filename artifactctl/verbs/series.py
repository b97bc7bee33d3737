"""The verbs that read series of runs, steps and versions."""

from collections.abc import Mapping, Sequence

from artifactctl.catalog.reading import series as reading
from artifactctl.compare import Comparison
from artifactctl.home import Home
from artifactctl.results.runs import PipelineRun
from artifactctl.results.series import Series, merged
from artifactctl.series import Points, thinned
from artifactctl.verbs import finding_runs

_MOST_DRAWN = 200_000  # points of all curves of a page
_FEWEST_DRAWN, _USUALLY_DRAWN = 50, 1000  # points of one curve
_SKETCHED = 16  # chunks that a sketch of a long series is made of


def list_series(home: Home, owners: Sequence[str]) -> dict[str, dict[str, Series]]:
    """Return what is known of all series of versions, runs and steps: by owner's ID, then key."""
    found = reading.extents_of(home.catalog, owners)
    return {
        owner: {key: Series.of(owner, key, extent, home.origin) for key, extent in series.items()}
        for owner, series in found.items()
    }


def read_points(home: Home, owner: str, key: str, *, is_sketch: bool = False) -> Points:
    """Return all points of a series of a version, a run or a step, by its ID.

    Of a long series, a sketch is of points here and there.
    """
    return reading.read_points(home.catalog, owner, key, _SKETCHED if is_sketch else None)


def series_of_run(home: Home, run: PipelineRun) -> dict[str, Series]:
    """Return the series of a run and of its steps, by the keys of its `all_metadata`."""
    ids = {name: step.id_text for name, step in run.steps.items()}
    found = list_series(home, [run.id_text, *ids.values()])
    of_steps = {name: found.get(step_id, {}) for name, step_id in ids.items()}
    return merged(found.get(run.id_text, {}), of_steps, run.all_metadata)


def curves_of(home: Home, comparison: Comparison) -> dict[str, list[Points]]:
    """Return the curves of what is compared: by key, the points of each column.

    They are thinned, so that all of them have no more than some 200,000 points; peaks stay.
    """
    keys = {row.key for row in comparison.rows}
    found = [_series_of(home, comparison, column.id) for column in comparison.columns]
    names = sorted({key for series in found for key in series if key in keys})
    count = sum(key in series for series in found for key in names)
    most = max(_FEWEST_DRAWN, min(_USUALLY_DRAWN, _MOST_DRAWN // max(1, count)))

    def curve(one: Series | None) -> Points:
        return Points() if one is None else thinned(read_points(home, one.owner_id, one.key), most)

    return {key: [curve(series.get(key)) for series in found] for key in names}


def _series_of(home: Home, comparison: Comparison, item_id: str) -> Mapping[str, Series]:
    if comparison.kind == "run":
        return series_of_run(home, finding_runs.run(home, item_id))
    return list_series(home, [item_id]).get(item_id, {})
