"""The enumerations that users type and read."""

from enum import StrEnum

from artifactctl.errors import WrongUsageError


class WordEnum(StrEnum):
    """An enumeration of words, with ZenML's two methods."""

    @classmethod
    def names(cls) -> list[str]:
        """The names of the members, such as `DATA_ANALYSIS`."""
        return [member.name for member in cls]

    @classmethod
    def values(cls) -> list[str]:
        """The values of the members, such as `DataAnalysisArtifact`."""
        return [member.value for member in cls]


def _known_word(kind: type[StrEnum], what: str, text: str) -> str:
    """The value of a member, typed in any case; raises `WrongUsageError` for another text."""
    if text.casefold() in list(kind):
        return text.casefold()
    raise WrongUsageError(f"{what} {text!r} is not known", hint=f"use one of {', '.join(kind)}")


class ArtifactType(WordEnum):
    """The type of an artifact version; the values are ZenML's."""

    DATA_ANALYSIS = "DataAnalysisArtifact"
    DATA = "DataArtifact"
    MODEL = "ModelArtifact"
    SCHEMA = "SchemaArtifact"
    SERVICE = "ServiceArtifact"
    STATISTICS = "StatisticsArtifact"
    BASE = "BaseArtifact"

    @classmethod
    def parse(cls, text: str) -> "ArtifactType":
        """Return the type for `model`, `MODEL`, `data-analysis` or `ModelArtifact`.

        Raises `WrongUsageError` with the known types.
        """
        wanted = text.casefold().replace("-", "").replace("_", "").removesuffix("artifact")
        for member in cls:
            if member.short.replace("_", "") == wanted:
                return member
        known = ", ".join(member.short for member in cls)
        raise WrongUsageError(f"type {text!r} is not known", hint=f"use one of {known}")

    @property
    def short(self) -> str:
        """The word to type, such as `model` or `data_analysis`."""
        return self.name.lower()


class VersionKind(StrEnum):
    """The kind of a version, which decides what a download writes: a single file, or a folder."""

    FILE = "file"
    FOLDER = "folder"


class ArtifactSaveType(WordEnum):
    """How a version was made: by a step, by hand, linked in place, or as a step's input."""

    STEP_OUTPUT = "step_output"
    MANUAL = "manual"
    PREEXISTING = "preexisting"
    EXTERNAL = "external"


class StepRunInputArtifactType(WordEnum):
    """How a step got an input: from a step before it, by hand, or when it ran."""

    STEP_OUTPUT = "step_output"
    MANUAL = "manual"
    EXTERNAL = "external"
    LAZY_LOADED = "lazy"


class VisualizationType(WordEnum):
    """The format of a visualization; the values are ZenML's."""

    CSV = "csv"
    HTML = "html"
    IMAGE = "image"
    MARKDOWN = "markdown"
    JSON = "json"


class ColorVariants(WordEnum):
    """The colours of tags."""

    GREY = "grey"
    PURPLE = "purple"
    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    LIME = "lime"
    TEAL = "teal"
    TURQUOISE = "turquoise"
    MAGENTA = "magenta"
    BLUE = "blue"

    @classmethod
    def parse(cls, text: str) -> "ColorVariants":
        """Return the colour for `red` or `RED`; raises `WrongUsageError` with the known ones."""
        return cls(_known_word(cls, "color", text))


class TaggableResourceTypes(WordEnum):
    """The resources that tags can be attached to."""

    ARTIFACT = "artifact"
    ARTIFACT_VERSION = "artifact_version"
    PIPELINE = "pipeline"
    PIPELINE_RUN = "pipeline_run"


class LogicalOperators(WordEnum):
    """How the filters of a listing are combined."""

    OR = "or"
    AND = "and"


class SorterOps(WordEnum):
    """The order of a listing, as in `desc:created`."""

    ASCENDING = "asc"
    DESCENDING = "desc"


class ExecutionMode(WordEnum):
    """The behaviour of a run after a step has failed."""

    FAIL_FAST = "fail_fast"
    STOP_ON_FAILURE = "stop_on_failure"
    CONTINUE_ON_FAILURE = "continue_on_failure"


class MetadataResourceTypes(WordEnum):
    """The resources that metadata can be attached to."""

    PIPELINE_RUN = "pipeline_run"
    STEP_RUN = "step_run"
    ARTIFACT_VERSION = "artifact_version"


class RunStatus(StrEnum):
    """The status of a run."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @classmethod
    def parse(cls, text: str) -> "RunStatus":
        """Return the status for `failed` or `FAILED`; raises `WrongUsageError` for others."""
        return cls(_known_word(cls, "status", text))


class StepStatus(StrEnum):
    """The status of a step; `cached` means that earlier outputs were reused."""

    RUNNING = "running"
    COMPLETED = "completed"
    CACHED = "cached"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExecutionStatus(WordEnum):
    """The status of a run or step as Python programs read it: ours, and those that ZenML has.

    A run here is never initializing, provisioning, retrying, retried or stopping.
    """

    INITIALIZING = "initializing"
    PROVISIONING = "provisioning"
    RUNNING = "running"
    COMPLETED = "completed"
    CACHED = "cached"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STOPPED = CANCELLED  # ZenML's word
    RETRYING = "retrying"
    RETRIED = "retried"
    STOPPING = "stopping"

    @property
    def is_finished(self) -> bool:
        """Whether it is the last status of a run or step."""
        return self.is_successful or self.is_failed or self in (self.CANCELLED, self.RETRIED)

    @property
    def is_successful(self) -> bool:
        """Whether the outputs are there."""
        return self in (self.COMPLETED, self.CACHED)

    @property
    def is_failed(self) -> bool:
        """Whether an error ended it."""
        return self is self.FAILED


class ProblemKind(StrEnum):
    """The kind of a problem: a row of the catalog, stored bytes, or linked data."""

    ROW = "row"
    STORED = "stored"
    LINKED = "linked"


class VersionPart(StrEnum):
    """A part of a semantic version, which is counted up."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


class DownloadMode(StrEnum):
    """How a download creates a file: as a copy, or as a link into the store."""

    COPY = "copy"
    HARDLINK = "hardlink"
    SYMLINK = "symlink"


class OutputFormat(StrEnum):
    """The output format of a result."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    TSV = "tsv"

    @property
    def is_document(self) -> bool:
        """Whether it is JSON or YAML, which keep nesting and types."""
        return self in (OutputFormat.JSON, OutputFormat.YAML)


class SearchKind(StrEnum):
    """The kinds of things that a search finds."""

    ARTIFACT = "artifact"
    PIPELINE = "pipeline"
    RUN = "run"
    VERSION = "version"


class GraphFormat(StrEnum):
    """The output format of a graph: that of any result, or Mermaid for a diagram."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    TSV = "tsv"
    MERMAID = "mermaid"
    DOT = "dot"


class ComparisonFormat(StrEnum):
    """The output format of a comparison: that of any result, or Markdown."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    TSV = "tsv"
    MD = "md"


class Shell(StrEnum):
    """The shells for which completion exists; `auto` is the one that runs the command."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    AUTO = "auto"


class MoveAction(StrEnum):
    """The result of moving a version into another catalog.

    `NEW` it is added; `PRESENT` it is there already, by its ID; `IDENTICAL` another version of that
    name has its content, and is kept; `CONFLICT` it cannot be added under its name.
    """

    NEW = "new"
    PRESENT = "present"
    IDENTICAL = "identical"
    CONFLICT = "conflict"
