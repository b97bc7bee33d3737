"""Which columns a listing shows: the user's choice, the default ones, and what it is sorted by."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar
from uuid import UUID

from artifactctl.catalog.reading.fields import METADATA
from artifactctl.catalog.reading.statements import batches
from artifactctl.errors import WrongUsageError
from artifactctl.json_text import JsonObject
from artifactctl.render.columns import ALIASES, COLUMN_OF_FIELD, Listing
from artifactctl.results.pages import Listed
from artifactctl.suggestions import did_you_mean, nearest

T = TypeVar("T", bound=Listed)

_LOOKED_AT = 1000  # items in which an unknown column may be a metadata key


def choose(
    listing: Listing[T],
    wanted: str | None,
    items: Iterable[T],
    *,
    everything: bool,
    say: Callable[[str], None] = lambda _note: None,
) -> Sequence[str]:
    """Return the columns in `a,b,c`, `+a` (added to the default ones) or `all`.

    Without a choice they are all of them or the default ones. `metadata.KEY` is a column too, and
    so is `KEY` when an item has such metadata. An unknown column is left out, and `say` gets a note
    of it; raises `WrongUsageError` when no other is left.
    """
    usual = listing.all if everything else listing.default
    if wanted is None:
        return usual
    if wanted.strip().lower() == "all":
        return listing.all
    words = [word.strip() for word in wanted.split(",")]
    columns = _known(listing, [word.removeprefix("+").strip() for word in words], items, say)
    is_more = any(word.startswith("+") for word in words)
    return list(dict.fromkeys([*usual, *columns] if is_more else columns))


def sorted_by(listing: Listing[T], sort_by: Sequence[str]) -> list[str]:
    """Return the columns that a listing is sorted by."""
    found = []
    for word in sort_by:
        name = word.partition(":")[2] if word.startswith(("asc:", "desc:")) else word
        field = listing.fields.field(name)
        column = name if field is None else COLUMN_OF_FIELD.get(field.name, field.name)
        column = "artifact" if listing.noun == "artifact version" and column == "name" else column
        if column in listing.all or column.startswith(METADATA):
            found.append(column)
    return found


def read(listing: Listing[T], item: T, columns: Sequence[str]) -> JsonObject:
    """Return the values of an item in `columns`."""
    keys = [column for column in columns if column.startswith(METADATA)]
    if not keys or listing.metadata is None:
        return _plain(listing.read(item, columns))
    row = listing.read(item, [column for column in columns if not column.startswith(METADATA)])
    metadata = listing.metadata(item)
    return {**_plain(row), **{key: value_at(metadata, key.removeprefix(METADATA)) for key in keys}}


def read_all(
    listing: Listing[T], items: Iterable[T], columns: Sequence[str]
) -> Iterator[JsonObject]:
    """Yield the values of the items in `columns`, among them the extremes of series, `KEY.min`.

    Series are asked for only where such a column is chosen, for many items at once.
    """
    extremes = {column: found for column in columns if (found := _extreme(column)) is not None}
    if not extremes or listing.series is None:
        yield from (read(listing, item, columns) for item in items)
        return
    for batch in batches(items):
        for item, series in zip(batch, listing.series(batch), strict=True):
            row = dict(read(listing, item, columns))
            for column, (key, end) in extremes.items():
                if row[column] is None and key in series:
                    row[column] = getattr(series[key], end)
            yield row


def _extreme(column: str) -> tuple[str, str] | None:
    """The key of the series and which of its ends a column `metadata.KEY.min` means."""
    key, _, end = column.removeprefix(METADATA).rpartition(".")
    return (key, end) if column.startswith(METADATA) and key and end in ("min", "max") else None


def _plain(row: JsonObject) -> JsonObject:
    """Return the row with IDs as texts: those of the columns on request are no texts."""
    return {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}


def value_at(metadata: object, key: str) -> object:
    """Return the value under a key; `a.b` is also `b` in the object `a`. None when missing."""
    if not isinstance(metadata, Mapping):
        return None
    if key in metadata:
        return metadata[key]
    end = key.find(".")
    while end > 0:
        found = value_at(metadata.get(key[:end]), key[end + 1 :])
        if found is not None:
            return found
        end = key.find(".", end + 1)
    return None


def _known(
    listing: Listing[T], words: Sequence[str], items: Iterable[T], say: Callable[[str], None]
) -> list[str]:
    """Return the columns that exist; raise the first mistake when none of them does."""
    columns, mistakes = [], []
    for word in words:
        try:
            columns.append(_column(listing, word, items))
        except WrongUsageError as error:
            mistakes.append(error)
    if not columns:
        raise mistakes[0]
    for mistake in mistakes:
        say(f"{mistake.message}, which is left out; {mistake.hint}")
    return columns


def _column(listing: Listing[T], word: str, items: Iterable[T]) -> str:
    name = word.lower().replace(" ", "_").replace("-", "_")
    name = ALIASES.get(name, name)
    if name in listing.all or name in listing.on_request:
        return name
    meant = did_you_mean(nearest(name, listing.all))
    if listing.metadata is not None and len(word) > len(METADATA) and word.startswith(METADATA):
        return word
    if listing.metadata is not None and word and not meant and _has_key(listing, word, items):
        return METADATA + word
    known = ", ".join((*listing.all, *(["metadata.KEY"] if listing.metadata else [])))
    hint = f"{meant} " * bool(meant) + f"use 'all' or {known}" + listing.instead
    raise WrongUsageError(f"there is no column {word!r}", hint=hint)


def _has_key(listing: Listing[T], key: str, items: Iterable[T]) -> bool:
    metadata = listing.metadata
    of_series = _extreme(METADATA + key) or (key,)
    return metadata is not None and any(
        value_at(metadata(item), name) is not None
        for item in islice(items, _LOOKED_AT)
        for name in (key, of_series[0])
    )
