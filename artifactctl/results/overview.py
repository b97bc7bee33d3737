"""A catalog, or a part of it, as one value: what a page is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from artifactctl.catalog.reading.lineage import VersionName
from artifactctl.catalog.reading.overview import (
    ArtifactLine,
    Label,
    RunLine,
    StepLine,
    StepUse,
    Value,
    VersionLine,
)
from artifactctl.enums import VisualizationType
from artifactctl.series import Extent, Points


@dataclass(frozen=True, slots=True)
class Preview:
    """A visualization that is kept with a version, or one of its files that shows itself."""

    version_seq: int
    name: str
    type: VisualizationType
    content: bytes


@dataclass(frozen=True, slots=True)
class Curve:
    """A series of a `version`, a `run` or a `step`, by its seq.

    The points are thinned; there are none where there was no room for them.
    """

    owner: str
    seq: int
    key: str
    extent: Extent
    points: Points | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Rows of a catalog, newest first; metadata and tags are in rows of their own.

    `others` are the names of versions that the runs and versions refer to and that are not among
    `versions`, by their seqs. `curves` are those of the newest rows first. `root` is the version or
    run that a part was chosen by, as `version:NAME:VERSION` or `run:ID`. `total_versions` and
    `total_runs` count those left out, too. `written` is the time in UTC.
    """

    artifacts: Sequence[ArtifactLine]
    versions: Sequence[VersionLine]
    runs: Sequence[RunLine]
    steps: Sequence[StepLine]
    uses: Sequence[StepUse]
    inputs: Sequence[tuple[int, int]]
    artifact_tags: Sequence[Label]
    version_tags: Sequence[Label]
    run_tags: Sequence[Label]
    version_values: Sequence[Value]
    run_values: Sequence[Value]
    step_values: Sequence[Value]
    others: Mapping[int, VersionName]
    total_versions: int
    total_runs: int
    written: str
    previews: Sequence[Preview] = ()
    curves: Sequence[Curve] = ()
    root: str | None = None


@dataclass(frozen=True, slots=True)
class CatalogPage:
    """The result of writing a page: its absolute path and what is in it.

    `notes` say what was left out.
    """

    path: str
    size_bytes: int
    artifacts: int
    versions: int
    runs: int
    notes: tuple[str, ...] = ()
