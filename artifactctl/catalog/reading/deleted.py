"""Queries for deleted versions, and what their deletions keep of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from artifactctl.catalog.cells import read_json
from artifactctl.catalog.engine.protocol import Params, Queries
from artifactctl.catalog.reading.finding import id_range, only_one
from artifactctl.catalog.reading.statements import BATCH, columns, read_row
from artifactctl.catalog.records import Record, checked_former
from artifactctl.catalog.rows import JOINED
from artifactctl.errors import ArtifactctlError, ConflictError, IntegrityError, NotFoundError
from artifactctl.refs import Ref

_FROM = "FROM deleted_version d JOIN artifact a ON a.seq = d.artifact_seq"


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted version, with the JSON text of what its deletion keeps; times are RFC 3339."""

    seq: int
    id: str
    artifact_seq: int
    version: str
    created: str
    deleted: str
    revision: int
    former: str | None
    artifact: str = field(metadata=JOINED)
    artifact_id: str = field(metadata=JOINED)
    artifact_deleted: str | None = field(metadata=JOINED)

    @property
    def ref(self) -> str:
        """The reference `NAME:VERSION`."""
        return f"{self.artifact}:{self.version}"


_COLUMNS = columns(
    Deleted, "d", artifact="a.name", artifact_id="a.id", artifact_deleted="a.deleted"
)


def select_deleted(db: Queries, rest: str, params: Params) -> list[Deleted]:
    """The deleted versions that match `rest`, the end of a SELECT over them `d` and artifacts."""
    rows = db.rows(f"SELECT {_COLUMNS} {_FROM} {rest}", params)
    return [read_row(Deleted, row) for row in rows]


def list_deleted(db: Queries, artifact: str | None, limit: int) -> list[Deleted]:
    """The versions that were deleted last, of one artifact or of all; `limit` 0 means no limit."""
    named = "" if artifact is None else "WHERE a.name = :name"
    cut = "LIMIT :limit" if limit else ""
    return select_deleted(
        db, f"{named} ORDER BY d.deleted DESC, d.seq DESC {cut}", {"name": artifact, "limit": limit}
    )


def iterate_restorable(db: Queries) -> Iterator[list[Deleted]]:
    """Yield, in lists, the deleted versions of which something is kept."""
    last = ""  # IDs are never empty; a seq can be text here, where another program wrote it
    while found := select_deleted(
        db,
        "WHERE d.former IS NOT NULL AND d.id > :last ORDER BY d.id LIMIT :limit",
        {"last": last, "limit": BATCH},
    ):
        yield found
        if found[-1].id <= last:  # an ID that is none is shown as another text
            return
        last = found[-1].id


def find_deleted(db: Queries, ref: Ref) -> list[Deleted]:
    """The deleted version of a reference; of a deleted artifact's name all that went with it.

    Raises `NotFoundError`, or `ConflictError` for a version that is not deleted.
    """
    if ref.tag is not None or ref.within is not None:
        raise NotFoundError(
            f"{ref} names no deleted version: tags and ranges find only versions that exist",
            hint=f"name it as 'artifactctl log {ref.name} --deleted' does",
        )
    rest = _WITH_ARTIFACT if ref.version is None else _BY_VERSION
    found = select_deleted(db, rest, {"name": ref.name, "version": ref.version})
    if found:
        return found
    by_id = None if ref.id_prefix is None else _by_id(db, ref, ref.id_prefix)
    if by_id is not None:
        return [by_id]
    raise _not_deleted(db, ref)


_BY_VERSION = "WHERE a.name = :name AND d.version = :version"
_WITH_ARTIFACT = "WHERE a.name = :name AND a.deleted = d.deleted ORDER BY d.seq"


def _by_id(db: Queries, ref: Ref, prefix: str) -> Deleted | None:
    found = select_deleted(db, "WHERE d.id >= :first AND d.id < :behind LIMIT 10", id_range(prefix))
    return only_one(ref.name, found, lambda item: item.ref)


def _not_deleted(db: Queries, ref: Ref) -> ArtifactctlError:
    """The error for a reference to which no deleted version belongs."""
    row = db.row("SELECT seq, deleted FROM artifact WHERE name = :name", {"name": ref.name})
    if row is None:
        return NotFoundError(
            f"there is and was no artifact {ref.name!r}", hint="see 'artifactctl log --deleted'"
        )
    listed = f"'artifactctl log {ref.name} --deleted' lists what was deleted"
    if ref.version is None:
        return ConflictError(
            f"artifact {ref.name!r} is not deleted", hint=f"name a version of it; {listed}"
        )
    living = db.row(
        "SELECT data_deleted FROM artifact_version WHERE artifact_seq = :seq AND version = :name",
        {"seq": row[0], "name": ref.version},
    )
    if living is None:
        return NotFoundError(f"there was no version {ref.version!r} of {ref.name!r}", hint=listed)
    if living[0] is None:
        return ConflictError(f"{ref} is not deleted")
    return _data_gone(str(ref))


def _data_gone(ref: str) -> NotFoundError:
    return NotFoundError(
        f"the data of {ref} was deleted, and cannot be restored",
        hint="'artifact prune --only-artifact' deletes the bytes for good: register the data again",
    )


def former_of(deleted: Deleted) -> Record:
    """What the deletion keeps of a version, checked.

    Raises `NotFoundError` when it keeps nothing, or when the data was deleted before; and
    `IntegrityError` when another program changed it.
    """
    if deleted.former is None:
        raise NotFoundError(
            f"{deleted.ref} cannot come back: its bytes are gone, or it was deleted before"
            " deletions kept what it was",
            hint="register it again under another version",
        )
    kept = checked_former(read_json(deleted.former), deleted.artifact_id)
    if kept is None or kept["id"] != deleted.id:
        raise IntegrityError(
            f"what the deletion of {deleted.ref} keeps was changed",
            hint="'artifactctl catalog rebuild' takes changed rows from the store's records",
        )
    if kept["data_deleted"] is not None:
        raise _data_gone(deleted.ref)
    return kept
