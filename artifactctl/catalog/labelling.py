"""Changing the labels of versions and artifacts, inside of a write transaction.

The transaction holds the write lock, so what is read here stays true until the commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.entries import (
    change_tags,
    living_artifact,
    living_version,
    put_metadata,
    touch,
)
from artifactctl.catalog.tagging import give_tags
from artifactctl.errors import ConflictError


@dataclass(frozen=True, slots=True)
class Labels:
    """Tags to add and to remove.

    The `exclusive` ones are so from then on: no other version of the artifact keeps any, and
    `add` may name such, too. `expected` is the ID of the version that must have each of the tags
    until now, empty when none may have it.
    """

    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    exclusive: Sequence[str] = ()
    expected: str | None = None

    @property
    def all(self) -> Sequence[str]:
        """Every tag that is added."""
        return (*self.add, *self.exclusive)

    def expecting(self, version_id: str) -> "Labels":
        """The same, to be changed only where that version has the tags."""
        return replace(self, expected=version_id)


@dataclass(frozen=True, slots=True)
class Changed:
    """The `ids` of all rows that a change of labels changed; who lost which tag is in `taken`."""

    ids: Sequence[str]
    taken: Sequence[tuple[str, str]] = ()


def change_version_tags(connection: Transaction, version_id: str, labels: Labels) -> Changed:
    """Add and remove labels of a version, and say all that this changed.

    Raises `ConflictError` when a tag is not where it was expected, `NotFoundError` when the
    version was deleted meanwhile.
    """
    seq = living_version(connection, version_id)
    if labels.expected is not None:
        for tag in (*labels.all, *labels.remove):
            _check_holder(connection, seq, tag, labels.expected)
    given = give_tags(connection, "version", seq, labels.add, labels.exclusive, labels.remove)
    own = [touch(connection, "artifact_version", seq)] if given.is_new else []
    return Changed([*given.others, *own], given.taken)


def put_version_metadata(
    connection: Transaction, version_id: str, metadata: Mapping[str, Any]
) -> list[str]:
    """Set keys of a version's metadata; return its ID when this changed anything."""
    seq = living_version(connection, version_id)
    if not put_metadata(connection, seq, metadata):
        return []
    return [touch(connection, "artifact_version", seq)]


def change_artifact(
    connection: Transaction,
    artifact_id: str,
    labels: Labels,
    new_name: str | None = None,
    *,
    has_custom_name: bool | None = None,
) -> list[str]:
    """Rename and label an artifact; return its ID when this changed anything.

    `has_custom_name` says whether a person chose the name; None leaves that as it is. Raises
    `ConflictError` when the new name is taken, by a deleted artifact too: its versions would
    mean others than before.
    """
    seq = living_artifact(connection, artifact_id)
    is_renamed = new_name is not None and _rename(connection, seq, new_name)
    is_labelled = change_tags(connection, "artifact", seq, labels.all, labels.remove)
    is_marked = has_custom_name is not None and _mark(connection, seq, has_custom_name)
    if not is_renamed and not is_labelled and not is_marked:
        return []
    return [touch(connection, "artifact", seq)]


def _mark(connection: Transaction, seq: int, has_custom_name: bool) -> bool:
    changed = connection.execute(
        "UPDATE artifact SET has_custom_name = :custom"
        " WHERE seq = :seq AND has_custom_name <> :custom",
        {"custom": has_custom_name, "seq": seq},
    )
    return changed > 0


def _rename(connection: Transaction, seq: int, name: str) -> bool:
    found = connection.row("SELECT seq, deleted FROM artifact WHERE name = :name", {"name": name})
    if found is None:
        connection.execute(
            "UPDATE artifact SET name = :name WHERE seq = :seq", {"name": name, "seq": seq}
        )
        return True
    other, deleted = found
    if other == seq:
        return False
    if deleted is not None:
        raise ConflictError(
            f"name {name!r} was that of a deleted artifact, whose versions are used up",
            hint="give another name",
        )
    raise ConflictError(f"artifact {name!r} exists already", hint="give another name")


def _check_holder(connection: Transaction, seq: int, tag: str, expected: str) -> None:
    """Raise `ConflictError` unless `NAME@tag` means the expected version."""
    holder = connection.row(
        "SELECT v.id, v.version FROM artifact_version v WHERE v.seq ="
        " (SELECT MAX(v.seq) FROM artifact_version v JOIN version_tag t ON t.version_seq = v.seq"
        "  WHERE t.tag = :tag AND v.artifact_seq ="
        "  (SELECT artifact_seq FROM artifact_version WHERE seq = :seq))",
        {"tag": tag, "seq": seq},
    )
    if (holder or ("",))[0] != expected:
        where = f"version {holder[1]!r} has it" if holder else "no version has it"
        raise ConflictError(
            f"tag {tag!r} is not where it was expected: {where}",
            hint="look again at what is there, then decide",
        )
