"""Showing what is inside of a version: previews of its files, and what a folder contains."""

from collections.abc import Iterator, Sequence

from artifactctl import transfer
from artifactctl.catalog.rows import Version
from artifactctl.contents import facts_in
from artifactctl.errors import InvalidInputError
from artifactctl.home import Home
from artifactctl.manifest import Entry, Manifest
from artifactctl.plain_text import count
from artifactctl.previews import preview
from artifactctl.results.files import Item
from artifactctl.results.previews import Showing, ShownFile
from artifactctl.verbs.downloading import check_data, unless_deleted
from artifactctl.verbs.inside import Place, contents, entries_at

VERIFIED_BYTES = 64 << 20
"""Of a larger file parts are read, which cannot be verified."""

MOST_ROWS = 1000
_DATA_FILES = 3  # of a saved object
_LOOKED_INTO = 30  # files of a folder
_LOOKED_INTO_BYTES = 4 << 20
_JSON = (".json", ".jsonl")


def show(home: Home, place: Place, rows: int) -> Showing:
    """Return what shows a place; `rows` is how many rows of a table are shown.

    Raises `IntegrityError` for bytes that are not those that were registered.
    """
    if not 0 < rows <= MOST_ROWS:
        raise InvalidInputError(f"{rows} rows cannot be shown", hint=f"give 1 to {MOST_ROWS:,}")
    check_data(place.row)
    found = contents(home, place, recursive=False)
    manifest = home.manifest_of(place.row)
    entries, folder = entries_at(manifest, place)
    is_one = len(entries) == 1
    chosen = entries if is_one else _data_files(place, entries, folder)
    with unless_deleted(home, place.row):
        files = tuple(_shown(home, manifest, entry, rows) for entry in chosen)
        by_path = {entry.path: entry for entry in entries}
        listing = None if is_one else found
        about = {} if is_one else dict(_about(home, manifest, by_path, found.items))
    return Showing(found.version, found.path, files, listing, about)


def _data_files(place: Place, entries: "Sequence[Entry]", folder: str | None) -> list[Entry]:
    """The largest files of a saved object, apart from those that describe it; else none."""
    if folder or not _is_object(place.row):
        return []
    data = [entry for entry in entries if not entry.path.endswith(_JSON)] or list(entries)
    return sorted(data, key=lambda entry: -entry.size_bytes)[:_DATA_FILES]


def _is_object(row: Version) -> bool:
    return row.materializer is not None


def _shown(home: Home, manifest: Manifest, entry: Entry, rows: int) -> ShownFile:
    is_verified = entry.size_bytes <= VERIFIED_BYTES
    opened = transfer.open_verified if is_verified else transfer.open_unverified
    with opened(manifest, entry, home.store) as stream:
        made = preview(stream, entry.path, entry.size_bytes, rows)
    return ShownFile(entry.path, entry.size_bytes, made, is_verified)


def _about(
    home: Home, manifest: Manifest, entries: dict[str, Entry], items: "tuple[Item, ...]"
) -> Iterator[tuple[str, str]]:
    """Yield what the first small files of a folder are, by their headers."""
    small = [
        entries[item.path]
        for item in items
        if not item.is_folder and item.size_bytes <= _LOOKED_INTO_BYTES
    ]
    for entry in small[:_LOOKED_INTO]:
        with transfer.open_verified(manifest, entry, home.store) as stream:
            yield entry.path, _said(facts_in(stream, entry.path, entry.size_bytes))


def _said(facts: "dict[str, object]") -> str:
    if {"width", "height"} <= facts.keys():
        return f"{facts['width']} x {facts['height']} pixels"
    if "shape" in facts:
        shape = facts["shape"]
        sides = " x ".join(map(str, shape)) if isinstance(shape, list) else ""
        return f"{facts.get('dtype', 'array')} {sides}".strip()
    counted = (("rows", "row"), ("column_count", "column"), ("tensors", "tensor"))
    told = ((facts.get(key), noun) for key, noun in counted)
    return ", ".join(count(number, noun) for number, noun in told if isinstance(number, int))
