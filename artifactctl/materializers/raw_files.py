"""Bytes, and files and folders that exist, with their content unchanged."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PosixPath
from typing import Any, ClassVar

from artifactctl.contents.endings import TEXT
from artifactctl.contents.media import type_of
from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.drawing import write_visuals
from artifactctl.materializers.parts import read_json, write_json
from artifactctl.materializers.saving import check_not_left_out, is_left_out
from artifactctl.visuals import MOST_FILES, may_show, show_file

_BYTES = "data.bin"
_WHAT = "path.json"
_CONTENT = "content"


class BytesMaterializer(BaseMaterializer):
    """Bytes or a bytearray: `data.bin`."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (bytes, bytearray)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    EXACT: ClassVar[bool] = True
    DRAWN_FROM_FILES: ClassVar[bool] = True

    def save(self, data: bytes | bytearray) -> None:
        """Write the bytes and nothing else."""
        Path(self.uri, _BYTES).write_bytes(data)

    def load(self, data_type: type) -> bytes | bytearray:
        """The bytes, as the type they were."""
        content = Path(self.uri, _BYTES).read_bytes()
        return bytearray(content) if data_type is bytearray else content

    def save_visualizations(self, data: Any) -> dict[str, VisualizationType]:  # noqa: ARG002 - the file
        """The bytes themselves when they begin as a text in UTF-8 does."""
        path = Path(self.uri, _BYTES)
        with path.open("rb") as file:
            is_text = type_of("data", file) == TEXT
        return {str(path): VisualizationType.MARKDOWN} if is_text else {}

    def extract_metadata(self, data: bytes | bytearray) -> dict[str, Any]:
        """`length` in bytes."""
        return {"length": len(data)}


class PathMaterializer(BaseMaterializer):
    """The content of the file or folder at a path: the folder `content`.

    Links inside of a folder are followed. One that leads out of it is refused, and so are pipes and
    devices. artifactctl's own data is left out. Loading gives the path of a copy, which is removed
    when the process ends.
    """

    # Paths are objects of PosixPath; annotations name Path.
    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (Path, PosixPath)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    DRAWN_FROM_FILES: ClassVar[bool] = True

    def save(self, data: Path) -> None:
        """Copy the file or folder."""
        check_not_left_out(data)
        if data.is_dir():
            for source in list(_files_below(data)):  # before the copies are among them
                _copy(source, Path(self.uri, _CONTENT, source.relative_to(data)))
        elif data.is_file():
            _copy(data, Path(self.uri, _CONTENT, data.name))
        elif os.path.lexists(data):
            raise UnsafeError(f"{str(data)!r} is neither a file nor a folder")
        else:
            raise NotFoundError(
                f"{str(data)!r} does not exist",
                hint="a Path is saved as what it leads to; save str(path) to keep its text",
            )
        kind = "folder" if data.is_dir() else "file"
        write_json(Path(self.uri, _WHAT), {"kind": kind, "name": data.name})

    def load(self, data_type: type) -> Path:  # noqa: ARG002 - always the system's own
        """The path of a copy with the same name."""
        what = read_json(Path(self.uri, _WHAT))
        content, name = Path(self.uri, _CONTENT), _checked_name(what["name"])
        target = Path(_temporary_folder())
        if what["kind"] == "file":
            return Path(shutil.copyfile(content / name, target / name))
        target = target / (name or "folder")
        target.mkdir()
        for folder, _, names in os.walk(content):
            below = target / os.path.relpath(folder, content)
            below.mkdir(parents=True, exist_ok=True)
            for item in names:
                shutil.copyfile(os.path.join(folder, item), below / item)
        return target

    def save_visualizations(self, data: Any) -> dict[str, VisualizationType]:  # noqa: ARG002 - the files
        """The files of known formats, the first few of a folder."""
        content = Path(self.uri, _CONTENT)
        files = (path for path in sorted(content.rglob("*")) if path.is_file())
        names = (path.relative_to(self.uri).as_posix() for path in files)
        shown = islice(filter(may_show, names), MOST_FILES)
        return write_visuals(self.uri, (one for name in shown for one in show_file(self.uri, name)))

    def extract_metadata(self, data: Path) -> dict[str, Any]:
        """Its `name`."""
        return {"name": data.name}


def _files_below(folder: Path) -> Iterator[Path]:
    """Regular files, in order, without artifactctl's own data.

    Raises `UnsafeError` for a link that leads out of the folder.
    """
    root = folder.resolve()
    for item in sorted(folder.iterdir()):
        yield from _files_at(item, root, (root,))


def _files_at(item: Path, root: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    resolved = item.resolve()
    if is_left_out(resolved):
        return
    if not resolved.is_relative_to(root):
        raise UnsafeError(f"{str(item)!r} leads out of the folder {str(root)!r}")
    if item.is_dir():
        if resolved in above:
            raise InvalidInputError(
                f"{str(item)!r} leads back to a folder that contains it: links form a cycle"
            )
        for inner in sorted(item.iterdir()):
            yield from _files_at(inner, root, (*above, resolved))
    elif item.is_file():
        yield item
    else:
        raise UnsafeError(f"{str(item)!r} is neither a file nor a folder")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or name in (".", "..") or "/" in name or "\0" in name:
        raise UnsafeError(f"the data names a file {name!r}")
    return name


def _temporary_folder() -> str:
    folder = tempfile.mkdtemp(prefix="artifactctl-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
