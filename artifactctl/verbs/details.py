"""What is known of the runs or versions of a comparison besides the values to compare."""

from artifactctl.catalog.reading.outputs import refs_of_outputs
from artifactctl.catalog.reading.runs import users_of_runs
from artifactctl.compare import ComparedDetails, Comparison
from artifactctl.home import Home


def details_of(home: Home, comparison: Comparison) -> list[ComparedDetails]:
    """Return the details of each column, in their order."""
    if comparison.kind != "run" or not comparison.columns:
        return [ComparedDetails(label) for label in comparison.labels]
    ids = [column.id for column in comparison.columns]
    with home.catalog.snapshot():
        users, outputs = users_of_runs(home.catalog, ids), refs_of_outputs(home.catalog, ids)
    named = zip(ids, comparison.labels, strict=True)
    return [ComparedDetails(label, users.get(one), outputs.get(one, ())) for one, label in named]
