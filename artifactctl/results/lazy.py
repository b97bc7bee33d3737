"""What a pipeline's function asks the client for is looked up only when a step runs with it."""

from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, cast

from artifactctl.errors import NotFoundError, WrongUsageError
from artifactctl.results.artifacts import Artifact
from artifactctl.results.recorded import ArtifactVersion


class Finder(Protocol):
    """Finds artifacts and versions when a step runs: the client."""

    def find_artifact(self, name_id_or_prefix: str) -> Artifact:
        """The artifact called so; raises `NotFoundError` without one."""

    def find_artifact_version(
        self, name_id_or_prefix: str, version: str | None = None
    ) -> ArtifactVersion:
        """The version called so; raises `NotFoundError` without one."""


class Lazy:
    """Something of the catalog that a step will get; until then nothing is known of it."""

    __slots__ = ()

    def resolve(self, finder: Finder) -> Any:
        """What it is now.

        An `ArtifactVersion` stands for the object that it keeps: that is what a step gets. Any
        other value is what the step gets. Raises `NotFoundError` when there is no such thing.
        """
        raise NotImplementedError

    def _refuse(self, *_: object) -> NoReturn:
        raise WrongUsageError(
            f"{self!r} is known only when the step runs", hint="pass it to a step, and use it there"
        )

    __bool__ = __len__ = __iter__ = __contains__ = __int__ = __float__ = __index__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __str__ = __format__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = _refuse
    __hash__ = object.__hash__


def _late(name: str) -> object:
    """An attribute that is read from what was looked up."""
    return property(lambda self: LazyAttribute(self, name))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LazyAttribute(Lazy):
    """An attribute of a version or an artifact."""

    source: "LazyVersion | LazyArtifact"
    attribute: str

    def __repr__(self) -> str:
        return f"{self.source!r}.{self.attribute}"

    def resolve(self, finder: Finder) -> Any:
        """What the attribute is now."""
        found = getattr(self.source.look_up(finder), self.attribute)
        return tuple(map(str, found)) if isinstance(found, tuple) else found


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LazyMetadata(Lazy):
    """A version's metadata, or a value in it by the keys on the way there."""

    source: "LazyVersion"
    keys: tuple[Any, ...] = ()

    def __getitem__(self, key: object) -> "LazyMetadata":
        return LazyMetadata(self.source, (*self.keys, key))

    @property
    def value(self) -> "LazyMetadata":
        """The same: the value of a value is itself."""
        return self

    def __repr__(self) -> str:
        return f"{self.source!r}.run_metadata" + "".join(f"[{key!r}]" for key in self.keys)

    def resolve(self, finder: Finder) -> Any:
        """The value as it is now; raises `NotFoundError` for a key that is not there."""
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
    """The object that a version keeps; `allow_pickle` is consent to run code that it brings."""

    source: "LazyVersion | LazyArtifact"
    allow_pickle: bool = False

    def __repr__(self) -> str:
        return f"{self.source!r}.load()"

    def resolve(self, finder: Finder) -> ArtifactVersion:
        """The version that keeps the object."""
        return self.source.resolve(finder)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LazyVersion(Lazy):
    """A version, by what it was asked for with."""

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
        """Its metadata: `["accuracy"]` can be passed to a step, and the whole too."""
        return LazyMetadata(self)

    metadata = run_metadata

    def load(self, *, allow_pickle: bool = False) -> LazyData:
        """The object that it keeps; a step that is given the version itself gets the same."""
        return LazyData(self, allow_pickle)

    def __repr__(self) -> str:
        version = "" if self.asked_version is None else f", {self.asked_version!r}"
        return f"get_artifact_version({self.asked!r}{version})"

    def look_up(self, finder: Finder) -> ArtifactVersion:
        """The version as it is now."""
        return finder.find_artifact_version(self.asked, self.asked_version)

    def resolve(self, finder: Finder) -> ArtifactVersion:
        """The version as it is now."""
        return self.look_up(finder)


@dataclass(frozen=True, slots=True)
class LazyVersions:
    """The versions of an artifact by what they are called."""

    artifact: str

    def __getitem__(self, version: str | int) -> LazyVersion:
        return LazyVersion(self.artifact, str(version))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LazyArtifact(Lazy):
    """An artifact, by what it was asked for with; to a step it is its latest version."""

    asked: str

    id = _late("id")
    name = _late("name")
    tags = _late("tags")
    latest_version_name = _late("latest_version_name")
    latest_version_id = _late("latest_version_id")

    @property
    def versions(self) -> LazyVersions:
        """Its versions by what they are called."""
        return LazyVersions(self.asked)

    def load(self, *, allow_pickle: bool = False) -> LazyData:
        """The object that its latest version keeps."""
        return LazyData(self, allow_pickle)

    def __repr__(self) -> str:
        return f"get_artifact({self.asked!r})"

    def look_up(self, finder: Finder) -> Artifact:
        """The artifact as it is now."""
        return finder.find_artifact(self.asked)

    def resolve(self, finder: Finder) -> ArtifactVersion:
        """The latest version now."""
        return finder.find_artifact_version(self.look_up(finder).name)


def later_version(asked: str, version: str | int | None) -> ArtifactVersion:
    """A version to be looked up when a step runs; to type checkers it is one already."""
    found = LazyVersion(asked, None if version is None else str(version))
    return cast("ArtifactVersion", found)


def later_artifact(asked: str) -> Artifact:
    """An artifact to be looked up when a step runs; to type checkers it is one already."""
    return cast("Artifact", LazyArtifact(asked))
