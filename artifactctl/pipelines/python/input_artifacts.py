"""Inputs of a step that are not made by another step, or not loaded: two classes for users."""

from typing import Any
from uuid import UUID, uuid4

from artifactctl import client as clients
from artifactctl.enums import ArtifactSaveType
from artifactctl.errors import InvalidInputError, NotUploadedError
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs import saving
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.saving import NewObject


class ExternalArtifact:
    """A value that no step made: the result of a query, a file that was read, a model.

    It is saved as a version when the step that takes it runs, so that the run records its inputs.
    That step and the steps after it are not cached. `materializer` replaces the materializer of the
    value's type.
    """

    def __init__(
        self,
        value: object = None,
        materializer: object = None,
        *,
        store_artifact_metadata: bool = True,
        store_artifact_visualizations: bool = True,
        **others: Any,
    ) -> None:
        if others:
            raise InvalidInputError(
                f"an external artifact has no {min(others)!r}, only a value",
                hint="for a version that exists use Client().get_artifact_version(name, version)",
            )
        self.value = value
        self.materializer = materializer
        self.store_artifact_metadata = store_artifact_metadata
        self.store_artifact_visualizations = store_artifact_visualizations
        self.id: UUID | None = None

    def upload_by_value(self) -> UUID:
        """Save the value as a version now, and return its ID; the value is dropped.

        Steps that take this artifact then load that version.
        """
        found = saving.save(clients.current().home, self.new(f"external_{uuid4()}"))
        self.id, self.value = UUID(str(found.id)), None
        return self.id

    def get_artifact_version_id(self) -> UUID:
        """The ID of the uploaded version; raises `NotUploadedError` (a `RuntimeError`) before."""
        if self.id is None:
            raise NotUploadedError(
                "the external artifact is not uploaded", hint="call upload_by_value()"
            )
        return self.id

    def new(self, name: str) -> NewObject:
        """The value as a new version of the artifact `name`."""
        return NewObject(
            self.value,
            VersionSpec(name, has_custom_name=False, save_type=ArtifactSaveType.EXTERNAL),
            self.materializer,
            self.store_artifact_metadata,
            self.store_artifact_visualizations,
        )


class UnmaterializedArtifact(ArtifactVersion):
    """The annotation of an input that takes the version itself instead of its object.

    `def step(data: UnmaterializedArtifact)` gets an object with all that an artifact version has;
    `data.load()` loads it.
    """

    @classmethod
    def of_version(cls, version: ArtifactVersion) -> "UnmaterializedArtifact":
        """The same version as an input that is not loaded."""
        made = cls.__new__(cls)
        vars(made).update(vars(version))
        return made
