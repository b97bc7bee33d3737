"""Keeping catalog and store consistent: records, verification, pruning, garbage collection."""

from artifactctl.upkeep.mending import (
    mend_all_records,
    mend_records,
    mend_unrecorded,
    write_records,
)
from artifactctl.upkeep.pruning import PruneDecision, PruneRules, decide, spool, with_sizes
from artifactctl.upkeep.sweeping import Garbage, collect_garbage, give_up_bytes
from artifactctl.upkeep.verifying import (
    NOT_TO_BE_CHANGED,
    Problem,
    list_foreign,
    manifest_of,
    verify,
)

__all__ = [
    "NOT_TO_BE_CHANGED",
    "Garbage",
    "Problem",
    "PruneDecision",
    "PruneRules",
    "collect_garbage",
    "decide",
    "give_up_bytes",
    "list_foreign",
    "manifest_of",
    "mend_all_records",
    "mend_records",
    "mend_unrecorded",
    "spool",
    "verify",
    "with_sizes",
    "write_records",
]
