"""What is known of the runs or versions of a comparison besides the values to compare."""

from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.catalog.reading.outputs import refs_of_outputs
from artifactctl.catalog.reading.runs import users_of_runs
from artifactctl.compare import Comparison
from artifactctl.home import Home


@dataclass(frozen=True, slots=True)
class Details:
    """Who started a run, and references to the versions that it made or reused.

    `label` is that of the comparison. A version has no more than that.
    """

    label: str
    user: str | None = None
    outputs: Sequence[str] = ()


def details_of(home: Home, comparison: Comparison) -> list[Details]:
    """Return the details of each column, in their order."""
    if comparison.kind != "run" or not comparison.columns:
        return [Details(label) for label in comparison.labels]
    ids = [column.id for column in comparison.columns]
    with home.catalog.snapshot():
        users, outputs = users_of_runs(home.catalog, ids), refs_of_outputs(home.catalog, ids)
    named = zip(ids, comparison.labels, strict=True)
    return [Details(label, users.get(one), outputs.get(one, ())) for one, label in named]
