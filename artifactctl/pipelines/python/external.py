"""`ExternalArtifact`: a value from outside of the pipeline, as an input of a step."""

from typing import Any

from artifactctl.errors import InvalidInputError


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
