"""Linked data on object stores and over SFTP, read by what a store there is read by."""

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from artifactctl.store.remote.objects import Found, Objects
from artifactctl.store.remote.opening import open_objects
from artifactctl.store.remote.resuming import ResumingStream
from artifactctl.store_url import StoreUrl

_SCHEMES = {
    **dict.fromkeys(("gs", "gcs"), "gs"),
    **dict.fromkeys(("az", "abfs", "abfss"), "az"),
    **dict.fromkeys(("sftp", "ssh"), "sftp"),
    "s3": "s3",
}


def is_known(url: str) -> bool:
    """Whether the data of this URL is read here, rather than through fsspec."""
    return url.partition("://")[0] in _SCHEMES


class LinkedFiles:
    """The files of a bucket or host, with the methods of fsspec that links need."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def info(self, path: str) -> dict[str, Any]:
        """Return what is known of a file or a folder; raises `FileNotFoundError`."""
        found = self._objects.head(path) if path else None
        if found is not None:
            return _info(found)
        if next(self._objects.list_below(f"{path}/" if path else ""), None) is None:
            raise FileNotFoundError(path)
        return {"name": path, "type": "directory", "size": 0}

    def open(self, path: str, _mode: str = "rb") -> BinaryIO:
        """Open a file to read it."""
        return cast("BinaryIO", ResumingStream(self._objects, path, must_stay=True))

    def find(self, path: str, detail: bool = True) -> dict[str, dict[str, Any]]:  # noqa: ARG002
        """Return what is known of all files below a folder, by their paths."""
        below: Iterator[Found] = self._objects.list_below(f"{path.rstrip('/')}/" if path else "")
        return {found.key: _info(found) for found in below}


def open_linked_files(url: str, timeout_s: float) -> tuple[LinkedFiles, str]:
    """The files at a URL that was checked, and the path of its file among them.

    A server may be silent for `timeout_s` seconds.
    """
    scheme, _, rest = url.partition("://")
    place, _, path = rest.partition("/")
    container, _, account = place.partition("@")
    options = {"account": account.partition(".")[0]} if account else {}
    bucket = StoreUrl(_SCHEMES[scheme], container, "", options)
    return LinkedFiles(open_objects(bucket, timeout_s)), path.rstrip("/")


def _info(found: Found) -> dict[str, Any]:
    tag = {"ETag": found.tag} if found.tag else {}
    return {
        "name": found.key,
        "type": "file",
        "size": found.size_bytes,
        "mtime": found.mtime_s,
        **tag,
    }
