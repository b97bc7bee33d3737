"""The versions that a step used or made, under the names of its inputs and outputs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from artifactctl.enums import StepRunInputArtifactType
from artifactctl.errors import NotFoundError
from artifactctl.results.values import identifier
from artifactctl.results.versions import ArtifactVersion, Asking

Uses = tuple[tuple[str, UUID], ...]
"""The versions that a step used or made, as pairs of a name and a version's ID."""


class StepVersions(tuple[ArtifactVersion, ...]):
    """The versions under one name of a step's inputs or outputs.

    Usually there is one; attributes are those of the last version.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not self:
            raise AttributeError(f"a step's versions have no attribute {name!r}")
        return getattr(self[-1], name)


class NamedVersions(Mapping[str, StepVersions]):
    """The inputs or outputs of a step by name; the name of the artifact is accepted too.

    Each version is looked up on access; deleted versions are left out. `types` are the `input_type`
    of inputs.
    """

    def __init__(
        self,
        step: Asking,
        uses: Uses,
        types: Mapping[str, StepRunInputArtifactType | None],
    ) -> None:
        self._step = step
        self._types = types
        self._ids: dict[str, list[UUID]] = {}
        for name, version_id in uses:
            self._ids.setdefault(name, []).append(version_id)

    def __getitem__(self, name: str) -> StepVersions:
        if name in self._ids:
            return self._versions(name)
        for versions in self.values():
            if versions and versions.artifact == name:
                return versions
        known = ", ".join(self._ids) or "none"
        raise NotFoundError(f"there is no {name!r} among {known}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __repr__(self) -> str:
        return repr(dict(self))

    def _versions(self, name: str) -> StepVersions:
        return StepVersions(self._found(name))

    def _found(self, name: str) -> Iterator[ArtifactVersion]:
        for version_id in self._ids[name]:
            try:
                found = self._step._answerer.find_artifact_version(version_id)
            except NotFoundError:
                continue  # the version was deleted
            vars(found)["input_type"] = self._types.get(name)
            yield found


def uses_of(kept: Iterable[tuple[str, str]]) -> Uses:
    """Return the versions that a row of the catalog names."""
    return tuple((name, identifier(version_id)) for name, version_id in kept)


def versions_in(outputs: NamedVersions) -> list[ArtifactVersion]:
    """Return all versions under all names."""
    return [version for versions in outputs.values() for version in versions]
