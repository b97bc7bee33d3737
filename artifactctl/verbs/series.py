"""The verbs that read series of runs, steps and versions."""

from collections.abc import Sequence

from artifactctl.catalog.reading import series as reading
from artifactctl.home import Home
from artifactctl.results.recorded import PipelineRun
from artifactctl.results.series import Series, merged
from artifactctl.series import Points

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
