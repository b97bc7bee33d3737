"""The versions that a step took or gave."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from artifactctl.client.results import ArtifactVersion
from artifactctl.errors import NotFoundError

if TYPE_CHECKING:
    from artifactctl.client import Client

Uses = tuple[tuple[str, str], ...]
"""Versions that a step took or gave: pairs of a name and a version's ID."""


class StepVersions(tuple[ArtifactVersion, ...]):
    """The versions under one name of a step's inputs or outputs.

    Usually it is one; what a version has, this has too, of the last one.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not self:
            raise AttributeError(f"a step's versions have no attribute {name!r}")
        return getattr(self[-1], name)


class Linked(Mapping[str, StepVersions]):
    """What a step took or gave, by name; also found by the name of the artifact.

    Versions that were deleted are left out. They are looked up when they are asked for.
    """

    def __init__(self, client: "Client", uses: Uses) -> None:
        self._client = client
        self._ids: dict[str, list[str]] = {}
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
        return StepVersions(self._found(self._ids[name]))

    def _found(self, version_ids: list[str]) -> Iterator[ArtifactVersion]:
        for version_id in version_ids:
            try:
                yield self._client.find_artifact_version(version_id)
            except NotFoundError:
                continue  # deleted since
