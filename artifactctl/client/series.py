"""The client's methods for series of points."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from artifactctl import verbs
from artifactctl.home import Home

if TYPE_CHECKING:
    from artifactctl.compare import Comparison
    from artifactctl.results.series import Series
    from artifactctl.series import Points


class SeriesMethods:
    """The methods of `Client` for series of points of runs, steps and versions, by their IDs."""

    home: Home

    def list_series(self, owner_ids: Sequence[str | UUID]) -> "Mapping[str, Mapping[str, Series]]":
        """Return all series of runs, steps and versions, by the owner's ID and then by key.

        Their points are not read. `run.series` and `version.series` give those of one.
        """
        return verbs.series.list_series(self.home, [str(owner) for owner in owner_ids])

    def read_points(self, owner_id: str | UUID, key: str, *, is_sketch: bool = False) -> "Points":
        """Return the points of a series; with `is_sketch` only some of a long one.

        There are none where there is no such series.
        """
        return verbs.series.read_points(self.home, str(owner_id), key, is_sketch=is_sketch)

    def curves_of(self, comparison: "Comparison") -> "Mapping[str, Sequence[Points]]":
        """Return the curves of what is compared: by key, the points of each column.

        Long series are thinned, in such a way that their peaks stay.
        """
        return verbs.series.curves_of(self.home, comparison)
