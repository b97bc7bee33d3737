"""The outputs of a step before it runs: names, versions and labels from code and configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from artifactctl.enums import ArtifactType
from artifactctl.pipelines.artifact_config import Output
from artifactctl.pipelines.naming import Passing, fill, fill_known
from artifactctl.refs import check_new_name, check_version
from artifactctl.tags import Tag, names_of

if TYPE_CHECKING:
    from artifactctl.pipelines.files import OutputConfig


@dataclass(frozen=True)
class Expected:
    """One output before the step runs; `template` and `version_template` may have placeholders.

    `artifact` and `version` are the same with the placeholders filled; `name`, the output's name in
    the run, is `key` with the placeholders filled.
    """

    key: str
    name: str
    template: str
    artifact: str
    has_custom_name: bool
    version_template: str | None
    version: str | None
    type: ArtifactType | None
    tags: tuple[str | Tag, ...]
    metadata: Mapping[str, Any]
    materializer: Any
    annotation: Any = Any

    def as_json(self, materializer: object = None) -> object:
        """The part of the cache key for this output; `materializer` is that of its materializer."""
        return [
            self.key,
            self.template,
            self.version_template,
            None if self.type is None else self.type.value,
            sorted(names_of(self.tags)),
            dict(self.metadata),
            materializer,
        ]


def expect(
    output: Output,
    configured: "OutputConfig | None",
    default_name: str,
    materializers: object,
    substitutions: Mapping[str, str],
) -> Expected:
    """The expected output; its configuration overrides its annotation."""
    config = output.config
    name = (configured and configured.name) or config.name
    version = (configured and configured.version) or config.version
    template = name or default_name
    version_template = None if version is None else str(version)
    # Date and time of a run are not part of the cache key; a step's substitutions are.
    lasting = {k: text for k, text in substitutions.items() if not isinstance(text, Passing)}
    return Expected(
        key=output.key,
        name=fill_known(output.key, substitutions),
        template=fill_known(template, lasting),
        artifact=check_new_name(fill(template, substitutions)),
        has_custom_name=name is not None,
        version_template=version_template and fill_known(version_template, lasting),
        version=version_template and check_version(fill(version_template, substitutions)),
        type=(configured and configured.type) or config.artifact_type,
        tags=(*(config.tags or ()), *(configured.tags if configured else ())),
        metadata={**(config.run_metadata or {}), **(configured.metadata if configured else {})},
        materializer=(configured and configured.materializer)
        or _materializer_of(output.key, materializers),
        annotation=output.annotation,
    )


def _materializer_of(key: str, materializers: object) -> object:
    return materializers.get(key) if isinstance(materializers, Mapping) else materializers
