"""Publishing: bytes are put into the store, then a row makes them a version.

In between, `gc` may delete bytes that were in the store before, since no row refers to them yet. It
condemns them first. So the epoch is read before the bytes are put, and the transaction that adds
the row checks before its commit that none of them was condemned since; otherwise the upload and the
row are repeated (see `catalog.writing.condemning`).
"""

import contextlib
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from artifactctl import context
from artifactctl.catalog.engine.protocol import Query
from artifactctl.catalog.reading.finding import find_latest, queries_of_latest, queries_with_id
from artifactctl.catalog.rows import NewVersion
from artifactctl.catalog.writing import condemning
from artifactctl.catalog.writing.adding import Added, add_version
from artifactctl.enums import ArtifactSaveType, ArtifactType, VersionPart
from artifactctl.errors import BytesGoneError, IntegrityError, WrongUsageError
from artifactctl.home import Home
from artifactctl.home.change import Change
from artifactctl.manifest import Manifest
from artifactctl.metadata import plain_metadata
from artifactctl.refs import check_description, check_new_name, check_version
from artifactctl.tags import Tags, names_of

T = TypeVar("T")

ATTEMPTS = 5
"""How often the bytes of a version are put at least, while `gc` deletes them."""


@dataclass(frozen=True, slots=True)
class VersionSpec:
    """The name of a new version and its other facts, apart from its content.

    `version` None takes the next number, or with `bump` the semantic version that follows the
    highest one by that part; `type` None takes the type found from the content; `metadata`
    overrides what is found there. `has_custom_name` is True when a person chose the artifact's
    name; `save_type` is one of ZenML's words; `inputs` are the IDs of versions that it was made
    from, when no run records them; `description` is Markdown. With `if_changed`, content equal to
    that of the latest version makes no new version.
    """

    name: str
    version: str | None = None
    type: ArtifactType | None = None
    tags: Tags = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    has_custom_name: bool = True
    save_type: str = ArtifactSaveType.MANUAL
    inputs: Sequence[str] = ()
    if_changed: bool = False
    description: str | None = None
    bump: VersionPart | None = None

    def checked(self) -> "VersionSpec":
        """Return a copy with normalized values; raises `InvalidInputError` for an invalid one."""
        names_of(self.tags)
        if self.bump is not None and self.version is not None:
            raise WrongUsageError(
                f"version {self.version!r} is given, and the {self.bump} is to be bumped",
                hint="give one of --version and --bump",
            )
        return replace(
            self,
            name=check_new_name(self.name),
            version=None if self.version is None else check_version(self.version),
            metadata=plain_metadata(self.metadata),
            description=check_description(self.description or ""),
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """Content in the store that has no version yet; `digest` is that of its manifest.

    `type` and `metadata` were found from the content; `notes` are for the user.
    """

    manifest: Manifest
    digest: str
    type: ArtifactType = ArtifactType.DATA
    metadata: Mapping[str, Any] = field(default_factory=dict)
    data_type: str | None = None
    materializer: str | None = None
    notes: tuple[str, ...] = ()

    def digests(self) -> Iterator[str]:
        """Yield the digests of the manifest and of every blob; some repeatedly."""
        yield self.digest
        yield from self.manifest.each_digest()


class Needed(Collection[str]):
    """The digests that a change relies on; those of large manifests are not gathered.

    It tells of a digest repeatedly when several files have it.
    """

    def __init__(self) -> None:
        self._stored: list[Stored] = []
        self._more: set[str] = set()

    def start(self, more: Collection[str]) -> None:
        """Begin again, with some digests."""
        self._stored, self._more = [], set(more)

    def add(self, stored: Stored) -> None:
        """Add the digests of a manifest and its blobs."""
        if all(stored is not each for each in self._stored):
            self._stored.append(stored)

    def __iter__(self) -> Iterator[str]:
        yield from self._more
        for stored in self._stored:
            yield from stored.digests()

    def __len__(self) -> int:
        return len(self._more) + sum(1 for stored in self._stored for _ in stored.digests())

    def __bool__(self) -> bool:
        return bool(self._more or self._stored)

    def __contains__(self, digest: object) -> bool:
        return any(digest == each for each in self)


@dataclass(frozen=True, slots=True)
class Upload:
    """A version to publish: `put` stores its bytes and returns what it stored."""

    spec: VersionSpec
    put: Callable[[], Stored]


@dataclass(frozen=True, slots=True)
class Published:
    """The versions that were added, in the order of the uploads; `notes` are for the user."""

    added: Sequence[Added]
    notes: tuple[str, ...]


def queries_of(name: str) -> list[Query]:
    """What publishing a version asks before its bytes are put (see `Home.foreseen`)."""
    return [condemning.QUERY_OF_EPOCH, *queries_of_latest(name)]


def latest_manifest(home: Home, name: str) -> Manifest | None:
    """Return the manifest of the latest version, which a new one may have bytes in common with.

    None when there is none whose bytes are there. To be asked for after the epoch was read: if that
    version is deleted later, so that `gc` takes its bytes away, they are condemned after it.
    """
    latest = find_latest(home.catalog, name)
    if latest is None or latest.data_deleted is not None:
        return None
    with contextlib.suppress(IntegrityError):
        return home.manifest_of(latest)
    return None


def publish(
    home: Home,
    uploads: Sequence[Upload],
    add: Callable[[Change, Sequence[NewVersion]], Sequence[Added]],
    *,
    may_repeat: bool = True,
    put_more: Callable[[], Collection[str]] = lambda: (),
) -> Published:
    """Put all uploads into the store, and `add` their versions in one transaction.

    `put_more` puts other blobs that the transaction relies on, and returns their digests. Raises
    what `until_kept` does.
    """
    needed = Needed()

    def attempt(since: int) -> Published:
        stored = [upload.put() for upload in uploads]
        needed.start(put_more())
        added, change = home.changed(_adder(uploads, stored, add, needed, since))
        notes = [note for item in stored for note in item.notes]
        return Published(added, (*notes, *change.notes))

    return until_kept(home, attempt, needed, may_repeat=may_repeat)


def until_kept(
    home: Home, attempt: Callable[[int], T], needed: Collection[str], *, may_repeat: bool = True
) -> T:
    """Call `attempt`, which puts bytes and adds rows, until no bytes were condemned meanwhile.

    It is called with the epoch, which it gives to `check_kept`; `needed` are the digests that it
    gave last. Raises `BytesGoneError` when that goes on for longer than the time limit, or at once
    with `may_repeat` False, because a pipe is read.
    """
    until, count = None, 1
    while True:
        since = condemning.read_epoch(home.catalog)
        try:
            return attempt(since)
        except BytesGoneError:
            until = until or time.monotonic() + home.settings.timeout_s
            if not may_repeat or (count >= ATTEMPTS and time.monotonic() > until):
                raise
        condemning.wait_for_deletions(home.catalog, home.settings.timeout_s, needed)
        count += 1


def check_kept(change: Change, needed: Collection[str], since: int, what: str) -> None:
    """Raise `BytesGoneError` when `gc` may have deleted bytes that a change relies on."""
    if needed and not condemning.are_kept(change.transaction, needed, since):
        raise BytesGoneError(
            f"{what} were removed by garbage collection meanwhile", hint="try again"
        )


def _adder(
    uploads: Sequence[Upload],
    stored: Sequence[Stored],
    add: Callable[[Change, Sequence[NewVersion]], Sequence[Added]],
    needed: Needed,
    since: int,
) -> Callable[[Change], Sequence[Added]]:
    """Return a function that adds the versions; called again, it adds them with the same IDs.

    The digests that new versions need are added to `needed`.
    """
    new = [_new_version(upload.spec, item) for upload, item in zip(uploads, stored, strict=True)]
    names = ", ".join(dict.fromkeys(repr(upload.spec.name) for upload in uploads))

    def add_all(change: Change) -> Sequence[Added]:
        change.transaction.foresee([condemning.QUERY_OF_STATE])
        added = add(change, new)
        for item, one in zip(stored, added, strict=True):
            if one.is_new:
                needed.add(item)
        check_kept(change, needed, since, f"bytes of {names}" if names else "the bytes of a log")
        return added

    return add_all


def publish_one(
    home: Home, upload: Upload, *, may_repeat: bool = True
) -> tuple[Added, tuple[str, ...]]:
    """Publish one version, as an output of the running step if there is one.

    Return its notes too.
    """
    scope = context.step_in(home.settings.home.value)
    step_id = None if scope is None else scope.step_id

    def add(change: Change, new: Sequence[NewVersion]) -> list[Added]:
        (version,) = new
        added = add_version(change.transaction, version, step_id=step_id)
        change.record([added.id, *added.others], added.taken)
        change.then_ask(queries_with_id(added.id))
        return [added]

    done = publish(home, [upload], add, may_repeat=may_repeat)
    return done.added[0], done.notes


def _new_version(spec: VersionSpec, stored: Stored) -> NewVersion:
    """Return the row to add for content in the store."""
    manifest = stored.manifest
    return NewVersion(
        id=str(uuid.uuid4()),
        artifact=spec.name,
        version=spec.version,
        type=(spec.type or stored.type).value,
        kind=manifest.kind.value,
        digest=manifest.content_digest,
        source_checksum=manifest.source_checksum,
        manifest=stored.digest,
        link=manifest.link,
        size_bytes=manifest.size_bytes,
        file_count=len(manifest.entries),
        tags=names_of(spec.tags, exclusive=False),
        exclusive_tags=names_of(spec.tags, exclusive=True),
        metadata=plain_metadata({**stored.metadata, **spec.metadata}),
        if_changed=spec.if_changed,
        data_type=stored.data_type,
        materializer=stored.materializer,
        save_type=str(spec.save_type),
        has_custom_name=spec.has_custom_name,
        inputs=spec.inputs,
        description=spec.description,
        bump=spec.bump,
    )
