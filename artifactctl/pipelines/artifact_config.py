"""`ArtifactConfig`: the name, version, tags and metadata of an output of a step."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass
from typing import Any

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError
from artifactctl.tags import Tag, names_of


@dataclass
class ArtifactConfig:
    """The name, version, tags, metadata and type of an output of a step.

    It is part of the annotation of a step's return value: `Annotated[pd.DataFrame,
    ArtifactConfig(name="iris_dataset", version="raw_2023")]`. Without a name the output has its
    default name; without a version, the next number; without a type, the type of its materializer.
    Names and versions may contain the placeholders `{date}`, `{time}` and those of the step's
    `substitutions`.

    `is_model_artifact` and `is_deployment_artifact` are older ways to set the type; `model_name`
    and `model_version` have no effect and cause a warning.
    """

    name: str | None = None
    version: str | int | None = None
    tags: Sequence[str | Tag] | None = None
    run_metadata: Mapping[str, Any] | None = None
    artifact_type: ArtifactType | None = None
    is_model_artifact: InitVar[bool] = False
    is_deployment_artifact: InitVar[bool] = False
    model_name: InitVar[str | None] = None
    model_version: InitVar[str | int | None] = None

    def __post_init__(
        self,
        is_model_artifact: bool,
        is_deployment_artifact: bool,
        model_name: str | None,
        model_version: str | int | None,
    ) -> None:
        if self.name == "":
            raise InvalidInputError("the name of an output cannot be empty")
        if isinstance(self.version, bool | float):
            raise InvalidInputError(
                f"version {self.version!r} is not a text or a whole number", hint="put it in quotes"
            )
        if is_model_artifact and is_deployment_artifact:
            raise InvalidInputError("an artifact is of one type", hint="give artifact_type")
        if is_model_artifact:
            self.artifact_type = ArtifactType.MODEL
        if is_deployment_artifact:
            self.artifact_type = ArtifactType.SERVICE
        if self.artifact_type is not None:
            self.artifact_type = ArtifactType.parse(self.artifact_type)
        if model_name is not None or model_version is not None:
            warnings.warn("model_name and model_version have no effect here", stacklevel=3)
        names_of(self.tags or ())


@dataclass(frozen=True)
class Output:
    """One output of a step: `key` is its name in the step, `config.name` the artifact's name."""

    key: str
    config: ArtifactConfig
    annotation: Any = Any
