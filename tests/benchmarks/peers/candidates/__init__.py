"""How each program does each row; `candidate_of` finds and makes ready the one that is asked for."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.benchmarks.peers.candidate import Candidate
from tests.benchmarks.peers.candidates import backups, dvc, lamindb, mlflow, ours, zenml
from tests.benchmarks.peers.environments import PEERS, installed

_MADE: Mapping[str, Callable[[Path], Candidate]] = {
    "zenml": zenml.candidate,
    "mlflow": mlflow.candidate,
    "lamindb": lamindb.candidate,
    "dvc": dvc.candidate,
    "restic": backups.restic,
    "borg": backups.borg,
}

OWN = (ours.candidate, ours.limit)


def candidate_of(name: str) -> Candidate:
    """One of `PEERS`, installed if need be; raises SkippedError where that fails."""
    return _MADE[name](installed(PEERS[name]))
