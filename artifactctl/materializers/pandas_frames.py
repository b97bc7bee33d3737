"""How frames, series and indexes of pandas are saved: a folder with Parquet, and `frame.json`.

`data.parquet` (or `data.csv` where pyarrow is missing) holds the columns: `pandas_files`. Columns
of types that Parquet would change are changed to simpler ones first: `pandas_columns`. `frame.json`
says which, and has what Parquet cannot hold: names, attributes, frequencies. An index or labels
that are more than plain texts are saved in the same way, in the folders `index` and `columns`.
What may come back changed is read again at once and compared: `pandas_values`.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import CannotHoldError
from artifactctl.materializers import pandas_columns, pandas_files
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.drawing import write_visuals
from artifactctl.materializers.facts import MAX_COLUMNS, Statistics, table_facts
from artifactctl.materializers.json_values import JsonMaterializer
from artifactctl.materializers.pandas_values import (
    HINT,
    Target,
    decoded,
    encoded,
    same_columns,
    same_indexes,
)
from artifactctl.materializers.parts import read_json, write_json
from artifactctl.materializers.statistics import column_statistics
from artifactctl.visuals import SAMPLE_COLUMNS, SAMPLE_ROWS, Visual, sample_csv

_FACTS = "frame.json"
_INDEX = "index"
_LABELS = "columns"
_VALUES = "values"


class PandasScalarMaterializer(JsonMaterializer):
    """A Timestamp, Timedelta, NA or NaT: `data.json`, with its unit."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (
        pd.Timestamp, pd.Timedelta, type(pd.NA), type(pd.NaT),
    )  # fmt: skip


class PandasMaterializer(BaseMaterializer):
    """A DataFrame, Series or Index, which comes back equal in values, types and labels."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (
        pd.DataFrame, pd.Series, *pandas_columns.INDEX_TYPES,
    )  # fmt: skip
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    EXACT: ClassVar[bool] = True

    def save(self, data: pd.DataFrame | pd.Series | pd.Index) -> None:
        """Write it; raises `CannotHoldError` if it would come back changed."""
        folder = Path(self.uri)
        if isinstance(data, pd.Index):
            _save_index(data, folder)
            _prove_index(data, folder)
            return
        if isinstance(data, pd.Series):
            facts = {"kind": "series", "name": encoded(data.name, "the name")}
            frame = data.to_frame(_VALUES)
        else:
            facts, frame = {"kind": "frame"}, data
        facts["attrs"] = encoded(dict(data.attrs), "attrs")
        if not data.flags.allows_duplicate_labels:
            facts["unique_labels"] = True
        _save_frame(frame, folder, facts)
        _prove(frame, folder)

    def load(self, data_type: type) -> pd.DataFrame | pd.Series | pd.Index:  # noqa: ARG002 - `frame.json` says it
        """Read it whole."""
        return _load(Path(self.uri))

    def load_sample(self, data_type: type) -> pd.DataFrame | pd.Series | pd.Index | None:
        """It, unless it has so many cells that only the start of its file is shown."""
        return self.load(data_type) if pandas_files.is_small(Path(self.uri)) else None

    def save_visualizations(
        self, data: pd.DataFrame | pd.Series | pd.Index | None
    ) -> dict[str, VisualizationType]:
        """`describe.csv` and `sample.csv`: statistics by column, and the first rows."""
        if data is None:
            return write_visuals(self.uri, pandas_files.show_start(Path(self.uri)))
        frame = data if isinstance(data, pd.DataFrame) else data.to_frame()
        return write_visuals(self.uri, _shown(frame))

    def extract_metadata(self, data: pd.DataFrame | pd.Series | pd.Index) -> dict[str, Any]:
        """`shape`, `dtype` and, of numbers, `mean std min max`; by column for a frame."""
        if isinstance(data, pd.DataFrame):
            return frame_facts(data)
        facts = {"shape": list(data.shape), "dtype": str(data.dtype)}
        if isinstance(data, pd.Series) and _is_number(data.dtype):
            return {**facts, **_statistics(data.to_frame())[0]}
        return facts


def _save_frame(frame: pd.DataFrame, folder: Path, facts: dict[str, Any]) -> None:
    frame = frame.set_flags(allows_duplicate_labels=True)
    facts["rows"] = len(frame)
    if not pandas_columns.has_plain_labels(frame.columns):
        _save_index(frame.columns, _made(folder / _LABELS))
        frame = _numbered(frame)
    index, is_csv = frame.index, pandas_files.is_csv()
    if pandas_columns.index_stays(frame, is_csv=is_csv):
        facts["freq"] = pandas_columns.frequency(index)
    elif not pandas_columns.is_counting(index):
        _save_index(index, _made(folder / _INDEX))
        frame = frame.set_axis(pd.RangeIndex(len(index)), axis=0)
    target = Target(is_csv, lambda kept, name: _save_index(kept, _made(folder / name)))
    physical, facts["columns"] = pandas_columns.to_physical(frame, target)
    pandas_files.write(physical, folder)
    write_json(folder / _FACTS, facts)


def _save_index(index: pd.Index, folder: Path) -> None:
    if type(index) not in pandas_columns.INDEX_TYPES:
        kind = type(index).__qualname__
        raise CannotHoldError(f"an index of type {kind!r} cannot be saved", hint=HINT)
    facts = {"kind": "index", "names": encoded(list(index.names), "the names of the index")}
    if isinstance(index, pd.RangeIndex):
        ends = [index.start, index.stop, index.step]
        write_json(folder / _FACTS, {**facts, "kind": "range", "range": ends})
        return
    if isinstance(index, pd.MultiIndex):
        _save_levels(index, folder, {**facts, "kind": "levels", "levels": index.nlevels})
        return
    facts |= {"freq": pandas_columns.frequency(index), "multi": False}
    _save_frame(_numbered(index.to_frame(index=False, name=0)), folder, facts)


def _save_levels(index: pd.MultiIndex, folder: Path, facts: dict[str, Any]) -> None:
    """Write the labels of each level in a folder, unused ones too, and their numbers as columns."""
    for number, level in enumerate(index.levels):
        _save_index(level.rename(None), _made(folder / f"level-{number}"))
    codes = {str(number): codes for number, codes in enumerate(index.codes)}
    _save_frame(pd.DataFrame(codes, copy=False), folder, facts)


def _load(folder: Path) -> pd.DataFrame | pd.Series | pd.Index:
    facts = read_json(folder / _FACTS)
    if facts["kind"] == "range":
        return _named(pd.RangeIndex(*facts["range"]), facts)
    frame: Any = _read_columns(folder, facts)
    if facts["kind"] in ("index", "levels"):
        return _named(_as_index(frame, facts, folder), facts)
    if (folder / _LABELS).exists():
        frame.columns = _load(folder / _LABELS)
    if (folder / _INDEX).exists():
        frame.index = _load(folder / _INDEX)
    elif facts.get("freq") is not None:
        frame.index.freq = facts["freq"]
    if facts["kind"] == "series":
        frame = frame[_VALUES].rename(decoded(facts["name"]))
    frame.attrs = decoded(facts["attrs"])
    if facts.get("unique_labels"):
        frame.flags.allows_duplicate_labels = False
    return frame


def _read_columns(
    folder: Path, facts: dict[str, Any], only: Sequence[int] | None = None
) -> pd.DataFrame:
    """The columns, or those at some places, as they were, under the file's own labels."""
    steps = {int(place): step for place, step in facts["columns"].items()}
    arrow = [place for place, step in steps.items() if pandas_columns.is_arrow(step)]
    frame = pandas_files.read(folder, facts["rows"], arrow, only)
    places = range(frame.shape[1]) if only is None else only
    return pandas_columns.from_physical(
        frame, [steps.get(place) for place in places], lambda name: _load(folder / name)
    )


def _as_index(frame: pd.DataFrame, facts: dict[str, Any], folder: Path) -> pd.Index:
    if facts["kind"] == "levels":
        levels = [_load(folder / f"level-{number}") for number in range(facts["levels"])]
        codes = [column.to_numpy() for _, column in frame.items()]
        return pd.MultiIndex(levels=levels, codes=codes)
    if facts["multi"]:  # as earlier versions wrote an index of several levels
        return pd.MultiIndex.from_frame(frame)
    index = pd.Index(frame["0"], dtype=frame["0"].dtype)
    if facts["freq"] is not None:
        index.freq = facts["freq"]
    return index


def _named(index: pd.Index, facts: dict[str, Any]) -> pd.Index:
    index.names = decoded(facts["names"])
    return index


def _prove(frame: pd.DataFrame, folder: Path) -> None:
    """Read again what is not certain to come back, and compare it; plain columns are certain."""
    facts = read_json(folder / _FACTS)
    for labels, name in ((frame.columns, _LABELS), (frame.index, _INDEX)):
        if (folder / name).exists():
            _prove_index(labels, folder / name)
    steps = {int(place): step for place, step in facts["columns"].items()}
    kinds = list(frame.dtypes)
    places = [at for at, step in steps.items() if not pandas_columns.is_certain(step, kinds[at])]
    loaded = _read_columns(folder, facts, places) if places else frame
    for number, place in enumerate(places):
        if not same_columns(frame.iloc[:, place], loaded.iloc[:, number]):
            label, kind = str(frame.columns[place])[:80], str(frame.dtypes.iloc[place])[:80]
            raise CannotHoldError(
                f"column {label!r} of type {kind!r} would not load unchanged", hint=HINT
            )


def _prove_index(index: pd.Index, folder: Path) -> None:
    if not same_indexes(index, _load(folder)):
        kind = type(index).__qualname__
        raise CannotHoldError(f"an index of type {kind!r} would not load unchanged", hint=HINT)


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis([str(place) for place in range(frame.shape[1])], axis=1)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _shown(frame: pd.DataFrame) -> Iterator[Visual]:
    frame = frame.iloc[:, :SAMPLE_COLUMNS]
    with suppress(ValueError, TypeError, NotImplementedError):  # of unusual types, or no columns
        yield Visual("describe.csv", VisualizationType.CSV, _as_csv(frame.describe()))
    yield Visual("sample.csv", VisualizationType.CSV, _as_csv(frame.head(SAMPLE_ROWS)))


def _as_csv(frame: pd.DataFrame) -> bytes:
    names = [name if name is not None else "" for name in frame.index.names]
    rows = [
        (*(label if isinstance(label, tuple) else (label,)), *cells)
        for label, *cells in frame.itertuples(name=None)
    ]
    return sample_csv([*names, *frame.columns], rows)


def frame_facts(frame: pd.DataFrame) -> dict[str, Any]:
    """`shape`, and by column `dtype` and, of numbers, `mean std min max`."""
    shown = frame.iloc[:, :MAX_COLUMNS]
    kinds = list(map(str, shown.dtypes))
    statistics: dict[int, Statistics] = {}
    for kind in dict.fromkeys(kinds):  # columns of one type are a matrix
        places = [place for place, name in enumerate(kinds) if name == kind]
        if _is_number(shown.dtypes.iloc[places[0]]):
            statistics |= zip(places, _statistics(shown.iloc[:, places]), strict=True)
    columns = [(label, kinds[at], statistics.get(at, {})) for at, label in enumerate(shown.columns)]
    return table_facts(frame.shape, columns)


def _is_number(dtype: Any) -> bool:
    try:
        return bool(pd.api.types.is_numeric_dtype(dtype)) and dtype.kind in "iuf"
    except NotImplementedError:  # pandas does not know all types of Arrow
        return False


def _statistics(frame: pd.DataFrame) -> list[Statistics]:
    """The statistics of columns of one type; missing values do not count."""
    if isinstance(frame.dtypes.iloc[0], np.dtype):
        return column_statistics(frame.to_numpy())
    present = [frame.iloc[:, place].dropna() for place in range(frame.shape[1])]
    kind = {"f": "float64", "i": "int64", "u": "uint64"}[frame.dtypes.iloc[0].kind]
    return [column_statistics(column.to_numpy(dtype=kind)[:, np.newaxis])[0] for column in present]
