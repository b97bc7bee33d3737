"""Adding versions and allocating their numbers, under the write lock of the transaction."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from artifactctl.catalog.engine.protocol import Query, Transaction
from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.reading.finding import check_free, query_of_use, used_versions
from artifactctl.catalog.reading.statements import cells
from artifactctl.catalog.rows import NewVersion, VersionContent
from artifactctl.catalog.writing.entries import known_seqs, now, set_description, touch
from artifactctl.catalog.writing.metadata import put_metadata
from artifactctl.catalog.writing.row_tags import Given, give_tags
from artifactctl.catalog.writing.tagging import queries_of_tags
from artifactctl.enums import StepStatus
from artifactctl.errors import ConflictError, InvalidInputError, NotFoundError
from artifactctl.refs import MAX_NUMBER, check_version, version_number
from artifactctl.semver import next_version


@dataclass(frozen=True, slots=True)
class Added:
    """The ID of the version with the content; `is_new` is False if it existed before.

    `others` are the IDs of other changed rows: versions that lost a tag to it, tags that became
    exclusive, its artifact, and the run that made it. `taken` are pairs of a tag and the ID of the
    version that lost it.
    """

    id: str
    is_new: bool
    others: Sequence[str]
    taken: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A running step, and the run it belongs to."""

    seq: int
    name: str
    run_seq: int
    run_id: str


def add_version(
    transaction: Transaction,
    new: NewVersion,
    *,
    step_id: str | None = None,
    output_name: str | None = None,
) -> Added:
    """Add a version and allocate its number; with `step_id`, as an output of that running step.

    `output_name` is the name of the output, by default the artifact's. The caller must check,
    inside of the same transaction, that the store has the version's bytes. Raises `ConflictError`
    if the version exists or the step has ended, `NotFoundError` if the step or an input is gone,
    `InvalidInputError` if the artifact's numbers are used up.
    """
    if step_id is None:
        return _add(transaction, new)[1]
    step = open_step(transaction, step_id)
    added = add_output(transaction, new, step, output_name or new.artifact)
    run_id = touch(transaction, "run", step.run_seq, step.run_id)
    return replace(added, others=(*added.others, run_id))


def add_output(
    transaction: Transaction, new: NewVersion, step: OpenStep, output_name: str
) -> Added:
    """Add a version as an output of a step, without incrementing the run's revision."""
    if new.producer_run is None:
        new = replace(new, producer_run=step.run_id, producer_step=step.name)
    seq, added = _add(transaction, new)
    link(transaction, step.seq, "output", [(output_name, seq)])
    return added


def open_step(transaction: Transaction, step_id: str) -> OpenStep:
    """The running step with this ID.

    Raises `NotFoundError` if it or its run is gone, `ConflictError` if it has ended.
    """
    found = transaction.row(
        "SELECT s.seq, s.name, r.seq, r.id, s.status FROM run_step s"
        " JOIN run r ON r.seq = s.run_seq WHERE s.id = :id",
        {"id": step_id},
    )
    if found is None:
        raise NotFoundError(f"step {step_id} is gone, or its run was deleted")
    *step, status = found
    if status != StepStatus.RUNNING:
        raise ConflictError(f"step {step[1]!r} has ended already, as {status}")
    return OpenStep(*step)


def link(
    transaction: Transaction,
    step_seq: int,
    direction: str,
    versions: Iterable[tuple[str, int]],
) -> None:
    """Link versions, as pairs of name and seq, to a step as its `input` or `output`."""
    transaction.execute_many(
        "INSERT INTO step_version (step_seq, direction, name, version_seq)"
        " VALUES (:step_seq, :direction, :name, :version_seq) ON CONFLICT DO NOTHING",
        [
            {"step_seq": step_seq, "direction": direction, "name": name, "version_seq": seq}
            for name, seq in versions
        ],
    )


def _foresee(transaction: Transaction, new: NewVersion) -> None:
    """Foresee what `_add` asks about a version that is new."""
    queries = [_query_of_owner(new.artifact), *queries_of_tags([*new.tags, *new.exclusive_tags])]
    if new.version is not None:
        queries.append(query_of_use(new.artifact, new.version))
    if new.if_changed:
        queries.append(_query_of_latest(new.artifact))
    transaction.foresee(queries)
    for table in ("artifact", "artifact_version"):
        transaction.foresee_inserts(table, 1)


def _add(transaction: Transaction, new: NewVersion) -> tuple[int, Added]:
    """Add a version, or find the unchanged latest one; return its seq and the result."""
    _foresee(transaction, new)
    owner = need_artifact(transaction, new.artifact, has_custom_name=new.has_custom_name)
    if new.if_changed and (same := _same_latest(transaction, new)):
        seq, version_id = same
        is_changed, given = _label(transaction, seq, new, is_new=False)
        if is_changed:
            touch(transaction, "artifact_version", seq, version_id)
        return seq, Added(version_id, False, _others(owner, given), given.taken)
    wanted = new.version
    if new.bump is not None:
        wanted = check_version(next_version(used_versions(transaction, new.artifact), new.bump))
    version, number = allocate(transaction, owner, new.artifact, wanted)
    seq = _insert(transaction, owner, version, number, new)
    _, given = _label(transaction, seq, new, is_new=True)
    return seq, Added(new.id, True, _others(owner, given), given.taken)


@dataclass(frozen=True, slots=True)
class Owner:
    """The artifact of a new version; `has_changed`: it became one whose name the user chose."""

    seq: int
    id: str
    last_number: int
    has_changed: bool


def need_artifact(transaction: Transaction, name: str, *, has_custom_name: bool) -> Owner:
    """The artifact that a new version belongs to, which is created or restored if necessary."""
    found = transaction.row(*_query_of_owner(name))
    if found is None:
        artifact_id, created = str(uuid.uuid4()), now()
        row = {"id": artifact_id, "name": name, "has_custom_name": has_custom_name}
        row |= {"last_number": 0, "created": created, "updated": created}
        # Nothing is to be recorded: the record of its first version has a copy of this row.
        seq = transaction.insert("artifact", {**row, "revision": 0, "recorded": 0})
        return Owner(seq, artifact_id, 0, has_changed=False)
    seq, artifact_id, last_number, deleted, was_chosen = found
    if deleted is not None:
        _revive(transaction, seq)
    is_chosen_now = has_custom_name and not was_chosen
    if is_chosen_now:  # a later version with an automatic name does not undo this
        transaction.later(
            "UPDATE artifact SET has_custom_name = :yes WHERE seq = :seq", {"yes": True, "seq": seq}
        )
        touch(transaction, "artifact", seq, artifact_id)
    return Owner(seq, artifact_id, last_number, is_chosen_now)


def _query_of_owner(name: str) -> Query:
    return (
        "SELECT seq, id, last_number, deleted, has_custom_name FROM artifact WHERE name = :name",
        {"name": name},
    )


def _revive(transaction: Transaction, seq: int) -> None:
    """Restore a deleted artifact without its tags and description, but with its used numbers."""
    transaction.later(
        "UPDATE artifact SET deleted = NULL, created = :now, updated = :now, description = NULL,"
        " revision = revision + 1 WHERE seq = :seq",
        {"now": now(), "seq": seq},
    )


def _same_latest(transaction: Transaction, new: NewVersion) -> tuple[int, str] | None:
    """The latest version's seq and ID if it has this digest and link and its bytes, else None."""
    found = transaction.row(*_query_of_latest(new.artifact))
    if found is None or new.digest is None or found[2:] != (new.digest, new.link, None):
        return None
    seq, version_id, *_ = found
    return seq, version_id


def _query_of_latest(name: str) -> Query:
    return (
        "SELECT seq, id, digest, link, data_deleted FROM artifact_version WHERE artifact_seq ="
        " (SELECT a.seq FROM artifact a WHERE a.name = :name) ORDER BY seq DESC LIMIT 1",
        {"name": name},
    )


def _label(
    transaction: Transaction, seq: int, new: NewVersion, *, is_new: bool
) -> tuple[bool, Given]:
    """Give a version its tags, metadata and inputs; return whether any changed, and the tags."""
    given = give_tags(transaction, "version", seq, new.tags, new.exclusive_tags, is_new_row=is_new)
    has_new_inputs = _put_inputs(transaction, seq, new.inputs)
    has_new_metadata = put_metadata(transaction, seq, new.metadata, is_new=is_new)
    is_described = new.description is not None and set_description(
        transaction, "artifact_version", seq, new.description
    )
    return given.is_new or has_new_inputs or has_new_metadata or is_described, given


def _put_inputs(transaction: Transaction, version_seq: int, version_ids: Sequence[str]) -> bool:
    """Note the inputs of a version, without the version itself; return whether any is new.

    Raises `NotFoundError` for an ID that no version ever had.
    """
    if not version_ids:
        return False
    known = known_seqs(transaction, version_ids)
    for version_id in version_ids:
        if version_id not in known:
            raise NotFoundError(f"version {version_id} does not exist")
    rows = transaction.rows(
        "SELECT input_seq FROM version_input WHERE version_seq = :seq", {"seq": version_seq}
    )
    new = set(known.values()) - {version_seq} - {seq for (seq,) in rows}
    transaction.execute_many(
        "INSERT INTO version_input (version_seq, input_seq) VALUES (:seq, :input)",
        [{"seq": version_seq, "input": seq} for seq in sorted(new)],
    )
    return bool(new)


def _others(owner: Owner, given: Given) -> list[str]:
    return [*given.others, owner.id] if owner.has_changed else given.others


def allocate(
    transaction: Transaction, owner: Owner, artifact: str, version: str | None
) -> tuple[str, int | None]:
    """Allocate a version and its number, which is None for a custom version; mark it as used."""
    if version is None:
        if owner.last_number >= MAX_NUMBER:
            raise InvalidInputError(
                f"artifact {artifact!r} has used up its numbers", hint="give a --version"
            )
        version, number = str(owner.last_number + 1), owner.last_number + 1
    else:
        number = version_number(version) or 0
        check_free(transaction, artifact, version)
    if number > owner.last_number:
        transaction.later(
            "UPDATE artifact SET last_number = :number WHERE seq = :seq",
            {"number": number, "seq": owner.seq},
        )
    return version, number or None


def _insert(
    transaction: Transaction,
    owner: Owner,
    version: str,
    number: int | None,
    new: NewVersion,
) -> int:
    created = now()
    row = {
        **cells(new, VersionContent),
        "artifact_seq": owner.seq,
        "version": version,
        "number": number,
        "created": created,
        "updated": created,
        "revision": 1,
        "recorded": 0,
        "description": new.description,
    }
    row["facts"] = facts_of({**row, "artifact_id": owner.id})
    return transaction.insert("artifact_version", row)
