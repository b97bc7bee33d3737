"""Leases: signs of life of processes, in the catalog, where every machine sees them.

A process takes a lease, renews it while it works, and drops it at its end. It is taken for dead
when its lease has lapsed by the clock of the catalog's server. On its own machine that is certain
earlier, when the system has no such process any more; and as long as it has one, even one that is
stopped, it is not taken for dead. The process itself knows what it still works on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Queries, Transaction
from artifactctl.catalog.reading.statements import rows_among
from artifactctl.processes import Process, this_process

# A lease that ends later than any that is taken now was taken before the clock was set back.
_LONGEST_MS = 3_600_000

_held: set[str] = set()
"""The leases under which this process works."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease with its holder, and the milliseconds for which it still lasts."""

    id: str
    holder: Process
    remaining_ms: int

    @property
    def has_lapsed(self) -> bool:
        """Whether it was not renewed in time."""
        return not 0 < self.remaining_ms <= _LONGEST_MS

    @property
    def is_alive(self) -> bool:
        """Whether its holder still works under it, as far as this process can know."""
        if self.holder == this_process():
            return self.id in _held
        has_ended = self.holder.has_ended()
        return not self.has_lapsed if has_ended is None else not has_ended


def take_lease(transaction: Transaction, lease_id: str, kind: str, length_s: float) -> None:
    """Take a lease for this process and some seconds, or take it anew."""
    holder = this_process()
    _held.add(lease_id)
    transaction.later(
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


def drop_lease(transaction: Transaction, lease_id: str) -> None:
    """Drop a lease, if it exists."""
    transaction.later("DELETE FROM lease WHERE id = :id", {"id": lease_id})


def let_go(lease_id: str) -> None:
    """Note that this process no longer works under a lease, even if it cannot drop it."""
    _held.discard(lease_id)


def leases_among(db: Queries, lease_ids: Sequence[str]) -> dict[str, Lease]:
    """Return those of these leases that exist, by their IDs."""
    rows = rows_among(
        db,
        f"SELECT id, host, machine, process, birth, ends_ms - {db.dialect.clock_ms} FROM lease"
        " WHERE id IN ({0})",
        lease_ids,
    )
    return {row[0]: Lease(row[0], Process(*row[1:5]), row[5]) for row in rows}
