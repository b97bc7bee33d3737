"""The one way to change a home: a write transaction, and the records of what it changed.

The row comes first and its record after the commit, so that no record tells of a change that was
rolled back. A crash between the two leaves a row without its record: the next change writes that
record before it begins, and notes inside its own transaction that the row has it.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from artifactctl.catalog.engine.protocol import Database, Query, Transaction
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.recorded import queries_of_records
from artifactctl.catalog.writing.entries import note_recorded
from artifactctl.errors import NotFoundError
from artifactctl.refs import Ref
from artifactctl.store import Store
from artifactctl.upkeep import mending

_FEW = 50  # records whose rows are read together with the commit


@dataclass(slots=True)
class Change:
    """A change in progress: the open `transaction`, and the records to write after its commit.

    `notes` are for the user, and complete once the block has ended: records that could not be
    written, versions that lost a tag.
    """

    transaction: Transaction
    notes: tuple[str, ...] = ()
    _changed: list[str] = field(default_factory=list)
    _taken: list[tuple[str, str]] = field(default_factory=list)
    _then: list[Query] = field(default_factory=list)
    _kinds: set[str] = field(default_factory=set)

    def record(
        self,
        row_ids: Iterable[str],
        taken: Iterable[tuple[str, str]] = (),
        kinds: Iterable[str] = ("version", "artifact", "tag"),
    ) -> None:
        """Add rows whose records are written after the commit.

        `taken` are the tags that other versions lost, as pairs of a tag and the version's ID; they
        are reported in the notes. `kinds` are what these rows mostly are.
        """
        self._changed.extend(row_ids)
        self._kinds.update(kinds)
        self._taken.extend(taken)

    def then_ask(self, queries: Iterable[Query]) -> None:
        """Name what the catalog will be asked first after the change (see `Queries.foresee`)."""
        self._then.extend(queries)

    def foresee_records(self, catalog: Database) -> None:
        """Send the queries for the rows of the records together with the commit."""
        if 0 < len(self._changed) <= _FEW:
            catalog.foresee(queries_of_records(self._changed, self._kinds))

    def finish(self, catalog: Database, store: Store) -> None:
        """Write the records.

        One that cannot be written becomes a note, since the commit is done.
        """
        self.notes += tuple(_lost_tags(catalog, self._taken))
        try:
            mending.write_records(catalog, store, self._changed, self._then)
        except OSError as error:
            note = f"a record could not be written ({error.strerror}); the next change will"
            self.notes += (note,)


@contextlib.contextmanager
def change(catalog: Database, store: Store) -> Iterator[Change]:
    """Run the block in a write transaction; then write the records of the changed rows.

    An error in the block rolls everything back. `collect_garbage` takes the same lock, so no
    bytes are deleted between the start of the block and its commit: a verb that adds a version
    checks in the block that the store still has its bytes.
    """
    recorded = mending.mend_records(catalog, store)
    with catalog.transaction(at_once=False) as transaction:
        note_recorded(transaction, recorded)
        made = Change(transaction)
        yield made
        made.foresee_records(catalog)
    made.finish(catalog, store)


def _lost_tags(catalog: Database, taken: Sequence[tuple[str, str]]) -> Iterator[str]:
    for tag, version_id in taken:
        with contextlib.suppress(NotFoundError):  # the version was deleted in the meantime
            loser = find_version(catalog, Ref(version_id))
            yield f"{tag!r} was taken from {loser.artifact}:{loser.version}"
