"""Frames, series and indexes of pandas as Parquet, with what Parquet has no word for beside it.

`data.parquet` (or `data.csv` where pyarrow is missing) holds the columns. `frame.json` says what
they were: labels that are not text, types that come back as others, frequencies. An index or the
labels of columns that are more than text are frames themselves, in the folders `index`, `columns`.
"""

from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from artifactctl.enums import ArtifactType
from artifactctl.materializers import frame_columns, frame_files
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.frame_facts import describe_frame, describe_series
from artifactctl.materializers.parts import read_json, write_json

_FACTS = "frame.json"
_INDEX = "index"
_LABELS = "columns"
_VALUES = "values"


class PandasMaterializer(BaseMaterializer):
    """A DataFrame, Series or Index; what comes back is equal in values, types and labels."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (
        pd.DataFrame, pd.Series, pd.Index, pd.RangeIndex, pd.MultiIndex, pd.DatetimeIndex,
        pd.TimedeltaIndex, pd.PeriodIndex, pd.IntervalIndex, pd.CategoricalIndex,
    )  # fmt: skip
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    EXACT: ClassVar[bool] = True

    def save(self, data: Any) -> None:
        """Write it; raises `InvalidInputError` for what the format cannot give back."""
        folder = Path(self.uri)
        if isinstance(data, pd.Series):
            _save_series(data, folder)
        elif isinstance(data, pd.Index):
            _save_index(data, folder)
        else:
            _save_frame(data, folder, {"kind": "frame"})

    def load(self, data_type: type[Any]) -> Any:  # noqa: ARG002 - the data says it
        """Read it."""
        return _load(Path(self.uri))

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`shape`, `dtype` and statistics, by column for a frame."""
        if isinstance(data, pd.DataFrame):
            return describe_frame(data)
        if isinstance(data, pd.Series):
            return describe_series(data)
        return {"shape": list(data.shape), "dtype": str(data.dtype)}


def _save_series(series: Any, folder: Path) -> None:
    facts = {"kind": "series", "name": frame_columns.encoded(series.name, "the name")}
    facts["attrs"] = frame_columns.encoded(dict(series.attrs), "attrs")
    _save_frame(series.rename(_VALUES).to_frame(), folder, facts)


def _save_index(index: Any, folder: Path) -> None:
    names = frame_columns.encoded(list(index.names), "the names of the index")
    facts = {"kind": "index", "names": names, "freq": frame_columns.frequency(index)}
    if isinstance(index, pd.RangeIndex):
        ends = [index.start, index.stop, index.step]
        write_json(folder / _FACTS, {**facts, "kind": "range", "range": ends})
        return
    facts["multi"] = isinstance(index, pd.MultiIndex)
    frame = index.to_frame(index=False, name=list(range(index.nlevels)) if facts["multi"] else 0)
    _save_frame(_numbered(frame), folder, facts)


def _save_frame(frame: Any, folder: Path, facts: dict[str, Any]) -> None:
    facts.setdefault("attrs", frame_columns.encoded(dict(frame.attrs), "attrs"))
    facts["rows"] = len(frame)
    if not frame_columns.has_plain_labels(frame.columns):
        _save_index(frame.columns, _made(folder / _LABELS))
        frame = _numbered(frame)
    index = frame.index
    if frame_columns.index_stays(frame, simple=frame_files.is_simple()):
        facts["freq"] = frame_columns.frequency(index)
    elif not _is_counting(index):
        _save_index(index, _made(folder / _INDEX))
        frame = frame.set_axis(pd.RangeIndex(len(index)), axis=0)
    physical, facts["columns"] = frame_columns.to_physical(
        frame, simple=frame_files.is_simple(), keep=_keep_index(folder)
    )
    frame_files.write(physical, folder)
    write_json(folder / _FACTS, facts)


def _load(folder: Path) -> Any:
    facts = read_json(folder / _FACTS)
    if facts["kind"] == "range":
        return _named(pd.RangeIndex(*facts["range"]), facts)
    frame = frame_files.read(folder, facts["rows"])
    frame = frame_columns.from_physical(frame, facts["columns"], lambda name: _load(folder / name))
    if facts["kind"] == "index":
        return _as_index(frame, facts)
    if (folder / _LABELS).exists():
        frame.columns = _load(folder / _LABELS)
    if (folder / _INDEX).exists():
        frame.index = _load(folder / _INDEX)
    elif facts.get("freq") is not None:
        frame.index.freq = facts["freq"]
    if facts["kind"] == "series":
        frame = frame[_VALUES].rename(frame_columns.decoded(facts["name"]))
    frame.attrs = frame_columns.decoded(facts["attrs"])
    return frame


def _as_index(frame: Any, facts: dict[str, Any]) -> Any:
    if facts["multi"]:
        return _named(pd.MultiIndex.from_frame(frame), facts)
    index = pd.Index(frame["0"], dtype=frame["0"].dtype)
    if facts["freq"] is not None:
        index.freq = facts["freq"]
    return _named(index, facts)


def _named(index: Any, facts: dict[str, Any]) -> Any:
    index.names = frame_columns.decoded(facts["names"])
    return index


def _numbered(frame: Any) -> Any:
    return frame.set_axis([str(place) for place in range(frame.shape[1])], axis=1)


def _is_counting(index: Any) -> bool:
    """Whether it is the index that every frame has when nobody gives one."""
    return (
        isinstance(index, pd.RangeIndex)
        and index.equals(pd.RangeIndex(len(index)))
        and (index.name is None)
    )


def _keep_index(folder: Path) -> Any:
    """What saves an index under a name in `folder`: the categories of a column."""
    return lambda index, name: _save_index(index, _made(folder / name))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
