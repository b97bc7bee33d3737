"""A nested value in a folder: `data.json`, and a numbered folder for each part JSON cannot hold.

Without such parts `data.json` is the value. With them it is
`{"value": ..., "parts": [{"materializer": ..., "data_type": ...}, ...]}`: in the value,
`{"$part": 3}` stands for what is in folder `3`. An object that occurs twice is one part.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

from artifactctl.enums import VisualizationType
from artifactctl.errors import InvalidInputError
from artifactctl.materializers.class_names import required_class
from artifactctl.materializers.encoding import CLASS_MARKS, Decoder, Encoder
from artifactctl.materializers.loading import load
from artifactctl.materializers.saving import save

DATA = "data.json"
INDEX = "index.json"


def save_parts(value: Any, folder: str) -> None:
    """Write `value` into `folder`."""
    parts = _Parts(Path(folder))
    encoded = Encoder(parts.put).encode(value)
    if parts.index:
        write_json(Path(folder, INDEX), {"value": encoded, "parts": parts.index})
    else:
        write_json(Path(folder, DATA), encoded)


def load_parts(folder: str, *, allow_pickle: bool, outermost: type | None = None) -> Any:
    """The value that `save_parts` wrote.

    `outermost` is the class to use for the object itself, instead of the one that the data names.
    """
    index: list[Any] = []
    if Path(folder, DATA).exists():
        value = read_json(Path(folder, DATA))
    else:
        held = read_json(Path(folder, INDEX))
        value, index = held["value"], held["parts"]
    loaded = _LoadedParts(Path(folder), index, allow_pickle=allow_pickle)
    known = {name: outermost for name in _class_names(value) if outermost}
    class_named = partial(_class_named, known, allow_pickle)
    return Decoder(class_named, loaded.get).decode(value)


def shown_parts(folder: str) -> dict[str, VisualizationType]:
    """The file to show of a value that is JSON as a whole; nothing for one with parts."""
    path = Path(folder, DATA)
    return {str(path): VisualizationType.JSON} if path.exists() else {}


def write_json(path: Path, value: Any) -> None:
    """Write strict JSON as UTF-8."""
    path.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON; raises `InvalidInputError` for anything else, or too deep a nesting."""
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{path.name!r} is not JSON: {error}") from error


class _Parts:
    """The parts that JSON cannot hold, saved in numbered folders."""

    def __init__(self, folder: Path) -> None:
        self.index: list[dict[str, str]] = []
        self._folder = folder
        self._numbers: dict[int, int] = {}
        self._alive: list[Any] = []  # an identity is unique while its object lives

    def put(self, value: Any) -> dict[str, int]:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self.index)
            self._alive.append(value)
            folder = self._folder / str(number)
            folder.mkdir()
            saved = save(value, folder, extract_metadata=False)
            part = {"materializer": saved.materializer, "data_type": saved.data_type}
            self.index.append(part)
        return {"$part": number}


class _LoadedParts:
    """The parts of an index, each loaded once."""

    def __init__(self, folder: Path, index: list[Any], *, allow_pickle: bool) -> None:
        self._folder = folder
        self._index = index
        self._allow_pickle = allow_pickle
        self._loaded: dict[int, Any] = {}

    def get(self, number: Any) -> Any:
        if type(number) is not int or not 0 <= number < len(self._index):
            raise InvalidInputError(f"the data has no part {number!r}")
        if number not in self._loaded:
            part = self._index[number]
            self._loaded[number] = load(
                self._folder / str(number),
                part["materializer"],
                part["data_type"],
                allow_pickle=self._allow_pickle,
            )
        return self._loaded[number]


def _class_names(value: Any) -> list[str]:
    """The recorded name of the object's own class, if it was saved by its fields."""
    if isinstance(value, dict) and len(value) == 1:
        mark, content = next(iter(value.items()))
        if mark in CLASS_MARKS and isinstance(content[0], str):
            return [content[0]]
    return []


def _class_named(known: dict[str, type], importing: bool, name: str) -> type:
    return known[name] if name in known else required_class(name, importing=importing)
