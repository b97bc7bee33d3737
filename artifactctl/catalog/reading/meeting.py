"""What a version of another catalog meets in this one: nothing, itself, its like, or a conflict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from artifactctl.catalog.engine.protocol import Queries
from artifactctl.enums import MoveAction

_THERE = ("type", "kind", "digest", "source_checksum", "manifest", "link", "size_bytes", "created")
_FOUND = f"""
    SELECT v.id, a.name, v.version, {", ".join(f"v.{column}" for column in _THERE)}
    FROM artifact_version v JOIN artifact a ON a.seq = v.artifact_seq
"""
_DELETED = "SELECT 1 FROM deleted_version d"
_OF_NAME = "artifact_seq = (SELECT a.seq FROM artifact a WHERE a.name = :name)"


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a version meets: `there` is the ID, and `ref` the NAME:VERSION, of what is there.

    `reason` says why it is a conflict; with `may_renumber` another number would be none.
    """

    action: MoveAction
    ref: str
    there: str = ""
    reason: str = ""
    may_renumber: bool = False


def meet(db: Queries, version: Mapping[str, Any]) -> Meeting:
    """Find what the version of a record meets in a catalog; the same question in a transaction."""
    ref = f"{version['artifact']['name']}:{version['version']}"
    found = db.row(f"{_FOUND} WHERE v.id = :id", {"id": version["id"]})
    if found is not None:
        there = f"{found[1]}:{found[2]}"
        if list(found[3:]) == [version[column] for column in _THERE]:
            return Meeting(MoveAction.PRESENT, there, found[0])
        return _conflict(there, "a version with this ID and other facts is there")
    if db.row(f"{_DELETED} WHERE d.id = :id", {"id": version["id"]}):
        return _conflict(ref, "it was deleted there")
    return _meet_name(db, version, ref)


def _meet_name(db: Queries, version: Mapping[str, Any], ref: str) -> Meeting:
    named = {"name": version["artifact"]["name"], "version": version["version"]}
    found = db.row(f"{_FOUND} WHERE v.version = :version AND v.{_OF_NAME}", named)
    if found is not None:
        has = dict(zip(_THERE, found[3:], strict=True))
        if _is_same_content(has, version):
            return Meeting(MoveAction.IDENTICAL, ref, found[0])
        return _conflict(ref, "another version has this name there", may_renumber=True)
    if db.row(f"{_DELETED} WHERE d.version = :version AND d.{_OF_NAME}", named):
        reason = "a deleted version has used up this name there"
        return _conflict(ref, reason, may_renumber=True)
    return Meeting(MoveAction.NEW, ref)


def _conflict(ref: str, reason: str, *, may_renumber: bool = False) -> Meeting:
    return Meeting(MoveAction.CONFLICT, ref, reason=reason, may_renumber=may_renumber)


def _is_same_content(has: Mapping[str, Any], version: Mapping[str, Any]) -> bool:
    """Whether two versions have the same bytes: by digest, or by the checksum of linked data."""
    if has["digest"] is not None or version["digest"] is not None:
        return bool(has["digest"] == version["digest"])
    keys = ("link", "source_checksum", "size_bytes")
    return has["source_checksum"] is not None and all(has[key] == version[key] for key in keys)
