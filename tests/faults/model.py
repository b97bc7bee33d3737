"""What a home should hold, in plain dictionaries: every command in a few lines."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from blake3 import blake3

Files = dict[str, bytes]
Metadata = dict[str, Any]
Shown = list[tuple[Any, ...]]


@dataclass
class Version:
    """A living version; `order` is that of allocation, `manifest` the name of its manifest."""

    name: str
    files: Files
    order: int
    tags: set[str] = field(default_factory=set)
    metadata: Metadata = field(default_factory=dict)
    has_data: bool = True
    manifest: str = ""


@dataclass
class Artifact:
    """An artifact, maybe a deleted one; `used` are all versions that it ever had."""

    name: str
    id: str = ""
    tags: set[str] = field(default_factory=set)
    last: int = 0
    used: set[str] = field(default_factory=set)
    versions: list[Version] = field(default_factory=list)
    deleted: bool = False

    @property
    def latest(self) -> Version | None:
        return max(self.versions, key=lambda version: version.order, default=None)

    def holder(self, tag: str) -> Version | None:
        """The version that `NAME@tag` means."""
        carrying = [version for version in self.versions if tag in version.tags]
        return max(carrying, key=lambda version: version.order, default=None)


class RefusedError(Exception):
    """The command ends with an error of this exit code, and nothing has changed."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Model:
    """Every artifact there has been."""

    def __init__(self) -> None:
        self.artifacts: list[Artifact] = []
        self.exclusive: set[str] = set()  # a tag that was once made exclusive stays so
        self.count = 0

    def find(self, name: str) -> Artifact | None:
        return next((item for item in self.artifacts if item.name == name), None)

    def living(self) -> list[Artifact]:
        return [artifact for artifact in self.artifacts if not artifact.deleted]

    def versions(self) -> list[tuple[Artifact, Version]]:
        """Every living version, the newest first."""
        found = [(owner, version) for owner in self.artifacts for version in owner.versions]
        return sorted(found, key=lambda pair: -pair[1].order)

    def refs(self, condition: Callable[[Version], bool] = lambda _version: True) -> list[str]:
        return [
            f"{owner.name}:{version.name}"
            for owner, version in self.versions()
            if condition(version)
        ]

    def get(self, ref: str) -> tuple[Artifact, Version]:
        name, _, version = ref.rpartition(":")
        owner = self.find(name)
        assert owner is not None
        return owner, next(item for item in owner.versions if item.name == version)

    def shown(self) -> Shown:
        """What a listing of versions shows."""
        return [
            (owner.name, version.name, version.tags, version.metadata, version.has_data)
            for owner, version in self.versions()
        ]

    def shown_artifacts(self) -> set[tuple[Any, ...]]:
        return {(item.name, frozenset(item.tags), len(item.versions)) for item in self.living()}

    def needed(self) -> set[str]:
        """The names of all blobs that must be there."""
        return {
            blake3(content).hexdigest()
            for _, version in self.versions()
            if version.has_data
            for content in version.files.values()
        }

    def register(
        self,
        name: str,
        files: Files,
        version: str | None = None,
        tags: Iterable[str] = (),
        *,
        if_changed: bool = False,
        facts: Metadata | None = None,
    ) -> bool:
        """Whether there is a new version; `facts` are what a file says of itself."""
        owner = self.find(name)
        latest = None if owner is None else owner.latest
        if if_changed and latest is not None and latest.has_data and latest.files == files:
            self.give(owner, latest, set(tags))
            return False
        if owner is not None and version in owner.used:
            raise RefusedError(4)
        if owner is None:
            owner = Artifact(name)
            self.artifacts.append(owner)
        if owner.deleted:
            owner.deleted, owner.tags = False, set()
        made = version or str(owner.last + 1)
        if made.isdigit() and not made.startswith("0"):
            owner.last = max(owner.last, int(made))
        self.count += 1
        owner.used.add(made)
        new = Version(made, files, self.count, metadata=dict(facts or {}))
        owner.versions.append(new)
        self.give(owner, new, set(tags))
        return True

    def tag(
        self,
        ref: str,
        add: set[str],
        remove: set[str],
        *,
        exclusive: bool = False,
        expect: str | None = None,
    ) -> None:
        owner, version = self.get(ref)
        if expect is not None:
            if expect and self.get(expect)[0] is not owner:
                raise RefusedError(4)
            expected = self.get(expect)[1] if expect else None
            if any(owner.holder(tag) is not expected for tag in add | remove):
                raise RefusedError(4)
        if exclusive:
            self.exclusive |= add
        version.tags -= remove
        self.give(owner, version, add)

    def give(self, owner: Artifact, version: Version, tags: set[str]) -> None:
        """Add tags to a version; the exclusive ones leave the artifact's other versions."""
        for other in owner.versions:
            other.tags -= tags & self.exclusive
        version.tags |= tags

    def log(self, ref: str, metadata: Metadata) -> None:
        kept = self.get(ref)[1].metadata
        for key, value in metadata.items():
            is_merged = isinstance(value, dict) and isinstance(kept.get(key), dict)
            kept[key] = {**kept[key], **value} if is_merged else value

    def update(self, name: str, new_name: str | None, add: set[str], remove: set[str]) -> None:
        owner = self.find(name)
        assert owner is not None
        if new_name is not None and self.find(new_name) not in (None, owner):
            raise RefusedError(4)
        if add & self.exclusive:
            raise RefusedError(4)
        owner.name = new_name or owner.name
        owner.tags = (owner.tags - remove) | add

    def delete(self, refs: Iterable[str]) -> None:
        for ref in dict.fromkeys(refs):
            owner, version = self.get(ref)
            owner.versions.remove(version)

    def delete_artifact(self, name: str) -> None:
        owner = self.find(name)
        assert owner is not None
        owner.versions, owner.tags, owner.deleted = [], set(), True

    def prune(self, name: str, keep_last: int, keep_tag: str, *, only_data: bool) -> list[str]:
        """The versions that went."""
        owner = self.find(name)
        assert owner is not None
        newest_first = sorted(owner.versions, key=lambda version: -version.order)
        going = [
            version
            for version in newest_first[keep_last:]
            if keep_tag not in version.tags and (version.has_data or not only_data)
        ]
        for version in going:
            version.has_data = version.has_data and not only_data
            if not only_data:
                owner.versions.remove(version)
        if going and not owner.versions:
            self.delete_artifact(name)
        return [version.name for version in going]

    def restored(self, now: "Model") -> "Model":
        """This model, kept with a backup, after the backup was put back into `now`."""
        new = deepcopy(self)
        new.count = now.count
        new.exclusive |= now.exclusive
        for owner in now.artifacts:
            back = next((item for item in new.artifacts if item.id == owner.id), None)
            if back is None:
                back = deepcopy(owner)
                if new.find(owner.name) is not None:
                    back.name = f"{owner.name}-{owner.id[:8]}"
                new.artifacts.append(back)
            for version in owner.versions:
                if version.name not in back.used:
                    back.versions.append(deepcopy(version))
            back.last = max(back.last, owner.last)
            back.used |= owner.used
            back.deleted = back.deleted and not back.versions
        return new
