"""The one way to change a home: a write transaction, and the records of what it changed.

The row comes first and its record after the commit, so that no record tells of a change that was
rolled back. A crash between the two leaves a row without its record: the next change writes that
record before it begins, and notes inside its own transaction that the row has it.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from artifactctl import upkeep
from artifactctl.catalog.engine.protocol import Database, Transaction
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.writing.entries import note_recorded
from artifactctl.errors import NotFoundError
from artifactctl.refs import Ref
from artifactctl.store import Store


@dataclass(slots=True)
class Change:
    """A change under way: the open `transaction`, and what there is to do after its commit.

    `notes` are for the user, and complete once the block has ended: records that could not be
    written, versions that lost a tag.
    """

    transaction: Transaction
    notes: tuple[str, ...] = ()
    _changed: list[str] = field(default_factory=list)
    _taken: list[tuple[str, str]] = field(default_factory=list)

    def record(self, row_ids: Iterable[str], taken: Iterable[tuple[str, str]] = ()) -> None:
        """Write the records of these rows after the commit.

        `taken` are the tags that versions lost, as pairs of a tag and the version's ID: the notes
        tell of them.
        """
        self._changed.extend(row_ids)
        self._taken.extend(taken)

    def finish(self, catalog: Database, store: Store) -> None:
        """Write the records. One that cannot be written is only noted: the change is made."""
        self.notes += tuple(_lost_tags(catalog, self._taken))
        try:
            upkeep.write_records(catalog, store, self._changed)
        except OSError as error:
            note = f"a record could not be written ({error.strerror}); the next change will"
            self.notes += (note,)


@contextlib.contextmanager
def change(catalog: Database, store: Store) -> Iterator[Change]:
    """Run the block in a write transaction; then write the records of what it changed.

    An error in the block rolls everything back. Nothing that deletes bytes runs between the
    beginning of the block and its commit, since `upkeep.collect_garbage` needs the same lock: a
    verb that adds a version checks in the block that the store still has its bytes.
    """
    recorded = upkeep.mend_records(catalog, store)
    with catalog.transaction() as transaction:
        note_recorded(transaction, recorded)
        made = Change(transaction)
        yield made
    made.finish(catalog, store)


def _lost_tags(catalog: Database, taken: Sequence[tuple[str, str]]) -> Iterator[str]:
    for tag, version_id in taken:
        with contextlib.suppress(NotFoundError):  # deleted meanwhile
            loser = find_version(catalog, Ref(version_id))
            yield f"{tag!r} was taken from {loser.artifact}:{loser.version}"
