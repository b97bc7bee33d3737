"""What says which version, run or step is meant, where a method takes several of them at once."""

from dataclasses import dataclass
from uuid import UUID

from artifactctl.errors import WrongUsageError

Id = str | UUID


@dataclass(frozen=True, slots=True)
class ArtifactVersionIdentifier:
    """A version: its ID, or the artifact's name with the version's."""

    id: Id | None = None
    name: str | None = None
    version: str | int | None = None

    def __post_init__(self) -> None:
        _check_one(id=self.id, name=self.name)
        if (self.name is None) != (self.version is None):
            raise WrongUsageError("a version is named by name and version together")


@dataclass(frozen=True, slots=True)
class PipelineRunIdentifier:
    """A run: its ID, its name, or the start of either."""

    id: Id | None = None
    name: str | None = None
    prefix: str | None = None

    def __post_init__(self) -> None:
        _check_one(id=self.id, name=self.name, prefix=self.prefix)

    @property
    def value(self) -> Id:
        """The one that is given."""
        return self.id or self.name or self.prefix or ""


@dataclass(frozen=True, slots=True)
class StepRunIdentifier:
    """A step: its ID, or its name with the run."""

    id: Id | None = None
    name: str | None = None
    run: PipelineRunIdentifier | None = None

    def __post_init__(self) -> None:
        _check_one(id=self.id, name=self.name)
        if (self.name is None) != (self.run is None):
            raise WrongUsageError("a step is named by name and run together")


def _check_one(**given: object) -> None:
    """Raise `WrongUsageError` unless exactly one is given."""
    if len([value for value in given.values() if value]) != 1:
        raise WrongUsageError(f"say which is meant by one of {', '.join(given)}")
