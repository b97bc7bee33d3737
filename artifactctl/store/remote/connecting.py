"""What differs between the file systems: what each is connected with, its root, and its renames."""

import posixpath
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from artifactctl.errors import WrongUsageError
from artifactctl.store.remote.patience import Patience
from artifactctl.store_url import StoreUrl

_CONNECT_S = 5.0
_SMB_PORT = 445
_IN_USE = (0xC0000022, 0xC0000043)  # access denied, sharing violation (MS-ERREF, 2.3.1)
# smbprotocol has one connection to a host for the whole process, and fails when more is asked at
# once than the server has given it credits for.
_SMB_TURN = threading.RLock()
_RENAME_TRIES, _RENAME_PAUSE_S = 30, 0.1
_PROTOCOLS = {"gs": "gcs", "az": "abfs"}
_ENGINES = {"s3": "s3fs", "gcs": "gcsfs", "abfs": "adlfs"}
_OBJECT_STORES = ("s3", "gs", "az")


def connect(url: StoreUrl, patience: Patience) -> Any:
    """A file system of fsspec's, or one with its methods, on a connection of its own.

    Raises `WrongUsageError` when a package is missing, and the errors of the library.
    """
    protocol = _PROTOCOLS.get(url.scheme, url.scheme)
    try:
        if protocol == "sftp":
            from artifactctl.store.remote.sftp import Sftp  # noqa: PLC0415 (it needs asyncssh)

            return Sftp(url, patience)
        return _by_fsspec(protocol, url, patience.seconds)
    except ImportError:
        raise WrongUsageError(
            f"store {url} cannot be used: a package is missing",
            hint=f"pip install '{_ENGINES.get(protocol, url.package)}'",
        ) from None


def root_of(url: StoreUrl) -> str:
    """The path of a store's folder, as its file system takes it."""
    is_bucket = url.scheme in (*_OBJECT_STORES, "memory")
    inside = posixpath.join(url.place, url.path) if is_bucket else url.path
    return inside if url.scheme in (*_OBJECT_STORES, "webdav") else f"/{inside}"


def rename(url: StoreUrl, fs: Any, draft: str, target: str) -> None:
    """Rename a file; another of its name is replaced."""
    _RENAMES.get(url.scheme, _rename)(fs, draft, target)


def turn(url: StoreUrl) -> AbstractContextManager[object]:
    """What a thread holds while it makes a request."""
    return _SMB_TURN if url.scheme == "smb" else nullcontext()


def _by_fsspec(protocol: str, url: StoreUrl, timeout_s: float) -> Any:
    import fsspec  # noqa: PLC0415 (SFTP needs only its event loop)

    made = fsspec.filesystem(
        protocol,
        skip_instance_cache=True,  # that of a broken connection stays broken
        **_ARGUMENTS.get(url.scheme, _of_object_store)(url, timeout_s),
    )
    if made.async_impl:
        # When a connection breaks, what still waits for it fails unseen, and asyncio prints each
        # failure. The one that somebody asked for is raised all the same.
        made.loop.set_exception_handler(lambda _loop, _context: None)
    return made


def _of_smb(url: StoreUrl, timeout_s: float) -> dict[str, Any]:
    host, _, port = url.place.partition(":")
    user = {"username": url.user} if url.user else {}
    password = {"password": url.password} if url.password else {}
    place = {"host": host, **({"port": int(port)} if port else {})}
    return {**place, **user, **password, "timeout": int(timeout_s) or 1}


def _of_webdav(url: StoreUrl, timeout_s: float) -> dict[str, Any]:
    auth = {"auth": (url.user, url.password)} if url.user else {}
    return {
        "base_url": url.options.get("endpoint") or f"https://{url.place}",
        "timeout": timeout_s,
        **auth,
    }


def _of_s3(url: StoreUrl, timeout_s: float) -> dict[str, Any]:
    config = {
        "read_timeout": timeout_s,
        "connect_timeout": min(_CONNECT_S, timeout_s),
        "retries": {"max_attempts": 1},  # who asks tries again
        # Other servers send the checksum of the whole object with a range of it. All is hashed
        # here anyway.
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
    }
    region = {"region_name": url.options["region"]} if "region" in url.options else {}
    profile = {"profile": url.options["profile"]} if "profile" in url.options else {}
    return {
        **_of_object_store(url, timeout_s),
        "config_kwargs": config,
        "client_kwargs": region,
        **profile,
    }


def _of_object_store(url: StoreUrl, _timeout_s: float) -> dict[str, Any]:
    endpoint = url.options.get("endpoint")
    return {"use_listings_cache": False, **({"endpoint_url": endpoint} if endpoint else {})}


_ARGUMENTS: dict[str, Callable[[StoreUrl, float], dict[str, Any]]] = {
    "s3": _of_s3,
    "memory": lambda _url, _timeout_s: {},
    "smb": _of_smb,
    "webdav": _of_webdav,
}


def _rename(fs: Any, draft: str, target: str) -> None:
    try:
        fs.mv(draft, target)
    except FileExistsError:
        fs.rm_file(target)
        fs.mv(draft, target)


def _rename_by_webdav(fs: Any, draft: str, target: str) -> None:
    # fsspec's own copies, and refuses a name that is there.
    fs.client.move(draft, target, overwrite=True)


def _rename_by_smb(fs: Any, draft: str, target: str) -> None:
    import smbclient  # noqa: PLC0415 (the package that fsspec uses for this scheme)
    from smbprotocol.exceptions import SMBOSError  # noqa: PLC0415 (as above)

    def there(path: str) -> str:
        return f"//{fs.host}{path}".replace("/", "\\")

    for left in reversed(range(_RENAME_TRIES)):
        try:
            # fsspec's own refuses a name that is there.
            smbclient.replace(there(draft), there(target), port=fs.port or _SMB_PORT)
        except SMBOSError as error:
            # Somebody reads the file: as on Windows, it is not replaced meanwhile.
            if error.ntstatus not in _IN_USE or not left:
                raise
        else:
            return
        time.sleep(_RENAME_PAUSE_S)


_RENAMES = {"webdav": _rename_by_webdav, "smb": _rename_by_smb}
