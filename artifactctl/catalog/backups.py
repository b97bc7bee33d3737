"""Copies of a whole catalog: made while writers run, checked, and put back."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from artifactctl.catalog.cells import CELLS
from artifactctl.catalog.engine.copies import copy_whole, set_aside
from artifactctl.catalog.engine.making import strange_part
from artifactctl.catalog.engine.opening import identity
from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.engine.temporary import Spool
from artifactctl.catalog.facts import is_unchanged
from artifactctl.catalog.outside_rows import bad_rows, copy_table, use_up
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.reading.versions import iterate_revisions, iterate_versions
from artifactctl.catalog.rebuilding import Rebuilt, Stored, bring_back, needed
from artifactctl.catalog.records import record_of
from artifactctl.catalog.references import revisions_of
from artifactctl.catalog.rows import Version
from artifactctl.durable import part_name, rename_new, sync_folder, take_lock
from artifactctl.errors import (
    BusyError,
    CatalogDamagedError,
    CatalogOutdatedError,
    CatalogUnusableError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
)
from artifactctl.json_text import canonical_json


def back_up(db: SqliteDatabase, path: Path, *, force: bool = False) -> None:
    """Copy the catalog into a new file, as it is at one moment, while others read and write.

    Raises `ConflictError` when the file exists, unless `force`; it appears whole or not at all.
    """
    if not db.exists():
        raise NotFoundError("there is no catalog yet, so nothing to back up")
    if path.name == "-":
        raise InvalidInputError("a backup needs a file, not standard output")
    if path.is_dir():
        raise ConflictError(f"{str(path)!r} is a folder", hint="name a file in it")
    if path.exists() and not path.is_file():
        raise ConflictError(f"{str(path)!r} is no regular file", hint="name another file")
    if not path.parent.is_dir():
        raise NotFoundError(f"folder {str(path.parent)!r} does not exist", hint="make it first")
    if path.exists() and not force:
        raise ConflictError(f"{str(path)!r} exists", hint="name another file, or add --force")
    if path.exists() and path.samefile(db.path):
        raise InvalidInputError(f"{str(path)!r} is the catalog itself", hint="name another file")
    with _part_of(path) as part:
        copy_whole(db, part)
        if force:
            os.replace(part, path)
        else:
            _link(part, path)
        sync_folder(str(path.parent))


@contextmanager
def _part_of(path: Path) -> Iterator[Path]:
    """An empty file beside `path`; one that a kill has left is used again.

    Raises `BusyError` when somebody else is writing it.
    """
    part = path.with_name(part_name(path.name))
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        # Whoever finished between the opening and the lock has made a backup of this file.
        is_ours = take_lock(descriptor) and identity(part) == identity(descriptor)
        if not is_ours or os.fstat(descriptor).st_nlink != 1:
            raise BusyError(f"another backup to {str(path)!r} is running", hint="try again")
        os.ftruncate(descriptor, 0)
        try:
            yield part
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part)
    finally:
        os.close(descriptor)


@contextmanager
def checked_copy(db: SqliteDatabase, path: Path) -> Iterator[SqliteDatabase]:
    """A copy of a backup beside the catalog `db`, brought up to date, of which every row is sound.

    Raises `CatalogUnusableError` when it is no backup of a catalog, or a damaged one.
    """
    if not path.exists() or path.is_dir():
        raise NotFoundError(f"backup {str(path)!r} does not exist")
    # Whoever names a link means what it leads to.
    backup = SqliteDatabase(path.resolve(), path.parent, lambda: False, read_only=True)
    with db.draft() as draft:
        copy = SqliteDatabase(draft, draft.parent, lambda: False)
        try:
            _fill(copy, backup, path)
            yield copy
        finally:
            copy.close()


def _fill(copy: SqliteDatabase, backup: SqliteDatabase, path: Path) -> None:
    """Copy a backup; raises `CatalogUnusableError`, which names the backup, unless it is sound."""
    try:
        copy_whole(backup, copy.path)
        as_it_is = SqliteDatabase(copy.path, copy.path.parent, lambda: False, read_only=True)
        with closing(as_it_is):
            _check_schema(as_it_is, path)
        copy.check()
        for version in iterate_versions(copy):
            _check_facts(version, path)
        for bad in bad_rows(copy):
            raise CatalogUnusableError(
                f"backup {str(path)!r} is damaged, or forged: {bad}",
                hint="use another backup, or 'artifactctl catalog rebuild'",
            )
    except CatalogDamagedError:
        raise CatalogUnusableError(
            f"backup {str(path)!r} is damaged, or not a backup",
            hint="use another backup, or 'artifactctl catalog rebuild'",
        ) from None
    finally:
        backup.close()


def put_back(
    db: SqliteDatabase,
    copy: SqliteDatabase,
    keep: Path,
    stored: Stored,
    record: Callable[[Iterable[str]], None],
    check: Callable[[Iterable[Version]], None] = lambda _versions: None,
) -> Rebuilt:
    """Make the rows of `copy` the catalog's, and bring back what only the store's records know.

    A catalog that is there is kept as the file `keep`. `record` writes the records of the rows
    (IDs) that the copy does not have. Once nobody can change the catalog any more, it is called
    again for what has changed since, and `check` looks at the bytes of the versions that the
    catalog does not have, which nobody kept from being deleted until then.
    """

    def has_no_bytes_yet(connection: Transaction) -> Iterator[Version]:
        return (version for version in iterate_versions(copy) if not _needs(connection, version))

    def fill(connection: Transaction, records: Stored) -> Rebuilt:
        check(has_no_bytes_yet(connection))
        _replace_rows(connection, copy)
        return bring_back(connection, records)

    if not _is_there(db, keep):
        return _make(db, lambda connection: fill(connection, stored))
    before = _later_than(db, copy)
    record(before)
    problems: list[str] = []
    with closing(Spool()) as spool:
        spool.add(needed(copy, stored(), problems))
        with _replacing(db) as connection:
            _keep_as(db, keep)
            later = _later_than(db, copy)
            changed = [row_id for row_id in later if before.get(row_id) != later[row_id]]
            record(changed)
            spool.add(_records_of(db, changed))
            done = fill(connection, spool)
    return replace(done, problems=[*problems, *done.problems])


def rebuild(
    db: SqliteDatabase, keep: Path, stored: Stored, save: Callable[[], None] = lambda: None
) -> Rebuilt:
    """Bring back what only the store's records know, in a new catalog when there is none.

    A catalog that is damaged is kept as the file `keep`; nothing of it is used. So is one with
    rows that nobody has written so, but `save` is called first, to write the records of others.
    """
    if not _is_there(db, keep, save):
        return _make(db, lambda connection: bring_back(connection, stored))
    problems: list[str] = []
    with closing(Spool()) as spool:
        spool.add(needed(db, stored(), problems))
        with _replacing(db) as connection:
            done = bring_back(connection, spool)
    return replace(done, problems=[*problems, *done.problems])


def _is_there(db: SqliteDatabase, keep: Path, save: Callable[[], None] | None = None) -> bool:
    """Whether there is a catalog that can be used; one that is damaged is set aside.

    With `save`, one with rows that cannot be right counts as damaged, too.
    """
    try:
        if db.exists():
            db.check()
            if save is not None and any(bad_rows(db)):
                save()
                raise CatalogDamagedError(f"catalog {db.path} has rows that were changed")
    except (CatalogDamagedError, CatalogOutdatedError):
        db.close()
        set_aside(db.path, keep)
    return db.exists()


def _make(db: SqliteDatabase, fill: Callable[[Transaction], Rebuilt]) -> Rebuilt:
    done: list[Rebuilt] = []
    if not db.make(lambda connection: done.append(fill(connection))):
        raise BusyError("another process has just made a catalog", hint="look, then try again")
    return done[0]


@contextmanager
def _replacing(db: SqliteDatabase) -> Iterator[Transaction]:
    """A transaction after which versions may be there again that were no more."""
    with db.transaction() as connection:
        # Whoever deletes bytes sees it by this (`incarnation`).
        connection.execute("UPDATE catalog SET incarnation = incarnation + 1")
        yield connection


def _keep_as(db: SqliteDatabase, keep: Path) -> None:
    """Copy what is replaced: nobody else can write now, so it is that to the last row."""
    with closing(SqliteDatabase(db.path, keep.parent, lambda: False)) as before:
        copy_whole(before, keep)


def _later_than(db: SqliteDatabase, copy: SqliteDatabase) -> dict[str, int]:
    """The revisions, by ID, of the rows that only the catalog has, and of runs that went on."""
    found = {}
    for batch in batches(iterate_revisions(db)):
        known = revisions_of(copy, [row_id for _, row_id, _ in batch])
        for table, row_id, revision in batch:
            if row_id not in known or (table == "run" and known[row_id] < revision):
                found[row_id] = revision  # noqa: PERF403 (of batches)
    return found


def _records_of(db: SqliteDatabase, row_ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for row_id in row_ids:
        found = record_of(db, row_id)
        if found is not None:
            yield row_id, canonical_json(found[1])


def _needs(connection: Transaction, version: Version) -> bool:
    """Whether the catalog has this version, and so whoever deletes bytes spares its own."""
    return bool(
        connection.row(
            "SELECT 1 FROM artifact_version WHERE id = :id AND data_deleted IS NULL",
            {"id": version.id},
        )
    )


def _replace_rows(connection: Transaction, copy: SqliteDatabase) -> None:
    connection.defer_foreign_keys()
    for table in CELLS:
        if table != "catalog":
            copy_table(connection, table, copy)
    use_up(connection)


def _check_schema(copy: SqliteDatabase, path: Path) -> None:
    """Raise `CatalogUnusableError` unless the tables are such as we make."""
    strange = strange_part(copy)
    if strange is not None:
        raise CatalogUnusableError(
            f"backup {str(path)!r} is none of artifactctl's: its {strange!r} is strange",
            hint="use another backup, or 'artifactctl catalog rebuild'",
        )


def _check_facts(version: Version, path: Path) -> None:
    if not is_unchanged(version):
        raise CatalogUnusableError(
            f"backup {str(path)!r} is damaged: {version.artifact}:{version.version} was changed",
            hint="use another backup, or 'artifactctl catalog rebuild'",
        )


def _link(draft: Path, path: Path) -> None:
    try:
        rename_new(str(draft), str(path))
    except FileExistsError:
        raise ConflictError(f"{str(path)!r} exists", hint="name another file") from None
