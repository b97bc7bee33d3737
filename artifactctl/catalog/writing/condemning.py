"""Condemned digests: bytes are deleted while others register, without a lock over both.

A garbage collection condemns digests in a transaction, in which nothing refers to them, deletes
their bytes outside of it, and notes in another transaction that they are deleted. Each of the two
is a new epoch of the catalog, and the epoch of the digest.

A process that adds rows that rely on bytes first reads the epoch, then puts the bytes, or finds
that the store has them, and then asks in the transaction that adds the rows whether one of the
digests was condemned in a later epoch, or is pending: its deletion is going on. If so, it waits for
that to end and begins again with reading the epoch. Otherwise the bytes are there: they were put,
or found, at a time at which no collection deleted them, and none can condemn them before the rows
are there.

The rules are few, and each is necessary: `tests/upkeep/test_condemning_model.py` searches all
interleavings.
"""

import time
from collections.abc import Collection, Sequence

from artifactctl.catalog.cells import is_whole
from artifactctl.catalog.engine.protocol import REPAIR, Database, Queries, Query, Row, Transaction
from artifactctl.catalog.reading.statements import rows_among
from artifactctl.catalog.writing.leasing import Lease, drop_lease, let_go, take_lease
from artifactctl.errors import BusyError, CatalogDamagedError
from artifactctl.processes import Process

LEASE_S = 900.0
"""How long a collection may delete what it has condemned."""

_COLLECTION = "collection"
"""The kind of the lease of a collection."""

QUERY_OF_EPOCH: Query = ("SELECT epoch, forgotten FROM catalog", {})
"""The query of `read_epoch`."""

QUERY_OF_STATE: Query = (
    "SELECT epoch, forgotten, EXISTS (SELECT 1 FROM condemned WHERE pending) FROM catalog",
    {},
)
"""The first query of `are_kept`, which mostly answers it."""

_KEPT_MS = 30 * 86_400_000
_FORGOTTEN_AT_ONCE = 5_000
_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 1.0


def read_epoch(db: Database) -> int:
    """Return the epoch, to be read before bytes are put; that of a catalog to be made is 0.

    Raises `CatalogDamagedError` for one after which no bytes could ever count as kept.
    """
    epoch, forgotten = db.row(*QUERY_OF_EPOCH) or (0, 0)
    if not (is_whole(epoch) and is_whole(forgotten) and forgotten <= epoch):
        raise CatalogDamagedError(
            f"the catalog is damaged: its epoch is {epoch!r:.50}, but it has forgotten what was"
            f" condemned until {forgotten!r:.50}",
            hint=REPAIR,
        )
    assert isinstance(epoch, int)
    return epoch


def are_kept(transaction: Transaction, digests: Collection[str], since: int) -> bool:
    """Return whether none of these digests was condemned after the epoch `since`, or is pending.

    False also when that is not known: digests condemned after it were forgotten, or the catalog is
    another one than that of which the epoch was read.
    """
    epoch, forgotten, has_pending = transaction.one(*QUERY_OF_STATE)
    if epoch < since or since < forgotten:
        return False
    if epoch == since and not has_pending:
        return True
    late = "SELECT 1 FROM condemned WHERE digest IN ({0}) AND (pending OR epoch > :since) LIMIT 1"
    return next(rows_among(transaction, late, sorted(digests), {"since": since}), None) is None


def condemn(transaction: Transaction, digests: Sequence[str], collection: str) -> set[str]:
    """Condemn digests to which nothing refers; return them, without those pending for another."""
    _end_collections(transaction)  # what a dead one left pending can be condemned again
    pending = "SELECT digest FROM condemned WHERE digest IN ({0}) AND pending"
    others = {digest for (digest,) in rows_among(transaction, pending, digests)}
    mine = [digest for digest in digests if digest not in others]
    if mine:
        take_lease(transaction, collection, _COLLECTION, LEASE_S)
        _insert(transaction, mine, collection)
    return set(mine)


def _insert(transaction: Transaction, digests: Sequence[str], collection: str) -> None:
    epoch, clock_ms = _next_epoch(transaction)
    ends_ms = clock_ms + int(LEASE_S * 1000)
    transaction.execute_many(
        "INSERT INTO condemned (digest, epoch, pending, lease_ends_ms, condemned_by)"
        " VALUES (:digest, :epoch, :pending, :ends_ms, :collection)"
        " ON CONFLICT (digest) DO UPDATE SET epoch = excluded.epoch, pending = excluded.pending,"
        " lease_ends_ms = excluded.lease_ends_ms, condemned_by = excluded.condemned_by",
        [
            {
                "digest": digest,
                "epoch": epoch,
                "pending": True,
                "ends_ms": ends_ms,
                "collection": collection,
            }
            for digest in digests
        ],
    )


def note_deleted(transaction: Transaction, collection: str) -> None:
    """Note that a collection has deleted what it has condemned, or has given up deleting it."""
    let_go(collection)
    epoch, _ = _next_epoch(transaction)
    transaction.execute(
        "UPDATE condemned SET pending = :pending, epoch = :epoch"
        " WHERE condemned_by = :collection AND pending",
        {"pending": False, "epoch": epoch, "collection": collection},
    )
    drop_lease(transaction, collection)


def forget_condemned(db: Database) -> None:
    """Remove the rows of digests that were condemned a month ago.

    A process that read the epoch before that begins again. Few rows are removed at once, so that
    other writers do not wait for long.
    """
    clock_ms = db.dialect.clock_ms
    old = f"SELECT MAX(epoch) FROM condemned WHERE epoch < {clock_ms} - :kept_ms AND NOT pending"
    while (found := db.row(old, {"kept_ms": _KEPT_MS})) and found[0] is not None:
        until = {"until": found[0], "limit": _FORGOTTEN_AT_ONCE}
        with db.transaction() as transaction:
            transaction.execute(
                "UPDATE catalog SET forgotten = :until,"
                " epoch = CASE WHEN epoch < :until THEN :until ELSE epoch END"
                " WHERE forgotten < :until",
                until,
            )
            transaction.execute(
                "DELETE FROM condemned WHERE digest IN (SELECT digest FROM condemned"
                " WHERE epoch <= :until AND NOT pending ORDER BY epoch LIMIT :limit)",
                until,
            )


def is_deleting(db: Queries) -> bool:
    """Return whether a collection deletes something at this moment."""
    return db.row("SELECT 1 FROM condemned WHERE pending LIMIT 1") is not None


def wait_for_deletions(
    db: Database, timeout_s: float, digests: Collection[str] | None = None
) -> None:
    """Wait until no collection deletes any of these digests, or any at all.

    A collection whose process died, or whose lease has lapsed, is noted as ended. Raises
    `BusyError` when another goes on for longer than the timeout.
    """
    until, pause_s = time.monotonic() + timeout_s, _PAUSE_S
    while pending := _collections(db, digests):
        living = [row for row in pending if _is_alive(row)]
        if len(living) < len(pending):
            with db.transaction() as transaction:
                _end_collections(transaction)
            continue
        if time.monotonic() > until:
            _, host, _, process, _, _ = living[0]
            raise BusyError(
                f"garbage collection by process {process} on {host} is still deleting what is"
                " needed here",
                hint="wait until it has ended, then try again",
            )
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _collections(db: Queries, digests: Collection[str] | None) -> list[Row]:
    """The collections that delete some of these digests, or any, with their processes."""
    sql = (
        "SELECT DISTINCT c.condemned_by, l.host, l.machine, l.process, l.birth,"
        f" c.lease_ends_ms - {db.dialect.clock_ms} FROM condemned c"
        " LEFT JOIN lease l ON l.id = c.condemned_by WHERE c.pending"
    )
    if digests is None:
        return db.rows(sql)
    return list(rows_among(db, f"{sql} AND c.digest IN ({{0}})", sorted(digests)))


def _is_alive(row: Row) -> bool:
    collection, host, machine, process, birth, remaining_ms = row
    holder = Process(host, machine, process, birth)
    # There is no host where there is no lease any more.
    return host is not None and Lease(collection, holder, remaining_ms).is_alive


def _end_collections(transaction: Transaction) -> None:
    """Note of the collections that died, or whose lease has lapsed, that they have ended."""
    for row in _collections(transaction, None):
        if not _is_alive(row):
            note_deleted(transaction, row[0])


def _next_epoch(transaction: Transaction) -> tuple[int, int]:
    """Begin a new epoch; return it and the server's time in milliseconds since 1970.

    Epochs are times where possible, so that they grow even when the catalog was put back from a
    copy: an epoch from before is never taken for a later one.
    """
    clock_ms = transaction.dialect.clock_ms
    # By CASE, as in `forget_condemned`: MAX of two values is GREATEST in PostgreSQL.
    epoch, now_ms = transaction.one(
        f"UPDATE catalog SET epoch = CASE WHEN epoch < {clock_ms} THEN {clock_ms}"
        f" ELSE epoch + 1 END RETURNING epoch, {clock_ms}"
    )
    return int(epoch), int(now_ms)
