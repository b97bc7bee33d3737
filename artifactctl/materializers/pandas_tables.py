"""Frames, series and indexes of pandas as Parquet, with what Parquet has no word for beside it.

`data.parquet` (or `data.csv` where pyarrow is missing) holds the columns. `frame.json` says what
they were: labels that are not text, types that come back as others, frequencies. An index or the
labels of columns that are more than text are frames themselves, in the folders `index`, `columns`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from artifactctl.enums import ArtifactType
from artifactctl.errors import CannotHoldError
from artifactctl.materializers import frame_columns, frame_files, frame_labels
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.frame_cells import decoded, encoded
from artifactctl.materializers.frame_facts import describe_frame, describe_series
from artifactctl.materializers.frame_steps import HINT, Ways
from artifactctl.materializers.parts import read_json, write_json
from artifactctl.materializers.same_frames import same_columns, same_indexes

_FACTS = "frame.json"
_INDEX = "index"
_LABELS = "columns"
_VALUES = "values"


class PandasMaterializer(BaseMaterializer):
    """A DataFrame, Series or Index; what comes back is equal in values, types and labels."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (
        pd.DataFrame, pd.Series, *frame_labels.INDEX_TYPES,
    )  # fmt: skip
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    EXACT: ClassVar[bool] = True

    def save(self, data: Any) -> None:
        """Write it; raises `CannotHoldError` for what the format cannot give back."""
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


def _save_frame(frame: Any, folder: Path, facts: dict[str, Any]) -> None:
    frame = frame.set_flags(allows_duplicate_labels=True)
    facts["rows"] = len(frame)
    if not frame_labels.has_plain_labels(frame.columns):
        _save_index(frame.columns, _made(folder / _LABELS))
        frame = _numbered(frame)
    index, simple = frame.index, frame_files.is_simple()
    if frame_labels.index_stays(frame, simple=simple):
        facts["freq"] = frame_labels.frequency(index)
    elif not frame_labels.is_counting(index):
        _save_index(index, _made(folder / _INDEX))
        frame = frame.set_axis(pd.RangeIndex(len(index)), axis=0)
    ways = Ways(simple, lambda kept, name: _save_index(kept, _made(folder / name)))
    physical, facts["columns"] = frame_columns.to_physical(frame, ways)
    frame_files.write(physical, folder)
    write_json(folder / _FACTS, facts)


def _save_index(index: Any, folder: Path) -> None:
    if type(index) not in frame_labels.INDEX_TYPES:
        kind = type(index).__qualname__
        raise CannotHoldError(f"an index of type {kind!r} cannot be kept", hint=HINT)
    facts = {"kind": "index", "names": encoded(list(index.names), "the names of the index")}
    if isinstance(index, pd.RangeIndex):
        ends = [index.start, index.stop, index.step]
        write_json(folder / _FACTS, {**facts, "kind": "range", "range": ends})
        return
    if isinstance(index, pd.MultiIndex):
        _save_levels(index, folder, {**facts, "kind": "levels", "levels": index.nlevels})
        return
    facts |= {"freq": frame_labels.frequency(index), "multi": False}
    _save_frame(_numbered(index.to_frame(index=False, name=0)), folder, facts)


def _save_levels(index: Any, folder: Path, facts: dict[str, Any]) -> None:
    """The numbers of labels as columns, the labels of each level in a folder, unused ones too."""
    for number, level in enumerate(index.levels):
        _save_index(level.rename(None), _made(folder / f"level-{number}"))
    codes = {str(number): codes for number, codes in enumerate(index.codes)}
    _save_frame(pd.DataFrame(codes, copy=False), folder, facts)


def _load(folder: Path) -> Any:
    facts = read_json(folder / _FACTS)
    if facts["kind"] == "range":
        return _named(pd.RangeIndex(*facts["range"]), facts)
    frame = _read_columns(folder, facts)
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


def _read_columns(folder: Path, facts: dict[str, Any], only: Sequence[int] | None = None) -> Any:
    """The columns, or those at some places, as they were, under the file's own labels."""
    steps = {int(place): step for place, step in facts["columns"].items()}
    arrow = [place for place, step in steps.items() if frame_columns.is_arrow(step)]
    frame = frame_files.read(folder, facts["rows"], arrow, only)
    places = range(frame.shape[1]) if only is None else only
    return frame_columns.from_physical(
        frame, [steps.get(place) for place in places], lambda name: _load(folder / name)
    )


def _as_index(frame: Any, facts: dict[str, Any], folder: Path) -> Any:
    if facts["kind"] == "levels":
        levels = [_load(folder / f"level-{number}") for number in range(facts["levels"])]
        codes = [column.to_numpy() for _, column in frame.items()]
        return pd.MultiIndex(levels=levels, codes=codes)
    if facts["multi"]:
        return pd.MultiIndex.from_frame(frame)
    index = pd.Index(frame["0"], dtype=frame["0"].dtype)
    if facts["freq"] is not None:
        index.freq = facts["freq"]
    return index


def _named(index: Any, facts: dict[str, Any]) -> Any:
    index.names = decoded(facts["names"])
    return index


def _prove(frame: Any, folder: Path) -> None:
    """Read again what is not certain to come back, and compare it; plain columns are certain."""
    facts = read_json(folder / _FACTS)
    for labels, name in ((frame.columns, _LABELS), (frame.index, _INDEX)):
        if (folder / name).exists():
            _prove_index(labels, folder / name)
    steps = {int(place): step for place, step in facts["columns"].items()}
    kinds = list(frame.dtypes)
    places = [at for at, step in steps.items() if not frame_columns.is_certain(step, kinds[at])]
    loaded = _read_columns(folder, facts, places) if places else frame
    for number, place in enumerate(places):
        if not same_columns(frame.iloc[:, place], loaded.iloc[:, number]):
            label, kind = str(frame.columns[place])[:80], str(frame.dtypes.iloc[place])[:80]
            raise CannotHoldError(
                f"column {label!r} of type {kind!r} does not come back", hint=HINT
            )


def _prove_index(index: Any, folder: Path) -> None:
    if not same_indexes(index, _load(folder)):
        kind = type(index).__qualname__
        raise CannotHoldError(f"an index of type {kind!r} does not come back", hint=HINT)


def _numbered(frame: Any) -> Any:
    return frame.set_axis([str(place) for place in range(frame.shape[1])], axis=1)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
