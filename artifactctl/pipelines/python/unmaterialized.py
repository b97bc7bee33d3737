"""`UnmaterializedArtifact`: an input of a step that is a version, and is not loaded."""

from artifactctl.results.versions import ArtifactVersion


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
