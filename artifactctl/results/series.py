"""Series of points: a number of a run, a step or a version at each of its steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from artifactctl.errors import NotFoundError
from artifactctl.home import Origin
from artifactctl.series import Extent, Points, number_of

if TYPE_CHECKING:
    import pandas as pd

Number = int | float


class _Reader(Protocol):
    def read_points(self, owner_id: str, key: str) -> Points: ...


@dataclass(frozen=True)
class Series:
    """One series without its points, which are read on first use.

    `owner_id` is the ID of the run, step or version. `last` is the value at the last step, `min`
    and `max` are those of all steps; None where no value is known.
    """

    key: str
    owner_id: str
    count: int
    first_step: int
    last_step: int
    last: Number | None
    min: Number | None
    max: Number | None
    _origin: Origin

    @classmethod
    def of(cls, owner_id: str, key: str, extent: Extent, origin: Origin) -> "Series":
        """Return a `Series` made from its extent in the catalog."""
        return cls(
            key,
            owner_id,
            extent.count,
            extent.first_step,
            extent.last_step,
            number_of(extent.final),
            number_of(extent.low),
            number_of(extent.high),
            origin,
        )

    def __repr__(self) -> str:
        return f"<Series {self.key} ({self.count:,} points, last {self.last})>"

    def as_json(self) -> dict[str, Any]:
        """Return what is known without the points, as JSON values."""
        names = ("count", "first_step", "last_step", "last", "min", "max")
        return {name: getattr(self, name) for name in names}

    @property
    def points(self) -> Points:
        """The points by ascending step; a value that is NaN is unknown."""
        return cast("_Reader", self._origin.answerer()).read_points(self.owner_id, self.key)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a data frame with the columns `step`, `time` (in UTC) and `value`.

        Raises `NotFoundError` when pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415 (only this needs it)
        except ImportError as error:
            raise NotFoundError(
                "to_pandas() needs pandas, which is not installed",
                hint="pip install 'artifactctl[data]'",
            ) from error
        points = self.points
        times = pd.to_datetime(list(points.times_ms), unit="ms", utc=True)
        return pd.DataFrame({"step": points.steps, "time": times, "value": points.values})


def merged(
    own: Mapping[str, Series], steps: Mapping[str, Mapping[str, Series]], names: Mapping[str, Any]
) -> dict[str, Series]:
    """Return the series of a run and of its steps under the `names` of the run's metadata."""
    found = dict(own)
    for step, series in steps.items():
        for key, one in series.items():
            qualified = f"{step}::{key}"
            found[qualified if qualified in iter(names) else key] = one
    return found
