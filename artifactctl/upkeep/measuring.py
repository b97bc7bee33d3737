"""Where the room of a store is: what versions have for themselves, what they share, the rest."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.engine.shares import Shares
from artifactctl.catalog.engine.temporary import Marks
from artifactctl.catalog.references import iterate_holders, iterate_logs, iterate_references
from artifactctl.errors import IntegrityError
from artifactctl.manifest import sizes_of_blobs
from artifactctl.store import Advance, Store
from artifactctl.store.listing import ENDINGS, digest_at
from artifactctl.store.parallel import each
from artifactctl.upkeep.sweeping import unknown_references

_AT_ONCE = 500
_PARTS = {"records": "records", "quarantine": "quarantine", "tmp": "temporary"}


@dataclass(frozen=True, slots=True)
class Room:
    """The sizes in bytes of all files of a store, by what they are.

    `versions` are the blobs that versions refer to, `logs` those that only logs or records without
    a row refer to, `unreferenced` the blobs and manifests that nothing refers to.
    """

    versions_bytes: int = 0
    logs_bytes: int = 0
    manifests_bytes: int = 0
    records_bytes: int = 0
    unreferenced_bytes: int = 0
    quarantine_bytes: int = 0
    temporary_bytes: int = 0
    other_bytes: int = 0

    @property
    def total_bytes(self) -> int:
        """The size of the whole store."""
        own = (self.versions_bytes, self.logs_bytes, self.manifests_bytes, self.records_bytes)
        rest = (self.unreferenced_bytes, self.quarantine_bytes)
        return sum(own) + sum(rest) + self.temporary_bytes + self.other_bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured store; `unreadable` counts the manifests that could not be read."""

    room: Room
    shares: Shares
    unreadable: int


@contextmanager
def measured(catalog: Database, store: Store, advance: Advance) -> Iterator[Measured]:
    """Read the manifests of all versions and list the store; memory does not grow with them.

    `advance` is called for each manifest. Raises `IntegrityError` for a record that cannot be read.
    """
    with closing(Shares()) as shares, closing(Marks()) as manifests:
        shares.add_versions(iterate_holders(catalog))
        unreadable = _Counted()
        read = partial(_sizes_of, store)
        contents = unreadable(each(read, shares.manifests(), store.jobs), advance)
        shares.add_blobs(contents)
        manifests.add({reference.manifest for reference in iterate_references(catalog)})
        _add_others(catalog, store, shares, manifests)
        shares.count()
        yield Measured(_room(store, shares, manifests), shares, unreadable.count)


Contents = tuple[str, Mapping[str, int]]


class _Counted:
    """Yields the contents that could be read; `count` is the number of the others."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, found: Iterable[Contents | None], advance: Advance) -> Iterator[Contents]:
        for contents in found:
            advance(1)
            if contents is None:
                self.count += 1
            else:
                yield contents


def _sizes_of(store: Store, digest: str) -> Contents | None:
    """The sizes of the blobs that a manifest names; None when it cannot be read."""
    try:
        return digest, sizes_of_blobs(store.get_manifest(digest))
    except IntegrityError:
        return None


def _add_others(catalog: Database, store: Store, shares: Shares, manifests: Marks) -> None:
    shares.add_others(iterate_logs(catalog))
    for reference, logs in unknown_references(catalog, store):
        shares.add_others(logs)
        if reference is not None:
            manifests.add([reference.manifest])
            with suppress(TypeError):  # it cannot be read
                _, sizes = _sizes_of(store, reference.manifest)  # type: ignore[misc]
                shares.add_others(sizes)


def _room(store: Store, shares: Shares, manifests: Marks) -> Room:
    """Add up the sizes of all files."""
    sizes: Counter[str] = Counter()
    files = store.list_sizes()
    while batch := list(islice(files, _AT_ONCE)):
        placed = [(*_place_of(path), size) for path, size in batch]
        blobs = [digest for part, digest, _ in placed if part == "blobs"]
        uses = shares.uses_of(blobs)
        gone = set(manifests.missing([digest for part, digest, _ in placed if part == "manifests"]))
        for part, digest, size in placed:
            is_garbage = digest in gone or (part == "blobs" and digest not in uses)
            of_blob = "versions" if uses.get(digest) else "logs"
            used_as = of_blob if part == "blobs" else part
            sizes["unreferenced" if is_garbage else used_as] += size
    return Room(**{f"{part}_bytes": size for part, size in sizes.items()})


def _place_of(path: str) -> tuple[str, str]:
    """The kind of a store's file, by its path, and the digest of a blob or manifest."""
    top, _, rest = path.partition("/")
    if top in ENDINGS:
        shard, _, name = rest.partition("/")
        digest = digest_at(shard, name, ENDINGS[top])
        return (top, digest) if digest is not None else ("other", "")
    return _PARTS.get(top, "other"), ""
