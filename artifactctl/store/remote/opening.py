"""Choosing what speaks to a service: obstore for object stores, fsspec for the others."""

from artifactctl.errors import WrongUsageError
from artifactctl.store.remote.objects import Objects
from artifactctl.store_url import StoreUrl

_BY_OBSTORE = ("s3", "gs", "az")
_ENGINES = ("obstore", "fsspec")


def open_objects(url: StoreUrl, timeout_s: float) -> Objects:
    """The objects at a URL; nothing is requested yet.

    `?engine=fsspec` asks for s3fs, gcsfs or adlfs instead of obstore. Raises `WrongUsageError`
    when the package is missing.
    """
    engine = url.options.get("engine", _ENGINES[0])
    if engine not in _ENGINES:
        raise WrongUsageError(
            f"engine {engine!r} is not known", hint=f"use {' or '.join(_ENGINES)}"
        )
    if url.scheme not in _BY_OBSTORE or engine == "fsspec":
        # Imported on first use, as below: each loads libraries that the other does not need.
        from artifactctl.store.remote.file_systems import FileSystem  # noqa: PLC0415

        return FileSystem(url, timeout_s)
    try:
        from artifactctl.store.remote.object_stores import ObjectStore  # noqa: PLC0415
    except ImportError:
        raise WrongUsageError(
            f"store {url} cannot be used: a package is missing",
            hint=f"pip install '{url.package}'",
        ) from None
    return ObjectStore(url, timeout_s)
