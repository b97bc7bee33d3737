"""Objects become versions: a materializer writes files, the store and the catalog take them.

In a step of a run, what is saved counts as an output of that step.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from artifactctl import context, materializers, transfer
from artifactctl.catalog.reading.finding import check_free
from artifactctl.catalog.rows import NewVersion
from artifactctl.catalog.writing.adding import Added, add_version
from artifactctl.client.moving import own_paths
from artifactctl.client.publishing import Stored, Upload, publish
from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError
from artifactctl.home.change import Change
from artifactctl.manifest import Manifest
from artifactctl.materializers import Saved
from artifactctl.metadata import plain_metadata
from artifactctl.refs import check_name, check_version
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.tags import Tags, names_of

if TYPE_CHECKING:
    from artifactctl.client import Client


class New(Protocol):
    """A dataclass: what a version is to be called and to say, whatever it is made of."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str:
        """The artifact's name."""

    @property
    def version(self) -> str | None:
        """The version; None counts up."""

    @property
    def type(self) -> ArtifactType | None:
        """What the artifact is, where that is said."""

    @property
    def tags(self) -> Tags:
        """Labels of the version."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What is said of it; wins over what is found."""

    @property
    def has_custom_name(self) -> bool:
        """Whether a person chose the artifact's name."""

    @property
    def save_type(self) -> str:
        """How it comes to be, in ZenML's words."""


N = TypeVar("N", bound=New)


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object, and what the version that it becomes is to be called and to say.

    `type` None is the materializer's; `materializer` None is found by the object's type; the
    `metadata` wins over what the materializer finds. `save_type` is one of ZenML's words.
    """

    value: Any
    name: str
    version: str | None = None
    type: ArtifactType | None = None
    tags: Tags = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    materializer: Any = None
    extract_metadata: bool = True
    has_custom_name: bool = True
    save_type: str = "manual"


def checked(new: N) -> N:
    """The same, with metadata as it is kept.

    Raises `InvalidInputError` for what cannot be, before anything is stored.
    """
    check_name(new.name)
    if new.version is not None:
        check_version(new.version)
    names_of(new.tags)
    return replace(new, metadata=plain_metadata(new.metadata))


def save(client: "Client", new: NewObject) -> ArtifactVersion:
    """Store an object as a new version; raises `ConflictError` when that version exists."""
    new = checked(new)
    if new.version is not None:
        check_free(client.catalog, new.name, new.version)
    scope = context.step_in(client.settings.home.value)
    step_id = None if scope is None else scope.step_id

    def put() -> Stored:
        try:
            return store(client, new)
        except InvalidInputError as error:
            raise error.about(repr(new.name)) from error

    def add(change: Change, stored: Sequence[Stored]) -> list[Added]:
        (item,) = stored
        added = add_version(
            change.transaction,
            version_of(new, item, scope),
            step_id=step_id,
            output_name=new.name,
        )
        change.record([added.id, *added.others])
        return [added]

    (added,), _ = publish(client.home, [Upload(new.name, put)], add)
    return client.find_artifact_version(added.id)


def put(client: "Client", new: NewObject) -> tuple[Manifest, Saved]:
    """Have the files that an object becomes in the store."""
    with client.store.workspace() as folder:
        saved = materializers.save(
            new.value,
            Path(folder),
            new.materializer,
            extract_metadata=new.extract_metadata,
            leave_out=transfer.own_data(*own_paths(client)),
        )
        collected = transfer.collect([folder], transfer.CollectOptions())
        return transfer.upload(collected, client.store, move=True), saved


def store(client: "Client", new: NewObject) -> Stored:
    """Have an object with its manifest in the store."""
    manifest, saved = put(client, new)
    return _stored(new, manifest, client.store.put_manifest(manifest.to_bytes()), saved)


def version_of(new: New, stored: Stored, scope: context.StepScope | None) -> NewVersion:
    """What the catalog is told of something that is in the store."""
    manifest = stored.manifest
    return NewVersion(
        id=str(uuid.uuid4()),
        artifact=check_name(new.name),
        version=new.version,
        type=(new.type or stored.type).value,
        kind=manifest.kind.value,
        digest=manifest.content_digest,
        source_checksum=manifest.source_checksum,
        manifest=stored.digest,
        link=manifest.link,
        size_bytes=manifest.size_bytes,
        file_count=len(manifest.entries),
        tags=names_of(new.tags, exclusive=False),
        exclusive_tags=names_of(new.tags, exclusive=True),
        metadata=plain_metadata({**stored.metadata, **new.metadata}),
        if_changed=False,
        data_type=stored.data_type,
        materializer=stored.materializer,
        save_type=new.save_type,
        has_custom_name=new.has_custom_name,
        producer_run=None if scope is None else scope.run_id,
        producer_step=None if scope is None else scope.step,
    )


def _stored(new: NewObject, manifest: Manifest, digest: str, saved: Saved) -> Stored:
    found = {"storage_size": manifest.size_bytes, **saved.metadata} if new.extract_metadata else {}
    return Stored(manifest, digest, saved.type, found, saved.data_type, saved.materializer)
