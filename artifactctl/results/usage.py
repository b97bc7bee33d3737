"""Where the room is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from artifactctl.upkeep.measuring import Room


@dataclass(frozen=True, slots=True)
class RoomOf:
    """The room of an artifact, or of a version; sizes in bytes.

    `own_bytes` are those that nothing else refers to: no other artifact, or no other version.
    `shared_bytes` are those that others have too, `linked_bytes` are not in the store.
    `frees_bytes` is what a pruning by the given rules would free of it.
    """

    artifact: str
    version: str | None
    versions: int
    own_bytes: int
    shared_bytes: int
    linked_bytes: int
    frees_bytes: int | None = None
    created: str = ""

    @property
    def ref(self) -> str:
        """The name of the artifact, or NAME:VERSION."""
        return self.artifact if self.version is None else f"{self.artifact}:{self.version}"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A version that could go, and the bytes that come free then."""

    ref: str
    id: str
    created: str
    frees_bytes: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a store gets smaller than `max_bytes`: what `gc` frees, then the oldest unused versions.

    `left_bytes` is its size afterwards, which may still be more.
    """

    max_bytes: int
    gc_bytes: int
    versions: Sequence[Proposed]
    left_bytes: int

    @property
    def is_enough(self) -> bool:
        """Whether the store gets as small as that."""
        return self.left_bytes <= self.max_bytes


@dataclass(frozen=True, slots=True)
class Usage:
    """The room of artifacts or versions, the largest first, and of the store as a whole.

    `catalog_bytes` is the size of the catalog's file, None on a server; `cache_bytes` that of this
    machine's cache, which all homes share. Neither is part of the store.
    """

    items: Sequence[RoomOf]
    store: str
    room: Room
    catalog_bytes: int | None
    cache_bytes: int
    proposal: Proposal | None = None
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return its fields as JSON values."""
        totals = {**asdict(self.room), "total_bytes": self.room.total_bytes}
        return {
            "items": [{"ref": item.ref, **asdict(item)} for item in self.items],
            "store": self.store,
            "totals": totals,
            "catalog_bytes": self.catalog_bytes,
            "cache_bytes": self.cache_bytes,
            "proposal": None if self.proposal is None else _proposal_as_json(self.proposal),
        }


def _proposal_as_json(proposal: Proposal) -> dict[str, Any]:
    return {**asdict(proposal), "is_enough": proposal.is_enough}
