"""From a reference to the one row it means, or an error that helps."""

from artifactctl.catalog.queries import select_artifacts, select_versions
from artifactctl.catalog.rows import Artifact, Version
from artifactctl.catalog.sqlite import Database
from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.refs import Ref

_OF_ARTIFACT = "WHERE v.artifact_seq = (SELECT a.seq FROM artifact a WHERE a.name = :name)"
_NEWEST = "ORDER BY v.seq DESC LIMIT 1"


def find_version(db: Database, ref: Ref) -> Version:
    """The version that `ref` means; a name is tried before an ID, an ID before a prefix.

    Raises `NotFoundError`, or `InvalidInputError` for a prefix that several IDs share.
    """
    for found in (_by_name(db, ref), _by_id(db, ref)):
        if found is not None:
            return found
    raise _not_found(db, ref)


def find_artifact(db: Database, name: str) -> Artifact:
    """The artifact of that name; raises `NotFoundError`."""
    found = select_artifacts(db, "WHERE a.name = :name", {"name": name})
    if not found:
        raise NotFoundError(f"there is no artifact {name!r}", hint=_did_you_mean(db, name))
    return found[0]


def newer_with_tag(db: Database, version: Version, tag: str) -> Version | None:
    """A version of the same artifact that carries the tag and was made later."""
    found = select_versions(
        db,
        f"{_OF_ARTIFACT} AND v.seq > :seq AND v.seq IN"
        f" (SELECT t.version_seq FROM version_tag t WHERE t.tag = :tag) {_NEWEST}",
        {"name": version.artifact, "seq": version.seq, "tag": tag},
    )
    return found[0] if found else None


def _by_name(db: Database, ref: Ref) -> Version | None:
    condition = ""
    if ref.version is not None:
        condition = "AND v.version = :version"
    elif ref.tag is not None:
        condition = "AND v.seq IN (SELECT t.version_seq FROM version_tag t WHERE t.tag = :tag)"
    found = select_versions(
        db,
        f"{_OF_ARTIFACT} {condition} {_NEWEST}",
        {"name": ref.name, "version": ref.version, "tag": ref.tag},
    )
    return found[0] if found else None


def _by_id(db: Database, ref: Ref) -> Version | None:
    if ref.id_prefix is None:
        return None
    prefix = _dashed(ref.id_prefix)
    # IDs are lower-case hexadecimal digits and dashes, so "g" is behind all that start alike.
    found = select_versions(
        db,
        "WHERE v.id >= :first AND v.id < :behind ORDER BY v.seq DESC LIMIT 10",
        {"first": prefix, "behind": prefix + "g"},
    )
    if len(found) > 1:
        candidates = ", ".join(f"{item.id} ({item.artifact}:{item.version})" for item in found)
        raise InvalidInputError(
            f"ID {ref.name!r} is ambiguous: it may be {candidates}", hint="give more of it"
        )
    return found[0] if found else None


def _dashed(digits: str) -> str:
    """The digits of a UUID's start as they stand in one."""
    parts, position = [], 0
    for length in (8, 4, 4, 4, 12):
        parts.append(digits[position : position + length])
        position += length
    return "-".join(part for part in parts if part)


def _not_found(db: Database, ref: Ref) -> NotFoundError:
    # Says whether the artifact or only the version is unknown.
    try:
        artifact = find_artifact(db, ref.name)
    except NotFoundError as error:
        return error
    if ref.tag is not None:
        return NotFoundError(f"no version of {ref.name!r} has the tag {ref.tag!r}")
    if artifact.latest_version_name is None:
        return NotFoundError(f"artifact {ref.name!r} has no versions")
    return NotFoundError(
        f"there is no version {ref.version!r} of {ref.name!r}",
        hint=f"the latest is {artifact.latest_version_name}",
    )


def _did_you_mean(db: Database, name: str) -> str:
    # Only an error needs it.
    import difflib  # noqa: PLC0415

    names = [row[0] for row in db.rows("SELECT name FROM artifact ORDER BY seq DESC LIMIT 5000")]
    close = difflib.get_close_matches(name, names, 1)
    return f"did you mean {close[0]!r}?" if close else "see 'artifactctl artifact list'"
