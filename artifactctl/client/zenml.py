"""The store under the names that ZenML's stack gives it."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArtifactStore:
    """Where the bytes are; `id` is the same in every process that has the same store."""

    url: str
    name: str = "default"

    @property
    def id(self) -> str:
        """A UUID made of the URL."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.url))

    @property
    def path(self) -> str:
        """The folder, which exists: data may be put into a folder of one's own in it, and linked.

        What is below `blobs`, `manifests`, `records`, `owners`, `quarantine` and `tmp` is the
        store's own. Raises `ConflictError` when the folder is no store and has something in it.
        """
        # Listings never touch the bytes, and should not pay for the code that does.
        from artifactctl.store import make_store  # noqa: PLC0415

        return make_store(self.url)


@dataclass(frozen=True, slots=True)
class Stack:
    """What there is of a stack here: an artifact store."""

    artifact_store: ArtifactStore
    name: str = "default"

    @property
    def id(self) -> str:
        """The store's ID."""
        return self.artifact_store.id
