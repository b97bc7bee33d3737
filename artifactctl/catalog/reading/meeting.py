"""What versions of another catalog meet in this one: nothing, themselves, or a conflict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from artifactctl.catalog.engine.protocol import Queries, Row
from artifactctl.catalog.reading.statements import numbered, rows_among
from artifactctl.catalog.rows import TABLES
from artifactctl.enums import MoveAction
from artifactctl.errors import ConflictError

_THERE = ("type", "kind", "digest", "source_checksum", "manifest", "link", "size_bytes", "created")
_FOUND = f"""
    SELECT v.id, a.name, v.version, {", ".join(f"v.{column}" for column in _THERE)}
    FROM artifact_version v JOIN artifact a ON a.seq = v.artifact_seq
"""
_DELETED = """
    SELECT v.id, a.name, v.version FROM deleted_version v JOIN artifact a ON a.seq = v.artifact_seq
"""

_WITH_IDS = (*TABLES.values(), "run_step")
_OF_VERSIONS = ("artifact_version", "deleted_version")


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
    return meet_all(db, [version])[0]


def meet_all(db: Queries, versions: Sequence[Mapping[str, Any]]) -> list[Meeting]:
    """Find what up to some hundred versions meet, in few round trips."""
    places, ids = numbered([version["id"] for version in versions])
    by_id = f"WHERE v.id IN ({places})"
    by_name, names = _by_name(versions)
    seen = _Seen(
        {row[0]: row for row in db.rows(f"{_FOUND} {by_id}", ids)},
        {row[0] for row in db.rows(f"{_DELETED} {by_id}", ids)},
        {(row[1], row[2]): row for row in db.rows(f"{_FOUND} {by_name}", names)},
        {(row[1], row[2]) for row in db.rows(f"{_DELETED} {by_name}", names)},
    )
    return [seen.meet(version) for version in versions]


def _by_name(versions: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
    """The condition for all rows that may have the names of some versions, and its parameters."""
    named = {f"n{i}": version["artifact"]["name"] for i, version in enumerate(versions)}
    counted = {f"v{i}": version["version"] for i, version in enumerate(versions)}
    names, numbers = (", ".join(f":{key}" for key in keys) for keys in (named, counted))
    return f"WHERE a.name IN ({names}) AND v.version IN ({numbers})", {**named, **counted}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is in the catalog of some versions: rows and deletions, by ID and by name."""

    by_id: Mapping[str, Row]
    deleted_ids: set[str]
    by_name: Mapping[tuple[str, str], Row]
    deleted_names: set[tuple[str, str]]

    def meet(self, version: Mapping[str, Any]) -> Meeting:
        ref = f"{version['artifact']['name']}:{version['version']}"
        found = self.by_id.get(version["id"])
        if found is not None:
            there = f"{found[1]}:{found[2]}"
            if list(found[3:]) == [version[column] for column in _THERE]:
                return Meeting(MoveAction.PRESENT, there, found[0])
            return _conflict(there, "a version with this ID and other facts is there")
        if version["id"] in self.deleted_ids:
            return _conflict(ref, "it was deleted there")
        return self._meet_name(version, ref)

    def _meet_name(self, version: Mapping[str, Any], ref: str) -> Meeting:
        name = (version["artifact"]["name"], version["version"])
        found = self.by_name.get(name)
        if found is not None:
            has = dict(zip(_THERE, found[3:], strict=True))
            if _is_same_content(has, version):
                return Meeting(MoveAction.IDENTICAL, ref, found[0])
            return _conflict(ref, "another version has this name there", may_renumber=True)
        if name in self.deleted_names:
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


def taken_ids(db: Queries, ids: Sequence[str], *, but: Sequence[str] = ()) -> set[str]:
    """Those of some IDs that rows of any table have, but for some tables."""
    parts = (
        f"SELECT id FROM {table} WHERE id IN ({{0}})" for table in _WITH_IDS if table not in but
    )
    return {row_id for (row_id,) in rows_among(db, " UNION ALL ".join(parts), ids)}


def check_new_ids(db: Queries, ids: Sequence[str]) -> None:
    """Raise `ConflictError` for an ID that a row has: records and series are found by it alone."""
    _refuse(taken_ids(db, ids))


def check_ids_of_versions(db: Queries, ids: Sequence[str]) -> None:
    """Raise `ConflictError` for an ID that something other than a version has."""
    _refuse(taken_ids(db, ids, but=_OF_VERSIONS))


def _refuse(taken: set[str]) -> None:
    if taken:
        raise ConflictError(
            f"the ID {min(taken)} belongs to something else there",
            hint="IDs do not clash by chance: this copy was changed, ask the sender for a new one",
        )
