"""Lazy values: placeholders in a pipeline's function that are looked up when a step runs."""

from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, cast

from artifactctl.errors import NotFoundError, WrongUsageError
from artifactctl.results.artifacts import Artifact
from artifactctl.results.versions import ArtifactVersion


class Finder(Protocol):
    """The protocol that finds artifacts and versions when a step runs; the client implements it."""

    def find_artifact(self, name_id_or_prefix: str) -> Artifact:
        """Return the artifact with that name or ID; raises `NotFoundError` when there is none."""

    def find_artifact_version(
        self, name_id_or_prefix: str, version: str | None = None
    ) -> ArtifactVersion:
        """Return the version with that name or ID; raises `NotFoundError` when there is none."""


class Lazy:
    """A placeholder for a value of the catalog that a step gets when it runs."""

    __slots__ = ()

    def resolve(self, finder: Finder) -> Any:
        """Return the value that the step gets.

        An `ArtifactVersion` means that the step gets the object stored in it. Raises
        `NotFoundError` when the value does not exist.
        """
        raise NotImplementedError

    def _refuse(self, *_: object) -> NoReturn:
        raise WrongUsageError(
            f"{self!r} is known only when the step runs", hint="pass it to a step, and use it there"
        )

    __bool__ = __len__ = __iter__ = __contains__ = __int__ = __float__ = __index__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __str__ = __format__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = _refuse
    # Python removes the hash of a class that defines `__eq__`.
    __hash__ = object.__hash__


def _late(name: str) -> object:
    """Return a property that gives a `LazyAttribute` of this name."""
    return property(lambda self: LazyAttribute(self, name))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LazyAttribute(Lazy):
    """An attribute of a version or an artifact, read when a step runs."""

    source: "LazyVersion | LazyArtifact"
    attribute: str

    def __repr__(self) -> str:
        return f"{self.source!r}.{self.attribute}"

    def resolve(self, finder: Finder) -> Any:
        """Return the attribute's current value."""
        found = getattr(self.source.look_up(finder), self.attribute)
        return tuple(map(str, found)) if isinstance(found, tuple) else found


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LazyMetadata(Lazy):
    """A version's metadata, or the value in it that `keys` lead to."""

    source: "LazyVersion"
    keys: tuple[Any, ...] = ()

    def __getitem__(self, key: object) -> "LazyMetadata":
        return LazyMetadata(self.source, (*self.keys, key))

    @property
    def value(self) -> "LazyMetadata":
        """This same placeholder, since ZenML's scripts write `.value` behind a metadata key."""
        return self

    def __repr__(self) -> str:
        return f"{self.source!r}.run_metadata" + "".join(f"[{key!r}]" for key in self.keys)

    def resolve(self, finder: Finder) -> Any:
        """Return the current value; raises `NotFoundError` for a key that does not exist."""
        version = self.source.look_up(finder)
        found: Any = dict(version.metadata)
        for key in self.keys:
            try:
                found = found[key]
            except (LookupError, TypeError):
                raise NotFoundError(f"{version.ref} has no metadata {key!r}") from None
        return found


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LazyData(Lazy):
    """The object of a version; with `allow_pickle` its data may run code when it is loaded."""

    source: "LazyVersion | LazyArtifact"
    allow_pickle: bool = False

    def __repr__(self) -> str:
        return f"{self.source!r}.load()"

    def resolve(self, finder: Finder) -> ArtifactVersion:
        """Return the version that holds the object."""
        return self.source.resolve(finder)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LazyVersion(Lazy):
    """A version, identified by the arguments that it was asked for with."""

    asked: str
    asked_version: str | None = None

    id = _late("id")
    name = _late("name")
    artifact = _late("artifact")
    version = _late("version")
    ref = _late("ref")
    type = _late("type")
    uri = _late("uri")
    digest = _late("digest")
    tags = _late("tags")
    created = _late("created")

    @property
    def run_metadata(self) -> LazyMetadata:
        """The metadata; a step can be given all of it, or one value (`["accuracy"]`)."""
        return LazyMetadata(self)

    metadata = run_metadata

    def load(self, *, allow_pickle: bool = False) -> LazyData:
        """Return a placeholder for the object.

        Passing the version itself to a step means the same.
        """
        return LazyData(self, allow_pickle)

    def __repr__(self) -> str:
        version = "" if self.asked_version is None else f", {self.asked_version!r}"
        return f"get_artifact_version({self.asked!r}{version})"

    def look_up(self, finder: Finder) -> ArtifactVersion:
        """Return the version, looked up now."""
        return finder.find_artifact_version(self.asked, self.asked_version)

    def resolve(self, finder: Finder) -> ArtifactVersion:
        """Return the version, looked up now."""
        return self.look_up(finder)


@dataclass(frozen=True, slots=True)
class LazyVersions:
    """The versions of an artifact by version name."""

    artifact: str

    def __getitem__(self, version: str | int) -> LazyVersion:
        return LazyVersion(self.artifact, str(version))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LazyArtifact(Lazy):
    """An artifact, identified by the name or ID that it was asked for with.

    A step that it is passed to gets the object of its latest version.
    """

    asked: str

    id = _late("id")
    name = _late("name")
    tags = _late("tags")
    latest_version_name = _late("latest_version_name")
    latest_version_id = _late("latest_version_id")

    @property
    def versions(self) -> LazyVersions:
        """The versions of this artifact by version name."""
        return LazyVersions(self.asked)

    def load(self, *, allow_pickle: bool = False) -> LazyData:
        """Return a placeholder for the object of the latest version."""
        return LazyData(self, allow_pickle)

    def __repr__(self) -> str:
        return f"get_artifact({self.asked!r})"

    def look_up(self, finder: Finder) -> Artifact:
        """Return the artifact, looked up now."""
        return finder.find_artifact(self.asked)

    def resolve(self, finder: Finder) -> ArtifactVersion:
        """Return the artifact's latest version, looked up now."""
        return finder.find_artifact_version(self.look_up(finder).name)


def later_version(asked: str, version: str | int | None) -> ArtifactVersion:
    """Return a placeholder for a version, typed as the version itself for type checkers."""
    found = LazyVersion(asked, None if version is None else str(version))
    return cast("ArtifactVersion", found)


def later_artifact(asked: str) -> Artifact:
    """Return a placeholder for an artifact, typed as the artifact itself for type checkers."""
    return cast("Artifact", LazyArtifact(asked))
