"""Files to store and store to files, by manifest."""

from artifactctl.own_data import own_data
from artifactctl.transfer.collecting import STDIN, Collected, CollectOptions, collect, is_pipe
from artifactctl.transfer.downloading import download, write_to
from artifactctl.transfer.laying_out import lay_out
from artifactctl.transfer.linking import link
from artifactctl.transfer.planning import (
    STDOUT,
    DownloadOptions,
    Plan,
    check_not_own,
    check_target,
    plan,
)
from artifactctl.transfer.uploading import upload

__all__ = [
    "STDIN",
    "STDOUT",
    "CollectOptions",
    "Collected",
    "DownloadOptions",
    "Plan",
    "check_not_own",
    "check_target",
    "collect",
    "download",
    "is_pipe",
    "lay_out",
    "link",
    "own_data",
    "plan",
    "upload",
    "write_to",
]
