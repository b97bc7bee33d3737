"""The heartbeat of a run: a thread that renews its lease, so that other machines see it alive.

A beat is one small write transaction. It comes every 30 seconds, so that runs that are shorter than
that make none, and costs a longer one about a thousandth of its time even where a commit takes
tens of milliseconds. The lease lasts four beats, so that a catalog that is busy or away for a
minute ends no run. So another machine sees two minutes after a crash that a run is dead.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from artifactctl.catalog.writing import leasing
from artifactctl.errors import ArtifactctlError
from artifactctl.home import Home, Origin

RUN = "run"
"""The kind of the lease of a run."""

BEAT_S = 30.0
LEASE_S = 4 * BEAT_S


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
