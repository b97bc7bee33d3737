"""Queries for tags themselves, and for the tags of pipelines."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from artifactctl.catalog.engine.protocol import Database, Params, Queries
from artifactctl.catalog.reading.fields import TAGGED_COUNT, TAGS
from artifactctl.catalog.reading.finding import id_range, name_range, only_one
from artifactctl.catalog.reading.listing import page_of
from artifactctl.catalog.reading.statements import batches, columns, numbered, read_row
from artifactctl.catalog.rows import Listing, Page, Tag
from artifactctl.catalog.shown_cells import shown_text
from artifactctl.errors import NotFoundError
from artifactctl.refs import is_like_id, start_of_id
from artifactctl.suggestions import did_you_mean, nearest

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
        found = select_tags(db, f"{_LIVING} g.id >= :first AND g.id < :behind", _range(text))
    else:
        found = select_tags(db, f"{_LIVING} g.name = :name", {"name": text})
    if not found and by_start:
        found = _starting(db, text)
    if not found:
        rows = db.rows("SELECT name FROM tag WHERE deleted IS NULL ORDER BY seq DESC LIMIT 5000")
        known = [shown_text(name) for (name,) in rows]
        hint = did_you_mean(nearest(text, known)) or "see 'artifactctl tags list'"
        raise NotFoundError(f"there is no tag {text!r}", hint=hint)
    return found[0]


def _starting(db: Queries, text: str) -> list[Tag]:
    starts, params = "(g.name >= :start AND g.name < :end)", name_range(text)
    rest = f"{_LIVING} ({starts}) ORDER BY g.seq DESC LIMIT 10"
    if start_of_id(text) is not None:
        starts += " OR (g.id >= :first AND g.id < :behind)"
        rest = f"{_LIVING} ({starts}) ORDER BY g.seq DESC LIMIT 10"
        params |= _range(text)
    found = only_one(text, select_tags(db, rest, params), lambda item: item.name, "the start")
    return [] if found is None else [found]


def _range(text: str) -> dict[str, str]:
    return dict(id_range(start_of_id(text) or ""))


def cascading_among(db: Database, names: Sequence[str]) -> set[str]:
    """The tags among these that cascade."""
    found: set[str] = set()
    for batch in batches(names):
        places, params = numbered(batch)
        sql = f"SELECT g.name FROM tag g {_LIVING} g.cascade AND g.name IN ({places})"
        found |= {name for (name,) in db.rows(sql, params)}
    return found


def protected_tags(db: Database) -> frozenset[str]:
    """The names of all protected tags."""
    return frozenset(name for (name,) in db.rows(f"SELECT g.name FROM tag g {_LIVING} g.protected"))
