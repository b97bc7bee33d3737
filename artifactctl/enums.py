"""The closed sets of words that users type and read."""

from enum import StrEnum

from artifactctl.errors import WrongUsageError


class ArtifactType(StrEnum):
    """What an artifact version is; the values are ZenML's."""

    DATA_ANALYSIS = "DataAnalysisArtifact"
    DATA = "DataArtifact"
    MODEL = "ModelArtifact"
    SCHEMA = "SchemaArtifact"
    SERVICE = "ServiceArtifact"
    STATISTICS = "StatisticsArtifact"
    BASE = "BaseArtifact"

    @classmethod
    def parse(cls, text: str) -> "ArtifactType":
        """Read `model`, `MODEL`, `data-analysis` or `ModelArtifact`.

        Raises `WrongUsageError` that names the right ones.
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
    """What a version is downloaded as: the single file that was registered, or a folder."""

    FILE = "file"
    FOLDER = "folder"


class ArtifactSaveType(StrEnum):
    """How a version was made: by a step, by hand, linked in place, or as a step's input."""

    STEP_OUTPUT = "step_output"
    MANUAL = "manual"
    PREEXISTING = "preexisting"
    EXTERNAL = "external"


class MetadataResourceTypes(StrEnum):
    """What metadata can be attached to."""

    PIPELINE_RUN = "pipeline_run"
    STEP_RUN = "step_run"
    ARTIFACT_VERSION = "artifact_version"


class RunStatus(StrEnum):
    """How far a run has come, or how it ended."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @classmethod
    def parse(cls, text: str) -> "RunStatus":
        """Read `failed` or `FAILED`; raises `WrongUsageError` that names the right ones."""
        for member in cls:
            if member.value == text.casefold():
                return member
        known = ", ".join(member.value for member in cls)
        raise WrongUsageError(f"status {text!r} is not known", hint=f"use one of {known}")


class StepStatus(StrEnum):
    """How far a step of a run has come, or how it ended; `cached`: earlier outputs were reused."""

    RUNNING = "running"
    COMPLETED = "completed"
    CACHED = "cached"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ProblemKind(StrEnum):
    """What is damaged: the catalog's row, stored bytes, or linked data where the user keeps it."""

    ROW = "row"
    STORED = "stored"
    LINKED = "linked"


class DownloadMode(StrEnum):
    """How a downloaded file gets its bytes."""

    COPY = "copy"
    HARDLINK = "hardlink"
    SYMLINK = "symlink"


class OutputFormat(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    TSV = "tsv"

    @property
    def is_document(self) -> bool:
        """Whether it is JSON or YAML, which nest and keep types."""
        return self in (OutputFormat.JSON, OutputFormat.YAML)


class GraphFormat(StrEnum):
    """How a graph is printed: as any result, or as text that becomes a diagram."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    TSV = "tsv"
    MERMAID = "mermaid"


class ComparisonFormat(StrEnum):
    """How a comparison is printed: as any result, or as Markdown."""

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
