"""Saving something and loading it again, as the tests of every materializer do."""

import tempfile
from pathlib import Path
from typing import Any

import pytest

from artifactctl.errors import UnsafeError
from artifactctl.materializers import Saved, load, save


def save_in(folder: Path, value: Any, materializer: Any = None) -> Saved:
    folder.mkdir(parents=True)
    return save(value, folder, materializer)


def again(value: Any, **options: Any) -> Any:
    """What comes back of `value`; the folder is read-only on loading, and gone afterwards."""
    options.setdefault("allow_pickle", False)
    with tempfile.TemporaryDirectory() as name:
        saved = save(value, Path(name))
        before = contents(Path(name))
        loaded = load(Path(name), saved.materializer, saved.data_type, **options)
        assert contents(Path(name)) == before
        return loaded


def pickled_again(value: Any, reason: str = "") -> Any:
    """What comes back of `value`, which only a pickle holds: with a warning, and by consent."""
    with tempfile.TemporaryDirectory() as name:
        with pytest.warns(UserWarning, match=f"saved as a pickle.*{reason}"):
            saved = save(value, Path(name))
        assert saved.metadata["pickled"] is True
        names = (Path(name), saved.materializer, saved.data_type)
        with pytest.raises(UnsafeError):
            load(*names, allow_pickle=False)
        return load(*names, allow_pickle=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
