"""The artifact store under the names of ZenML's stack."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ArtifactStore:
    """The artifact store; `id` is the same in every process that uses the same store."""

    url: str
    name: str = "default"

    @property
    def id(self) -> UUID:
        """The store's ID, derived from the URL."""
        # Imported on first use: a listing needs no store.
        from artifactctl.results.recorded import store_id  # noqa: PLC0415

        return store_id(self.url)

    @property
    def path(self) -> str:
        """The store's folder, which is created when it does not exist.

        Programs may put data into folders of their own in it, and link that data. What is below
        `blobs`, `manifests`, `records`, `owners`, `quarantine` and `tmp` belongs to the store.
        Raises `ConflictError` when the folder is not a store and is not empty.
        """
        # Imported on first use: a listing never opens the store.
        from artifactctl.store import make_store  # noqa: PLC0415

        return make_store(self.url)


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that consists of an artifact store only."""

    artifact_store: ArtifactStore
    name: str = "default"

    @property
    def id(self) -> UUID:
        """The store's ID."""
        return self.artifact_store.id
