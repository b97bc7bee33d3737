"""Finding the one row that a reference refers to, or an error with a hint."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from artifactctl.catalog.cells import fault_of, is_name
from artifactctl.catalog.engine.protocol import Database, Params, Queries, Query
from artifactctl.catalog.reading.versions import select_artifacts, select_versions, version_queries
from artifactctl.catalog.rows import Artifact, Version
from artifactctl.catalog.shown_cells import shown_text
from artifactctl.errors import AmbiguousError, EntityExistsError, IntegrityError, NotFoundError
from artifactctl.refs import Ref, is_id, start_of_id
from artifactctl.semver import highest, parse_range
from artifactctl.suggestions import did_you_mean, nearest

_IS_ITS = "artifact_seq = (SELECT a.seq FROM artifact a WHERE a.name = :name)"
_OF_ARTIFACT = f"WHERE v.{_IS_ITS}"
# EXISTS lets the planner walk the versions from the newest, with one index lookup for each.
_TAGGED = "EXISTS (SELECT 1 FROM version_tag t WHERE t.version_seq = v.seq AND t.tag = :tag)"
_NEWEST = "ORDER BY v.seq DESC LIMIT 1"
_KNOWN = 5000  # names, versions or tags among which a similar one is looked for
_SHOWN = 5
_USED = ("id", "version", "kind", "digest", "source_checksum", "manifest", "link", "producer_run")


class Identified(Protocol):
    """A row with an ID."""

    @property
    def id(self) -> str:
        """The row's ID."""


R = TypeVar("R", bound=Identified)


class NoSuchVersionError(NotFoundError):
    """There is no version that matches the reference `ref`."""

    ref: Ref | None = None


def find_version(db: Database, ref: Ref) -> Version:
    """The version that a reference refers to, by the artifact's name or else by ID or ID prefix.

    Raises `NotFoundError`, `AmbiguousError` for a prefix that several IDs share, or
    `IntegrityError` (see `usable`).
    """
    if ref.id_prefix is not None:
        db.foresee(version_queries(*_with_id(ref.id_prefix)))
    for found in (_by_name(db, ref), _by_id(db, ref)):
        if found is not None:
            return usable(found)
    raise _not_found(db, ref)


def version_with_id(db: Database, version_id: str) -> Version:
    """The version with this whole ID; raises `NotFoundError`, or `IntegrityError` as `usable`."""
    found = select_versions(db, *_with_whole_id(version_id))
    if not found:
        raise _not_found(db, Ref(version_id))
    return usable(found[0])


def queries_with_id(version_id: str) -> list[Query]:
    """What `version_with_id` asks of a server."""
    return version_queries(*_with_whole_id(version_id))


def _with_whole_id(version_id: str) -> Query:
    return "WHERE v.id = :id", {"id": version_id}


def find_artifact(db: Database, name: str) -> Artifact:
    """The artifact with this name, else with this ID or ID prefix.

    Raises `NotFoundError`, or `AmbiguousError` for a prefix that several IDs share.
    """
    found = select_artifacts(db, "WHERE a.name = :name AND a.deleted IS NULL", {"name": name})
    prefix = Ref(name).id_prefix
    if not found and prefix is not None:
        found = select_artifacts(
            db,
            "WHERE a.id >= :first AND a.id < :behind AND a.deleted IS NULL LIMIT 10",
            id_range(prefix),
        )
    artifact = only_one(name, found, lambda item: item.name)
    if artifact is None:
        similar = similar_name(db, "artifact WHERE deleted IS NULL", name)
        hint = similar or "see 'artifactctl artifact list'"
        raise NotFoundError(f"there is no artifact {name!r}", hint=hint)
    return artifact


def queries_of_latest(name: str) -> list[Query]:
    """What `find_latest` asks of a server."""
    return version_queries(*_named(Ref(name)))


def find_latest(db: Database, name: str) -> Version | None:
    """The latest version of the artifact with exactly this name; None unless it is `usable`."""
    found = _by_name(db, Ref(name))
    return None if found is None or fault_of_version(found) else found


def usable(version: Version) -> Version:
    """Return the version if its cells are safe to use in paths and commands.

    Raises `IntegrityError` for a row that holds what artifactctl does not write. Such a row can
    only be listed.
    """
    fault = fault_of_version(version)
    if fault is not None:
        raise IntegrityError(
            f"version {version.id!r} has a row in the catalog that was changed: {fault}"
            f" {getattr(version, fault)!r} cannot be right",
            hint="'artifactctl catalog rebuild' takes changed rows from the store's records",
        )
    return version


def fault_of_version(version: Version) -> str | None:
    """The first field of a version that is unsafe in a path or a command, or None."""
    if not is_name(version.artifact):
        return "artifact"
    if not is_id(version.artifact_id):
        return "artifact_id"
    return fault_of("artifact_version", {column: getattr(version, column) for column in _USED})


def check_free(db: Queries, name: str, version: str) -> None:
    """Raise `EntityExistsError` if this version of the artifact `name` exists or was deleted."""
    found = db.row(*query_of_use(name, version))
    if found is not None:
        state = "was deleted and stays used up" if found[0] else "exists already"
        raise EntityExistsError(
            f"version {version!r} of {name!r} {state}",
            hint="give another version, or none to count up",
        )


def query_of_use(name: str, version: str | None) -> Query:
    """What `check_free` asks: whether a version was deleted; no row if there was none."""
    used = (
        f"SELECT {is_deleted} FROM {table} WHERE version = :version AND {_IS_ITS}"
        for table, is_deleted in (("artifact_version", 0), ("deleted_version", 1))
    )
    return " UNION ALL ".join(used), {"name": name, "version": version}


def newer_with_tag(db: Database, version: Version, tag: str) -> Version | None:
    """The newest version of the same artifact that has the tag and a higher seq, or None."""
    found = select_versions(db, *_newer_with_tag(version, tag))
    return found[0] if found else None


def queries_of_newer_with_tag(version: Version, tag: str) -> list[Query]:
    """What `newer_with_tag` asks of a server."""
    return version_queries(*_newer_with_tag(version, tag))


def _newer_with_tag(version: Version, tag: str) -> Query:
    return (
        f"{_OF_ARTIFACT} AND v.seq > :seq AND {_TAGGED} {_NEWEST}",
        {"name": version.artifact, "seq": version.seq, "tag": tag},
    )


def _by_name(db: Database, ref: Ref) -> Version | None:
    if ref.within is not None:
        highest_version = _highest(db, ref.name, ref.within)
        if highest_version is None:
            return None
        ref = Ref(ref.name, version=highest_version)
    found = select_versions(db, *_named(ref))
    return found[0] if found else None


def _named(ref: Ref) -> Query:
    condition, version = "", ref.version
    if version is not None:
        condition = "AND v.version = :version"
    elif ref.tag is not None:
        condition = f"AND {_TAGGED}"
    return (
        f"{_OF_ARTIFACT} {condition} {_NEWEST}",
        {"name": ref.name, "version": version, "tag": ref.tag},
    )


def _highest(db: Queries, name: str, within: str) -> str | None:
    """The highest version of an artifact in a range, by the rules of semantic versions."""
    wanted = parse_range(within)
    # All versions of a range begin with its major number.
    major = "" if wanted is None else f"{wanted.least.numbers[0]}."
    versions = _texts(
        db,
        f"SELECT version FROM artifact_version WHERE {_IS_ITS}"
        " AND version >= :start AND version < :end ORDER BY seq DESC",
        {"name": name, **name_range(major)},
    )
    return highest(versions, wanted)


def used_versions(db: Queries, name: str) -> list[str]:
    """The versions of an artifact that are no numbers, deleted ones included."""
    sql = " UNION ALL ".join(
        f"SELECT version FROM {table} WHERE {_IS_ITS} AND number IS NULL"
        for table in ("artifact_version", "deleted_version")
    )
    return _texts(db, sql, {"name": name})


def next_number(db: Queries, name: str) -> int:
    """The number that the next version of an artifact gets, if none comes before it."""
    found = db.row("SELECT last_number FROM artifact WHERE name = :name", {"name": name})
    return 1 if found is None else int(found[0]) + 1


def _by_id(db: Database, ref: Ref) -> Version | None:
    if ref.id_prefix is None:
        return None
    found = select_versions(db, *_with_id(ref.id_prefix))
    return only_one(ref.name, found, lambda item: f"{item.artifact}:{item.version}")


def _with_id(prefix: str) -> Query:
    return (
        "WHERE v.id >= :first AND v.id < :behind ORDER BY v.seq DESC LIMIT 10",
        id_range(prefix),
    )


def only_one(
    start: str, found: Sequence[R], name_of: Callable[[R], str], what: str = "ID"
) -> R | None:
    """The only row found, or None; raises `AmbiguousError` if `start` matches several."""
    if len(found) > 1:
        candidates = ", ".join(f"{item.id} ({name_of(item)})" for item in found)
        raise AmbiguousError(
            f"{what} {start!r} is ambiguous: it may be {candidates}",
            hint="give more characters of it",
        )
    return found[0] if found else None


def id_range(digits: str) -> dict[str, str]:
    """The range of the IDs with this prefix: `first` is inclusive, `behind` exclusive."""
    # IDs are lower-case hexadecimal digits and dashes, so that "g" sorts after all of them.
    prefix = _dashed(digits)
    return {"first": prefix, "behind": prefix + "g"}


def name_range(start: str) -> dict[str, str]:
    """The range of the names that start so: `start` is inclusive, `end` exclusive.

    Not LIKE, which ignores case in SQLite and uses no index then.
    """
    return {"start": start, "end": start + "\U0010ffff"}  # a character that no name has


def only_starting(
    select: Callable[[str, Params], list[R]],
    table: str,
    text: str,
    name_of: Callable[[R], str],
    also: str = "",
) -> R | None:
    """The only row whose name or ID starts with `text`, or None; `also` is another condition.

    `select` reads the rows that match the end of a SELECT over the table with this letter. Raises
    `AmbiguousError` when there are several.
    """
    starts = f"({table}.name >= :start AND {table}.name < :end)"
    params = name_range(text)
    digits = start_of_id(text)
    if digits is not None:
        starts += f" OR ({table}.id >= :first AND {table}.id < :behind)"
        params |= id_range(digits)
    rest = f"WHERE ({starts}){also} ORDER BY {table}.seq DESC LIMIT 10"
    return only_one(text, select(rest, params), name_of, "the start")


def _dashed(digits: str) -> str:
    """The first digits of a UUID, with dashes where a UUID has them."""
    parts, position = [], 0
    for length in (8, 4, 4, 4, 12):
        parts.append(digits[position : position + length])
        position += length
    return "-".join(part for part in parts if part)


def _not_found(db: Database, ref: Ref) -> NoSuchVersionError:
    message, hint = _why_not_found(db, ref)
    error = NoSuchVersionError(message, hint=hint)
    error.ref = ref
    return error


def _why_not_found(db: Database, ref: Ref) -> tuple[str, str]:
    """The message, which names what is unknown, artifact or version, and the hint."""
    try:
        artifact = find_artifact(db, ref.name)
    except NotFoundError as error:
        return error.message, error.hint
    if ref.tag is not None:
        return f"no version of {ref.name!r} has the tag {ref.tag!r}", _right_tag(
            db, ref.name, ref.tag
        )
    if ref.within is not None:
        return f"no version of {ref.name!r} is in {ref.within}", _highest_of_all(db, ref.name)
    used = db.row(*query_of_use(ref.name, ref.version))
    if used is not None and used[0]:
        hint = "'artifactctl restore' brings it back while its bytes are there"
        return f"version {ref.version!r} of {ref.name!r} was deleted", hint
    if artifact.latest_version_name is None:
        return f"artifact {ref.name!r} has no versions", ""
    hint = _right_version(db, ref.name, ref.version or "")
    hint = hint or f"the latest is {artifact.latest_version_name}"
    return f"there is no version {ref.version!r} of {ref.name!r}", hint


def _highest_of_all(db: Database, name: str) -> str:
    found = highest(_versions_of(db, name))
    return "it has none such as 1.2.3" if found is None else f"the highest is {found}"


def _right_version(db: Database, name: str, version: str) -> str:
    """Return a hint at the version that was meant, or at the newest ones; empty for a lone one."""
    known = _versions_of(db, name)
    if version in _tags_of(db, name):
        return f"for the one with that tag write {name}@{version}"
    for meant in (version.removeprefix("v"), f"v{version}", nearest(version, known, 0.7)):
        if meant in known:
            return did_you_mean(f"{name}:{meant}")
    newest = ", ".join(known[:_SHOWN]) + " …" * (len(known) > _SHOWN)
    return f"the latest is {known[0]}, there are {newest}" if len(known) > 1 else ""


def _right_tag(db: Database, name: str, tag: str) -> str:
    """Return a hint at the tag that was meant, or at those that there are."""
    tags = _tags_of(db, name)
    if tag in _versions_of(db, name):
        return f"for the version of that name write {name}:{tag}"
    close = nearest(tag, tags)
    if close is not None:
        return did_you_mean(f"{name}@{close}")
    more = " …" * (len(tags) > _SHOWN)
    return f"its tags are {', '.join(tags[:_SHOWN])}{more}" if tags else "it has no tags"


def _versions_of(db: Database, name: str) -> list[str]:
    sql = f"SELECT version FROM artifact_version WHERE {_IS_ITS} ORDER BY seq DESC LIMIT {_KNOWN}"
    return _texts(db, sql, {"name": name})


def _tags_of(db: Database, name: str) -> list[str]:
    sql = (
        "SELECT DISTINCT t.tag FROM version_tag t JOIN artifact_version v ON v.seq = t.version_seq"
        f" {_OF_ARTIFACT} LIMIT {_KNOWN}"
    )
    return sorted(_texts(db, sql, {"name": name}))


def similar_name(db: Queries, rows: str, name: str) -> str:
    """A question whether a similar name was meant, among the newest of some rows; or empty.

    `rows` is the end of a SELECT: a table with names, and a WHERE where it needs one.
    """
    known = _texts(db, f"SELECT name FROM {rows} ORDER BY seq DESC LIMIT {_KNOWN}", {})
    return did_you_mean(nearest(name, known))


def _texts(db: Queries, sql: str, params: Params) -> list[str]:
    return [shown_text(text) for (text,) in db.rows(sql, params)]
