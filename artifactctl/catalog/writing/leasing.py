"""Leases: signs of life of processes, in the catalog, where every machine sees them.

A process takes a lease, renews it while it works, and drops it at its end. It is taken for dead
when its lease has lapsed by the clock of the catalog's server. On its own machine that is certain
earlier, when the system has no such process any more; and as long as it has one, even one that is
stopped, it is not taken for dead.
"""

from collections.abc import Sequence

from artifactctl.catalog.engine.protocol import Queries, Transaction
from artifactctl.catalog.reading.statements import batches, numbered
from artifactctl.processes import Process

# A lease that ends later than any that is taken now was taken before the clock was set back.
_LONGEST_MS = 3_600_000


def take_lease(
    transaction: Transaction, lease_id: str, kind: str, holder: Process, length_s: float
) -> None:
    """Take a lease for some seconds, or take it anew."""
    transaction.execute(
        "INSERT INTO lease (id, kind, host, machine, process, birth, ends_ms)"
        " VALUES (:id, :kind, :host, :machine, :process, :birth,"
        f" {transaction.dialect.clock_ms} + :length_ms)"
        " ON CONFLICT (id) DO UPDATE SET ends_ms = excluded.ends_ms",
        {
            "id": lease_id,
            "kind": kind,
            "host": holder.host,
            "machine": holder.machine,
            "process": holder.number,
            "birth": holder.birth,
            "length_ms": int(length_s * 1000),
        },
    )


def renew_lease(transaction: Transaction, lease_id: str, length_s: float) -> bool:
    """Renew a lease for some seconds; return False when it was taken away."""
    renewed = transaction.execute(
        f"UPDATE lease SET ends_ms = {transaction.dialect.clock_ms} + :length_ms WHERE id = :id",
        {"id": lease_id, "length_ms": int(length_s * 1000)},
    )
    return renewed > 0


def drop_leases(transaction: Transaction, lease_ids: Sequence[str]) -> None:
    """Drop leases, as far as they exist."""
    for batch in batches(lease_ids):
        places, params = numbered(batch)
        transaction.execute(f"DELETE FROM lease WHERE id IN ({places})", params)


def signs_of_life(db: Queries, lease_ids: Sequence[str]) -> dict[str, bool]:
    """Tell of each of these leases, as far as they exist, whether its holder is alive."""
    found: dict[str, bool] = {}
    for batch in batches(lease_ids):
        places, params = numbered(batch)
        rows = db.rows(
            "SELECT id, host, machine, process, birth,"
            f" ends_ms - {db.dialect.clock_ms} FROM lease WHERE id IN ({places})",
            params,
        )
        found |= {row[0]: is_alive(Process(*row[1:5]), row[5]) for row in rows}
    return found


def is_alive(holder: Process, remaining_ms: int) -> bool:
    """Return whether a process is alive that has a lease for some more milliseconds."""
    has_ended = holder.has_ended()
    return 0 < remaining_ms <= _LONGEST_MS if has_ended is None else not has_ended
