"""The heartbeat of a run: a thread that renews its lease, so that other machines see it alive.

A beat is one small write transaction. It comes every 30 seconds, so that runs that are shorter than
that make none, and costs a longer one about a thousandth of its time even where a commit takes
tens of milliseconds. The lease lasts four beats, so that a catalog that is busy or away for a
minute ends no run. So another machine sees two minutes after a crash that a run is dead; whoever
begins or deletes a run then records that it has failed.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from artifactctl.catalog.engine.protocol import Queries
from artifactctl.catalog.reading import runs
from artifactctl.catalog.writing import leasing, running
from artifactctl.errors import ArtifactctlError
from artifactctl.home import Home, Origin, repeated

RUN = "run"
"""The kind of the lease of a run."""

BEAT_S = 30.0
LEASE_S = 4 * BEAT_S

_DIED = {"error": {"type": "Died", "message": "the process of the run was killed or crashed"}}


@contextmanager
def beating(home: Home, lease_id: str) -> Iterator[None]:
    """Renew a lease that this process has taken, until the block ends."""
    has_ended = threading.Event()
    beat = threading.Thread(target=_beat, args=(home.origin, lease_id, has_ended), daemon=True)
    beat.start()
    try:
        yield
    finally:
        has_ended.set()
        leasing.let_go(lease_id)


def _beat(origin: Origin, lease_id: str, has_ended: threading.Event) -> None:
    while not has_ended.wait(BEAT_S):
        home = Home(origin)  # a connection to the catalog is used by one thread only
        try:
            with home.catalog.transaction() as transaction:
                if not leasing.renew_lease(transaction, lease_id, LEASE_S):
                    return  # the run was ended meanwhile
        except (ArtifactctlError, OSError):
            continue  # perhaps the next beat comes through
        finally:
            home.close()


@repeated
def end_dead_runs(home: Home) -> None:
    """Mark running runs as failed when their process is no longer alive."""
    candidates = dict(runs.list_running(home.catalog))
    dead = _dead_among(home, home.catalog, candidates)
    if not dead:
        return
    with home.change() as change:
        # Again, under the lock: one may have renewed its lease.
        dead = _dead_among(
            home, change.transaction, {run_id: candidates[run_id] for run_id in dead}
        )
        change.record(running.abandon_runs(change.transaction, dead, _DIED))


def _dead_among(home: Home, db: Queries, candidates: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The runs among these, by ID with their details, whose process has certainly ended.

    What has no lease began before there were leases, or came back from its record: only the lock
    on its workspace tells.
    """
    leases = leasing.leases_among(db, list(candidates))

    def is_alive(run_id: str, details: Mapping[str, Any]) -> bool:
        lease = leases.get(run_id)
        if lease is not None and (not lease.is_alive or not lease.has_lapsed):
            return lease.is_alive
        return home.store.is_in_use(str(details.get("workspace", "")))

    return [run_id for run_id, details in candidates.items() if not is_alive(run_id, details)]
