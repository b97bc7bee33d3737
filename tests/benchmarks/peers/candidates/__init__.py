"""How each program does each row."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.benchmarks.peers.candidate import Candidate
from tests.benchmarks.peers.candidates import backups, dvc, lamindb, mlflow, ours, zenml
from tests.benchmarks.peers.environments import PEERS, installed, version_of

MADE: Mapping[str, Callable[[Path, str], Candidate]] = {
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
    command = installed(PEERS[name])
    return MADE[name](command, version_of(PEERS[name], command))
