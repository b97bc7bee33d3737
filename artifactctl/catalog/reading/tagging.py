"""Queries for tags themselves, and for the tags of pipelines."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from artifactctl.catalog.engine.protocol import Database, Params, Queries
from artifactctl.catalog.reading.fields import TAGGED_COUNT, TAGS
from artifactctl.catalog.reading.finding import id_range, only_starting, similar_name
from artifactctl.catalog.reading.listing import page_of
from artifactctl.catalog.reading.statements import columns, read_row, rows_among
from artifactctl.catalog.rows import Listing, Page, Tag
from artifactctl.errors import NotFoundError
from artifactctl.refs import is_like_id, start_of_id

R = TypeVar("R")

_COLUMNS = columns(Tag, "g", tagged_count=TAGGED_COUNT)
_LIVING = "WHERE g.deleted IS NULL AND"


def select_tags(db: Queries, rest: str, params: Params) -> list[Tag]:
    """The tags that match `rest`, the end of a SELECT over `tag g`."""
    return [read_row(Tag, row) for row in db.rows(f"SELECT {_COLUMNS} FROM tag g {rest}", params)]


def list_tags(db: Database, listing: Listing, convert: Callable[[Tag], R]) -> Page[R]:
    """One page of tags, newest first unless sorted otherwise."""
    with db.snapshot():
        return page_of(db, listing, TAGS, select_tags, convert)


def find_tag(db: Queries, text: str, *, by_start: bool = False) -> Tag:
    """The tag with this name or ID; with `by_start`, also the only one whose name or ID starts so.

    Raises `NotFoundError`, and `AmbiguousError` if several start so.
    """
    if is_like_id(text):
        digits = id_range(start_of_id(text) or "")
        found = select_tags(db, f"{_LIVING} g.id >= :first AND g.id < :behind", digits)
    else:
        found = select_tags(db, f"{_LIVING} g.name = :name", {"name": text})
    if not found and by_start:
        tag = only_starting(
            partial(select_tags, db), "g", text, lambda item: item.name, " AND g.deleted IS NULL"
        )
        found = [] if tag is None else [tag]
    if not found:
        similar = similar_name(db, "tag WHERE deleted IS NULL", text)
        hint = similar or "see 'artifactctl tags list'"
        raise NotFoundError(f"there is no tag {text!r}", hint=hint)
    return found[0]


def cascading_among(db: Database, names: Sequence[str]) -> set[str]:
    """The tags among these that cascade."""
    sql = f"SELECT g.name FROM tag g {_LIVING} g.cascade AND g.name IN ({{}})"
    return {name for (name,) in rows_among(db, sql, names)}


def protected_tags(db: Database) -> frozenset[str]:
    """The names of all protected tags."""
    return frozenset(name for (name,) in db.rows(f"SELECT g.name FROM tag g {_LIVING} g.protected"))
