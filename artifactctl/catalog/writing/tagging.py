"""Tags as rows: making, changing, renaming and deleting them.

The rows are made as tags are given. A deleted tag keeps its row, and its name is free again.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from artifactctl.catalog.cells import fault_of
from artifactctl.catalog.engine.protocol import Query, Row, Transaction
from artifactctl.catalog.reading.statements import BATCH, batches, numbered
from artifactctl.catalog.rows import TABLES
from artifactctl.catalog.writing.entries import now
from artifactctl.errors import (
    ConflictError,
    EntityExistsError,
    InvalidInputError,
    NotFoundError,
    TagConflictError,
)
from artifactctl.refs import is_like_id
from artifactctl.refs import tag_id as id_of_tag
from artifactctl.tags import Tag, color_of

TagOwner = Literal["artifact", "version", "run", "pipeline"]

TAG_OWNERS: Sequence[TagOwner] = ("artifact", "version", "run", "pipeline")
"""The kinds of rows that can have tags; their tags are in the table `OWNER_tag`."""

# The columns within whose values an exclusive tag is on one row; other kinds have no such tags.
_SCOPES: Mapping[TagOwner, str] = {"version": "artifact_seq", "run": "pipeline"}

_STATE = "SELECT id, name, exclusive, cascade, protected FROM tag WHERE deleted IS NULL AND"


@dataclass(frozen=True, slots=True)
class KnownTag:
    """The row of a tag; `is_changed`: it was made or changed in this transaction."""

    id: str
    name: str
    exclusive: bool
    cascade: bool
    protected: bool
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class TagChange:
    """The new values of a tag; None leaves one as it is."""

    name: str | None = None
    color: str | None = None
    exclusive: bool | None = None
    cascade: bool | None = None
    protected: bool | None = None


def create_tag(transaction: Transaction, tag: Tag) -> str:
    """Make a tag; return its ID. Raises `EntityExistsError` if there is one of this name."""
    if find_known(transaction, tag.name) is not None:
        raise EntityExistsError(
            f"tag {tag.name!r} exists already", hint="change it with 'artifactctl tags update'"
        )
    return need_tag(transaction, tag).id


def need_tag(transaction: Transaction, tag: Tag) -> KnownTag:
    """Find a tag, or make it (see `need_tags`)."""
    (known,) = need_tags(transaction, [tag])
    return known


def need_tags(transaction: Transaction, tags: Sequence[Tag]) -> list[KnownTag]:
    """Find tags, or make them; existing ones become exclusive or cascading if those here are.

    A colour is only given to a tag that is made.
    """
    known = find_all_known(transaction, [tag.name for tag in tags])
    missing = any(tag.name not in known for tag in tags)
    used = _used_ids(transaction, [tag.name for tag in tags]) if missing else set()
    found = []
    for tag in tags:
        if tag.name in known:
            known[tag.name] = _with_flags(transaction, known[tag.name], tag)
        else:
            known[tag.name] = _made(transaction, tag, used)
        found.append(known[tag.name])
    return found


def _with_flags(transaction: Transaction, known: KnownTag, tag: Tag) -> KnownTag:
    exclusive, cascade = known.exclusive or bool(tag.exclusive), known.cascade or bool(tag.cascade)
    if (exclusive, cascade) == (known.exclusive, known.cascade):
        return known
    _set(transaction, known.id, {"exclusive": exclusive, "cascade": cascade})
    return replace(known, exclusive=exclusive, cascade=cascade, is_changed=True)


def declare(transaction: Transaction, tags: Sequence[Tag]) -> list[str]:
    """Make the tags among these that have a colour, unless they exist; return their IDs."""
    coloured = [replace(tag, cascade=None) for tag in tags if tag.color]
    known = need_tags(transaction, coloured) if coloured else []
    return [tag.id for tag in known if tag.is_changed]


def find_known(transaction: Transaction, name: str) -> KnownTag | None:
    """The row of the tag with this name, or None."""
    return find_all_known(transaction, [name]).get(name)


def find_all_known(transaction: Transaction, names: Sequence[str]) -> dict[str, KnownTag]:
    """The rows of the tags with these names, by name."""
    found: dict[str, KnownTag] = {}
    for batch in batches(names):
        rows = transaction.rows(*_query_of_known(batch))
        found |= {tag.name: tag for row in rows if (tag := _known(row)) is not None}
    return found


def queries_of_tags(names: Sequence[str]) -> list[Query]:
    """The queries of `need_tags` for tags with these names."""
    if not 0 < len(names) <= BATCH:
        return []
    return [_query_of_known(names), _query_of_ids(names)]


def _query_of_known(names: Sequence[str]) -> Query:
    places, params = numbered(names)
    return f"{_STATE} name IN ({places})", params


def _query_of_ids(names: Sequence[str]) -> Query:
    places, params = numbered([id_of_tag(name) for name in names])
    return f"SELECT id FROM tag WHERE id IN ({places})", params


def update_tag(transaction: Transaction, tag_id: str, wanted: TagChange) -> list[str]:
    """Change a tag, and rename it wherever it is; return the IDs of all changed rows.

    Raises `NotFoundError` if it was deleted meanwhile, `EntityExistsError` if another tag has the
    new name, `ConflictError` if it is and stays protected, `TagConflictError` if it cannot become
    exclusive, since several rows of one kind share it.
    """
    known = _living(transaction, tag_id)
    new_name = wanted.name if wanted.name != known.name else None
    if known.protected and wanted.protected is not False:
        given = (new_name, wanted.exclusive, wanted.cascade)
        if any(value is not None for value in given):
            raise protected(known.name, "changed")
    if wanted.exclusive and not known.exclusive:
        _check_alone(transaction, known.name)
    carriers = [] if new_name is None else _rename(transaction, known.name, new_name)
    values = asdict(replace(wanted, name=new_name))
    values = {column: value for column, value in values.items() if value is not None}
    if not values:
        return []
    _set(transaction, known.id, values)
    return [*carriers, known.id]


def delete_tag(transaction: Transaction, tag_id: str) -> list[str]:
    """Delete a tag, also from all rows that carry it; return the IDs of all changed rows.

    Raises `NotFoundError` if it was deleted meanwhile, `ConflictError` if it is protected.
    """
    known = _living(transaction, tag_id)
    if known.protected:
        raise protected(known.name, "deleted")
    changed = _touch_carriers(transaction, known.name)
    for owner in TAG_OWNERS:
        transaction.later(f"DELETE FROM {owner}_tag WHERE tag = :name", {"name": known.name})
    _set(transaction, known.id, {"deleted": now()})
    return [*changed, known.id]


def make_missing(transaction: Transaction) -> None:
    """Make the rows of tags that are in use and have none."""
    in_use = " UNION ".join(f"SELECT tag FROM {owner}_tag" for owner in TAG_OWNERS)
    names = transaction.rows(f"{in_use} EXCEPT SELECT name FROM tag WHERE deleted IS NULL")
    for (name,) in names:
        if fault_of("tag", {"name": name}) is None:
            need_tag(transaction, Tag(name))


def protected(name: str, verb: str) -> ConflictError:
    """The error for something that a protected tag forbids; `verb` as in "is not VERB"."""
    return ConflictError(
        f"tag {name!r} is protected, and is not {verb}",
        hint=f"'artifactctl tags protect {name} --off' ends that",
    )


def _made(transaction: Transaction, tag: Tag, used: Collection[str]) -> KnownTag:
    """Insert a tag's row, with the ID of its name unless that is `used`."""
    if is_like_id(tag.name):
        raise InvalidInputError("tag {} must not look like an ID", given=tag.name)
    created, tag_id = now(), id_of_tag(tag.name)
    tag_id = str(uuid.uuid4()) if tag_id in used else tag_id
    exclusive, cascade = bool(tag.exclusive), bool(tag.cascade)
    row: dict[str, object] = {
        "id": tag_id,
        "name": tag.name,
        "color": str(tag.color or color_of(tag.name)),
        "exclusive": exclusive,
        "cascade": cascade,
        "protected": False,
        "created": created,
        "updated": created,
        "revision": 1,
        "recorded": 0,
    }
    transaction.insert_soon("tag", row)
    return KnownTag(tag_id, tag.name, exclusive, cascade, protected=False, is_changed=True)


def free_id(transaction: Transaction, name: str) -> str:
    """The ID for a new tag: that of its name, unless a renamed or deleted tag has that one."""
    wanted = id_of_tag(name)
    return str(uuid.uuid4()) if wanted in _used_ids(transaction, [name]) else wanted


def _used_ids(transaction: Transaction, names: Sequence[str]) -> set[str]:
    """The IDs of these names that rows have, perhaps of renamed or deleted tags."""
    return {
        row_id for batch in batches(names) for (row_id,) in transaction.rows(*_query_of_ids(batch))
    }


def _set(transaction: Transaction, tag_id: str, values: Mapping[str, object]) -> None:
    assignments = "".join(f"{column} = :{column}, " for column in values)
    transaction.later(
        f"UPDATE tag SET {assignments}revision = revision + 1, updated = :updated WHERE id = :id",
        {**values, "updated": now(), "id": tag_id},
    )


def _living(transaction: Transaction, tag_id: str) -> KnownTag:
    found = _known(transaction.row(f"{_STATE} id = :id", {"id": tag_id}))
    if found is None:
        raise NotFoundError(f"tag {tag_id} was deleted meanwhile")
    return found


def _known(row: Row | None) -> KnownTag | None:
    return None if row is None else KnownTag(*row[:2], *map(bool, row[2:]))


def _rename(transaction: Transaction, old: str, new: str) -> list[str]:
    """Rename a tag on all rows that carry it; return their IDs."""
    if is_like_id(new):
        raise InvalidInputError("tag {} must not look like an ID", given=new)
    if find_known(transaction, new) is not None:
        raise EntityExistsError(
            f"tag {new!r} exists already", hint="give another name, or delete that tag first"
        )
    changed = _touch_carriers(transaction, old)
    for owner in TAG_OWNERS:
        transaction.later(
            f"UPDATE {owner}_tag SET tag = :new WHERE tag = :old", {"new": new, "old": old}
        )
    return changed


def _touch_carriers(transaction: Transaction, name: str) -> list[str]:
    """Increment the revisions of all rows that have a tag; return their IDs."""
    changed: list[str] = []
    for owner in TAG_OWNERS:
        also = "" if owner == "run" else ", updated = :now"  # a run has no column `updated`
        rows = transaction.rows(
            f"UPDATE {TABLES[owner]} SET revision = revision + 1{also} WHERE seq IN"
            f" (SELECT {owner}_seq FROM {owner}_tag WHERE tag = :name) RETURNING id",
            {"name": name, "now": now()},
        )
        changed += [row_id for (row_id,) in rows]
    return changed


def _check_alone(transaction: Transaction, name: str) -> None:
    """Raise `TagConflictError` unless a tag could be exclusive with the rows that it is on."""
    for owner in TAG_OWNERS:
        scope, table = _SCOPES.get(owner), TABLES[owner]
        shared = f"GROUP BY o.{scope} HAVING COUNT(*) > 1" if scope else ""
        found = transaction.row(
            f"SELECT COUNT(*) FROM {owner}_tag t JOIN {table} o ON o.seq = t.{owner}_seq"
            f" WHERE t.tag = :name {shared}",
            {"name": name},
        )
        if found is not None and found[0]:
            together = " that belong together" * (scope is not None)
            where = f"{found[0]} {owner}{'s' * (found[0] > 1)}{together}"
            raise TagConflictError(
                f"tag {name!r} cannot be made exclusive: it is on {where}",
                hint="an exclusive tag is on one version of an artifact, and on one run of a"
                " pipeline; remove it from the others first",
            )
