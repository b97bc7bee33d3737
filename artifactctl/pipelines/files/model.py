"""The model of a run file; its texts are checked and its variables filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artifactctl.enums import ArtifactType
from artifactctl.pipelines.files.report import Report
from artifactctl.pipelines.step_options import SharedOptions
from artifactctl.tags import Tag


@dataclass(frozen=True)
class OutputConfig:
    """The configuration of one output of a step.

    `key` is unique within the step: `output` or an artifact's name. `name` and `version` may
    contain placeholders such as `{date}`; without a name the output has its default name.
    `materializer` is one or several IDs such as `module:Class`. `path` and `metadata_file` are
    relative to the file's folder; these and `link` are for steps that are commands.
    """

    key: str
    name: str | None = None
    version: str | None = None
    type: ArtifactType | None = None
    tags: tuple[str | Tag, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    materializer: str | tuple[str, ...] | None = None
    path: str | None = None
    link: bool = False
    metadata_file: str | None = None


@dataclass(frozen=True)
class StepConfig(SharedOptions):
    """The configuration of one step; `parameters` and materializers are for steps in Python.

    A `command` that is a text is run by the shell, a list of words is not. `inputs` are references
    by the inputs' names; `outputs` are by key, in the order of the file. `metrics` is a path
    relative to the file's folder.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, OutputConfig] = field(default_factory=dict)
    command: str | tuple[str, ...] | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float | None = None
    retries: int = 0
    sources: tuple[str, ...] = ()
    metrics: str | None = None


@dataclass(frozen=True)
class RunConfig(SharedOptions):
    """The configuration of a run; None and empty values mean that the file does not set the key.

    `tags` that are texts, or that cascade, are also given to all versions that the run makes.
    Hooks are functions, as `module.name`. `run_name` may contain placeholders. `path` is None for a
    mapping given in Python.

    `secrets` are the values of `${env:NAME}`. They may be part of commands, environment, parameters
    and paths, so they are hidden wherever these, or an error of the run, are printed, logged or
    recorded. Names, versions and tags cannot contain any; in `vars` and metadata, `***` stands for
    them. `vars` are the values that were filled in, as YAML types them.

    `places` are the places of keys (`file:line:column`) for later messages, such as
    `places["steps", "train", "outputs", "model"]`. `notes` are lines for the user; `report` has the
    mistakes and the notes from reading the file.
    """

    pipeline: str | None = None
    run_name: str | None = None
    vars: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str | Tag, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    on_init: str | None = None
    on_init_kwargs: Mapping[str, Any] = field(default_factory=dict)
    on_cleanup: str | None = None
    steps: Mapping[str, StepConfig] = field(default_factory=dict)
    path: Path | None = None
    secrets: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    places: Mapping[tuple[str, ...], str] = field(default_factory=dict, compare=False, repr=False)
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)
    report: Report = field(default_factory=lambda: Report("the run"), compare=False, repr=False)

    @property
    def own_tags(self) -> tuple[Tag, ...]:
        """The tags of the run; a text becomes a tag that cascades."""
        return tuple(tag if isinstance(tag, Tag) else Tag(tag, cascade=True) for tag in self.tags)

    @property
    def cascading_tags(self) -> tuple[Tag, ...]:
        """The tags of all versions that the run makes or reuses."""
        return tuple(tag for tag in self.own_tags if tag.cascade)
