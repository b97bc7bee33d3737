"""Files to store (upload, link) and store to files (download, lay out), by manifest."""

from artifactctl.own_data import own_data
from artifactctl.transfer.collecting import STDIN, Collected, CollectOptions, collect
from artifactctl.transfer.downloading import download, write_to
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
from artifactctl.transfer.recording_links import link
from artifactctl.transfer.uploading import upload

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
    "is_pipe",
    "lay_out",
    "link",
    "own_data",
    "plan_download",
    "upload",
    "write_to",
]
