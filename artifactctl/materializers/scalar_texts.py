"""Texts and paths as JSON values: UTF-8 where that can hold them, and else their code points."""

from collections.abc import Mapping
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any


def is_plain_text(value: str) -> bool:
    """Whether UTF-8 can hold it: lone surrogates it cannot."""
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def write_text(value: str) -> str:
    """Its code points as UTF-8 in hexadecimal, lone surrogates as well."""
    return value.encode("utf-8", "surrogatepass").hex()


def read_text(content: str) -> str:
    """The text of `write_text`."""
    return bytes.fromhex(content).decode("utf-8", "surrogatepass")


def write_path(value: PurePath) -> list[Any]:
    """A path as itself: what it leads to is no part of it."""
    text = str(value)
    return [_NAMES[type(value)], text if is_plain_text(text) else {"text": write_text(text)}]


def read_path(content: list[Any]) -> PurePath:
    """The path of `write_path`."""
    name, text = content
    return _PATHS[name](read_text(text["text"]) if isinstance(text, dict) else text)


_PATHS: Mapping[str, type[PurePath]] = {
    "Path": Path,
    "PurePosixPath": PurePosixPath,
    "PureWindowsPath": PureWindowsPath,
}
_NAMES = {type(kind()): name for name, kind in _PATHS.items()}
PATH_TYPES: tuple[type, ...] = tuple(_NAMES)
"""The types of paths that are written so; the first one is what `Path()` makes here."""
