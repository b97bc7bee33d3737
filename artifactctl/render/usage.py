"""Where the room is: rows with bars, the parts of the store, and what could go."""

from collections.abc import Iterator, Sequence

from artifactctl import plain_text
from artifactctl.json_text import JsonObject
from artifactctl.results.usage import Proposal, RoomOf, Usage

_BAR_CELLS = 20
_SAID_OF = {
    "versions": "files of versions",
    "logs": "logs of runs",
    "manifests": "manifests",
    "records": "records",
    "unreferenced": "unreferenced: 'artifactctl gc' frees it after its grace",
    "quarantine": "quarantine: damaged bytes, kept",
    "temporary": "temporary: work in progress, or left by what was killed",
    "other": "other files",
}
_MOST_REFS = 20


def columns(usage: Usage, *, has_bars: bool) -> list[str]:
    """The columns of the table: those that say something here."""
    is_of_versions = any(item.version is not None for item in usage.items)
    chosen = ["artifact", "version"] if is_of_versions else ["artifact", "versions"]
    chosen += ["own_bytes", "shared_bytes"]
    chosen += ["linked_bytes"] * any(item.linked_bytes for item in usage.items)
    chosen += ["frees_bytes"] * any(item.frees_bytes is not None for item in usage.items)
    chosen += ["created"] * is_of_versions
    return chosen + ["share"] * has_bars


def rows(items: Sequence[RoomOf], usage: Usage, *, is_unicode: bool) -> list[JsonObject]:
    """A row for each item; `share` is a bar as long as its part of the largest."""
    most = max((item.own_bytes + item.shared_bytes for item in usage.items), default=0)
    mark = "█" if is_unicode else "#"
    return [
        {
            "artifact": item.artifact,
            "version": item.version,
            "versions": item.versions,
            "own_bytes": item.own_bytes,
            "shared_bytes": item.shared_bytes,
            "linked_bytes": item.linked_bytes,
            "frees_bytes": item.frees_bytes,
            "created": item.created or None,
            "share": mark * _cells(item, most),
        }
        for item in items
    ]


def _cells(item: RoomOf, most: int) -> int:
    size = item.own_bytes + item.shared_bytes
    return max(1, round(_BAR_CELLS * size / most)) if size else 0


def totals(usage: Usage) -> Iterator[str]:
    """The parts of the store, and what is beside it."""
    room = usage.room
    parts = [(getattr(room, f"{part}_bytes"), said) for part, said in _SAID_OF.items()]
    beside = [(usage.catalog_bytes or 0, "catalog"), (usage.cache_bytes, "cache of this machine")]
    yield ""
    yield f"{plain_text.size(room.total_bytes):>9}  store {usage.store}"
    yield from (f"{plain_text.size(size):>9}    {said}" for size, said in parts if size)
    yield from (f"{plain_text.size(size):>9}  {said}" for size, said in beside if size)


def proposed(proposal: Proposal, *, is_all: bool) -> Iterator[str]:
    """What could go, and how."""
    most, left = plain_text.size(proposal.max_bytes), plain_text.size(proposal.left_bytes)
    yield ""
    if not proposal.gc_bytes and not proposal.versions:
        yield f"The store is smaller than {most}, or nothing in it may go."
        return
    if proposal.gc_bytes:
        yield f"{plain_text.size(proposal.gc_bytes):>9}  by 'artifactctl gc --grace 0'"
    shown = proposal.versions if is_all else proposal.versions[:_MOST_REFS]
    for version in shown:
        made = plain_text.moment(version.created)
        yield f"{plain_text.size(version.frees_bytes):>9}  {version.ref}  {made}"
    if len(shown) < len(proposal.versions):
        yield f"           and {len(proposal.versions) - len(shown):,} more; -q prints all"
    yield f"{left:>9}  would be left" + ("" if proposal.is_enough else f", more than {most}")
