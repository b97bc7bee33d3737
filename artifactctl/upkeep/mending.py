"""Records: the copies of the catalog's rows in the store, written and repaired."""

from collections.abc import Iterable, Mapping, Sequence

from artifactctl.catalog.engine.protocol import Database, Query
from artifactctl.catalog.reading.recorded import records_of, revisions_of
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.reading.versions import iterate_ids, list_unrecorded
from artifactctl.catalog.records import DEPTH, Record, check_record
from artifactctl.catalog.rows import Unrecorded
from artifactctl.catalog.writing.entries import recorded
from artifactctl.errors import IntegrityError, InvalidInputError
from artifactctl.json_text import canonical_json, parse_json
from artifactctl.store import Store

_ALL = 1 << 62
_BATCH = 256  # records that become durable together
_COMPARED = 32  # records in memory that are compared with the store's


def write_records(
    catalog: Database, store: Store, row_ids: Iterable[str], then: Sequence[Query] = ()
) -> None:
    """Write the records of these rows; `then` is what the catalog will be asked afterwards.

    The record of a damaged row is left as it is. When another process changes a row meanwhile,
    its record is written again, so that the last record written is of the last change.
    """
    for batch in batches(row_ids, _BATCH):
        # A row may change while its record is written: go round until its revision stays.
        pending, written = batch, dict.fromkeys(batch, -1)
        while pending:
            changed = {
                row_id: record
                for row_id, record in _sound_records(catalog, pending).items()
                if record[0] != written[row_id]
            }
            if not changed:
                break
            store.put_records(
                {row_id: canonical_json(record) for row_id, (_, record) in changed.items()}
            )
            written |= {row_id: revision for row_id, (revision, _) in changed.items()}
            pending = _changed_since(catalog, changed, then)


def _changed_since(
    catalog: Database, written: Mapping[str, tuple[int, Record]], then: Sequence[Query]
) -> list[str]:
    """The rows that have changed since their records were read, which is noted of the others."""
    for row_id, (revision, record) in written.items():
        catalog.note_soon(*recorded(Unrecorded(record["record"], row_id, revision)))
    catalog.foresee(then)
    now = revisions_of(catalog, list(written))
    return [
        row_id
        for row_id, (revision, record) in written.items()
        if now.get(row_id) != (record["record"], revision)
    ]


def mend_records(catalog: Database, store: Store) -> list[Unrecorded]:
    """Write the records that a crash prevented; return the rows that were affected."""
    pending = list_unrecorded(catalog)
    write_records(catalog, store, _different(catalog, store, [row.id for row in pending]))
    return pending


def mend_unrecorded(catalog: Database, store: Store) -> None:
    """Write the records of all rows that are not marked as recorded."""
    pending = list_unrecorded(catalog, _ALL) if catalog.exists() else []
    write_records(catalog, store, _different(catalog, store, [row.id for row in pending]))


def mend_all_records(catalog: Database, store: Store) -> None:
    """Write every record that differs from its row or is missing."""
    for batch in batches(iterate_ids(catalog), _BATCH):
        write_records(catalog, store, _different(catalog, store, batch))


def count_different(catalog: Database, store: Store) -> int:
    """The number of rows whose record is missing, or says something else."""
    return sum(
        len(_different(catalog, store, batch)) for batch in batches(iterate_ids(catalog), _BATCH)
    )


def _different(catalog: Database, store: Store, row_ids: Sequence[str]) -> list[str]:
    return [
        row_id
        for batch in batches(row_ids, _COMPARED)
        for row_id, (_, record) in _sound_records(catalog, batch).items()
        if not _says_the_same(store.get_record(row_id), record)
    ]


def _says_the_same(content: bytes | None, record: Record) -> bool:
    """Whether a record equals its row, apart from the fields of the artifact.

    Those change with every version that is added, and the artifact has a record of its own.
    """
    if content is None or content == canonical_json(record) or "artifact" not in record:
        return content is not None and content == canonical_json(record)
    try:
        found = parse_json(content.decode(), DEPTH)
        return canonical_json({**found, "artifact": record["artifact"]}) == canonical_json(record)
    except (ValueError, TypeError, InvalidInputError):
        return False


def _sound_records(catalog: Database, row_ids: Sequence[str]) -> dict[str, tuple[int, Record]]:
    """The revisions and records of rows, without those that are damaged: the store's are better.

    A row whose ID or name is not valid is damaged, too: no path must be made of it.
    """
    try:
        found = records_of(catalog, row_ids)
    except (IntegrityError, ValueError, LookupError, TypeError, AttributeError):
        if len(row_ids) == 1:
            return {}
        # One that cannot be read must not hide the others.
        alone = (_sound_records(catalog, [row_id]) for row_id in row_ids)
        return {row_id: record for one in alone for row_id, record in one.items()}
    return {row_id: record for row_id, record in found.items() if _is_sound(record[1])}


def _is_sound(record: Record) -> bool:
    try:
        check_record(record)
    except (IntegrityError, ValueError, LookupError, TypeError, AttributeError):
        return False
    return True
