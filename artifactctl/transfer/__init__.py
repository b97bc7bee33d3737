"""Files to store (upload, link) and store to files (download, lay out), by manifest.

The names are imported on first use (PEP 562): a registration loads nothing of what downloads.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifactctl.own_data import own_data
    from artifactctl.transfer.collecting import STDIN, Collected, CollectOptions, collect
    from artifactctl.transfer.downloading import download, write_to
    from artifactctl.transfer.in_place import hash_files, link
    from artifactctl.transfer.laying_out import lay_out
    from artifactctl.transfer.pipes import is_pipe
    from artifactctl.transfer.planning import (
        STDOUT,
        DownloadOptions,
        DownloadPlan,
        check_not_own,
        check_target,
        plan_download,
    )
    from artifactctl.transfer.readers import open_unverified, open_verified
    from artifactctl.transfer.source_files import source_of
    from artifactctl.transfer.uploading import upload
    from artifactctl.transfer.verified_stream import verified_pieces

__all__ = [
    "STDIN",
    "STDOUT",
    "CollectOptions",
    "Collected",
    "DownloadOptions",
    "DownloadPlan",
    "check_not_own",
    "check_target",
    "collect",
    "download",
    "hash_files",
    "is_pipe",
    "lay_out",
    "link",
    "open_unverified",
    "open_verified",
    "own_data",
    "plan_download",
    "source_of",
    "upload",
    "verified_pieces",
    "write_to",
]

_MODULES = {
    "CollectOptions": "transfer.collecting",
    "Collected": "transfer.collecting",
    "DownloadOptions": "transfer.planning",
    "DownloadPlan": "transfer.planning",
    "STDIN": "transfer.collecting",
    "STDOUT": "transfer.planning",
    "check_not_own": "transfer.planning",
    "check_target": "transfer.planning",
    "collect": "transfer.collecting",
    "download": "transfer.downloading",
    "hash_files": "transfer.in_place",
    "is_pipe": "transfer.pipes",
    "lay_out": "transfer.laying_out",
    "link": "transfer.in_place",
    "open_unverified": "transfer.readers",
    "open_verified": "transfer.readers",
    "own_data": "own_data",
    "plan_download": "transfer.planning",
    "source_of": "transfer.source_files",
    "upload": "transfer.uploading",
    "verified_pieces": "transfer.verified_stream",
    "write_to": "transfer.downloading",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"artifactctl.{_MODULES[name]}"), name)
