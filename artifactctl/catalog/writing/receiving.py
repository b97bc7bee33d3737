"""Adding rows that come from another catalog, as their records, without changing what is here.

Records are checked before (`records.check_record`). IDs are kept; every row gets a new `seq`, since
the order of allocation, which garbage collection and listings rely on, is this catalog's own.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.reading.meeting import check_new_ids, taken_ids
from artifactctl.catalog.reading.sending import Use
from artifactctl.catalog.records import (
    ARTIFACT_COLUMNS,
    DELETION_COLUMNS,
    PIPELINE_COLUMNS,
    RUN_COLUMNS,
    STEP_COLUMNS,
    VERSION_COLUMNS,
    Record,
    row_of,
)
from artifactctl.catalog.writing.adding import Owner, allocate, need_artifact
from artifactctl.catalog.writing.entries import (
    find_seq,
    known_seq,
    next_seq,
    set_description,
    touch,
)
from artifactctl.catalog.writing.metadata import put_metadata
from artifactctl.catalog.writing.row_tags import give_free_tags, query_of_tags
from artifactctl.catalog.writing.tagging import TagOwner, find_known, need_tag
from artifactctl.refs import version_number
from artifactctl.tags import Tag

_OF_VERSIONS = ("artifact_version", "deleted_version")


@dataclass(slots=True)
class Received:
    """The IDs of the changed rows, whose records are to be written, and what was left out.

    `kept_back` are pairs of what would have got a tag and the tag, which stays where it is.
    `late` are versions that came after a higher number, and so are the latest now. `different` are
    series with other points here: the owner's name and the key; `extended` counts those that got
    later points.
    """

    ids: list[str] = field(default_factory=list)
    kept_back: list[tuple[str, str]] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    different: list[tuple[str, str]] = field(default_factory=list)
    extended: int = 0

    def add(self, other: "Received") -> None:
        """Add what another step has received."""
        self.ids += other.ids
        self.kept_back += other.kept_back
        self.late += other.late
        self.different += other.different
        self.extended += other.extended


TagOf = Callable[[str], Record | None]
"""Finds the record of a tag by its name, in the catalog that it comes from."""


def receive_version(
    transaction: Transaction, record: Record, tag_of: TagOf, *, renumber: bool
) -> Received:
    """Add a version with its artifact, tags and metadata; with `renumber` under the next number.

    The caller must check, inside of the same transaction, that the store has the version's bytes.
    Raises `ConflictError` for a name that is taken.
    """
    artifact = record["artifact"]
    received, owner = _receive_artifact(transaction, artifact, tag_of)
    wanted = None if renumber else record["version"]
    version, number = allocate(transaction, owner, artifact["name"], wanted)
    row = row_of(record, VERSION_COLUMNS)
    row |= {"seq": None, "artifact_seq": owner.seq, "version": version, "number": number}
    row |= {"facts": facts_of({**row, "artifact_id": owner.id}), "recorded": 0}
    seq = transaction.insert("artifact_version", row)
    put_metadata(transaction, seq, record["metadata"], is_new=True)
    ref = f"{artifact['name']}:{version}"
    received.add(_give(transaction, "version", seq, ref, record["tags"], tag_of))
    received.ids.append(record["id"])
    # Its seq is the highest now, so that it is the latest version, whatever its number.
    received.late += [ref] * ((number or owner.last_number) < owner.last_number)
    return received


def _receive_artifact(
    transaction: Transaction, artifact: Record, tag_of: TagOf
) -> tuple[Received, Owner]:
    """The artifact that a version belongs to here: by its name, or else a new one."""
    received = _need_row(transaction, {**artifact, "deleted": None}, tag_of)
    is_custom = bool(artifact["has_custom_name"])
    owner = need_artifact(transaction, artifact["name"], has_custom_name=is_custom)
    if owner.has_changed:
        received.ids.append(owner.id)
    return received, owner


def _need_row(transaction: Transaction, artifact: Record, tag_of: TagOf) -> Received:
    """Make an artifact without versions, unless there is one of this name."""
    name, received = artifact["name"], Received()
    if find_seq(transaction, "artifact", "name", name) is None:
        row = row_of(artifact, ARTIFACT_COLUMNS)
        is_taken = bool(taken_ids(transaction, [row["id"]]))
        row |= {"id": str(uuid.uuid4()) if is_taken else row["id"], "seq": None, "recorded": 0}
        seq = transaction.insert("artifact", {**row, "last_number": 0})
        received.ids.append(row["id"])
        received.add(_give(transaction, "artifact", seq, name, artifact["tags"], tag_of))
    return received


def receive_run(transaction: Transaction, record: Record, tag_of: TagOf) -> Received:
    """Add a run with its steps, tags and metadata, but not what it used and made (see `connect`).

    A run that is here, or was deleted here, is left alone.
    """
    if any(find_seq(transaction, table, "id", record["id"]) for table in ("run", "deleted_run")):
        return Received()
    check_new_ids(transaction, [record["id"], *(step["id"] for step in record["steps"])])
    row = {**row_of(record, RUN_COLUMNS), "seq": None, "recorded": 0}
    seq = transaction.insert("run", row)
    put_metadata(transaction, seq, record["metadata"], "run")
    for step in record["steps"]:
        _receive_step(transaction, seq, step)
    received = _give(transaction, "run", seq, f"run {record['name']}", record["tags"], tag_of)
    received.ids.append(record["id"])
    return received


def _receive_step(transaction: Transaction, run_seq: int, step: Record) -> None:
    row = {**row_of(step, STEP_COLUMNS), "seq": None, "run_seq": run_seq}
    seq = transaction.insert("run_step", row)
    put_metadata(transaction, seq, step["metadata"], "step")


def owners_in(record: Record) -> list[str]:
    """The IDs of the owners of series: of a version or a run with its steps; none for others."""
    if record["record"] not in ("version", "run"):
        return []
    return [record["id"], *(step["id"] for step in record.get("steps", ()))]


def uses_in(run: Record) -> list[Use]:
    """The versions that the steps of a run's record used and made, as far as IDs are known."""
    return [
        Use(version_id, step["id"], direction, name)
        for step in run["steps"]
        for (direction, name, _), version_id in zip(
            step["versions"], step["version_ids"], strict=True
        )
        if version_id is not None
    ]


def add_labels(
    transaction: Transaction, record: Record, version_id: str, tag_of: TagOf
) -> Received:
    """Add tags, keys of metadata and the description that a version here lacks.

    Nothing that it has changes.
    """
    seq = find_seq(transaction, "artifact_version", "id", version_id)
    if seq is None:  # it was deleted in the meantime
        return Received()
    name = f"{record['artifact']['name']}:{record['version']}"
    before = transaction.rows(*query_of_tags("version", seq))
    received = _give(transaction, "version", seq, name, record["tags"], tag_of)
    keys = transaction.rows(
        "SELECT key FROM version_metadata WHERE version_seq = :seq", {"seq": seq}
    )
    new = {key: value for key, value in record["metadata"].items() if (key,) not in keys}
    is_new = put_metadata(transaction, seq, new)
    is_new = _describe_if_bare(transaction, seq, record.get("description")) or is_new
    if is_new or set(before) != set(transaction.rows(*query_of_tags("version", seq))):
        received.ids.append(touch(transaction, "artifact_version", seq))
    return received


def _describe_if_bare(transaction: Transaction, seq: int, description: str | None) -> bool:
    if description is None:
        return False
    (known,) = transaction.one(
        "SELECT description FROM artifact_version WHERE seq = :seq", {"seq": seq}
    )
    return known is None and set_description(transaction, "artifact_version", seq, description)


def receive_other(transaction: Transaction, record: Record, tag_of: TagOf) -> Received:
    """Add a row that is no version: a run, a tag, tags of a pipeline, or used-up numbers.

    What is here of that name or ID stays as it is, and so does what was deleted here.
    """
    receive = _OTHER.get(record["record"])
    return Received() if receive is None else receive(transaction, record, tag_of)


def _receive_tag(transaction: Transaction, record: Record, tag_of: TagOf) -> Received:  # noqa: ARG001
    if record["deleted"] is not None or find_known(transaction, record["name"]) is not None:
        return Received()
    return Received([need_tag(transaction, _as_tag(record["name"], record)).id])


def _receive_pipeline(transaction: Transaction, record: Record, tag_of: TagOf) -> Received:
    if find_seq(transaction, "pipeline", "id", record["id"]) is not None:
        return Received()
    row = {**row_of(record, PIPELINE_COLUMNS), "seq": None, "recorded": 0}
    seq = transaction.insert("pipeline", row)
    name = f"pipeline {record['name']}"
    received = _give(transaction, "pipeline", seq, name, record["tags"], tag_of)
    received.ids.append(record["id"])
    return received


def _receive_deletion(transaction: Transaction, record: Record, tag_of: TagOf) -> Received:
    """Keep the name and number of a deleted version used up, unless they are taken here."""
    received = _need_row(transaction, record["artifact"], tag_of)
    owner = find_seq(transaction, "artifact", "name", record["artifact"]["name"])
    named = {"owner": owner, "version": record["version"]}
    taken = (
        f"SELECT 1 FROM {table} WHERE artifact_seq = :owner AND version = :version"
        for table in _OF_VERSIONS
    )
    is_known = known_seq(transaction, record["id"]) is not None
    if is_known or any(transaction.row(sql, named) for sql in taken):
        return received
    check_new_ids(transaction, [record["id"]])
    row = row_of(record, DELETION_COLUMNS)
    number = version_number(record["version"])
    row |= {
        "seq": next_seq(transaction, _OF_VERSIONS),
        "artifact_seq": owner,
        "number": number,
        "recorded": 0,
    }
    row["former"] = None  # its bytes are not here, so that it cannot be restored
    transaction.insert("deleted_version", row)
    transaction.use_up("artifact_version", row["seq"])
    received.add(_count_on(transaction, record["artifact"]["name"], number or 0))
    received.ids.append(record["id"])
    return received


def _use_up_numbers(transaction: Transaction, record: Record, tag_of: TagOf) -> Received:
    """Let an artifact here count on from the numbers that it has used elsewhere."""
    received = _need_row(transaction, record, tag_of)
    received.add(_count_on(transaction, record["name"], record["last_number"]))
    return received


def _count_on(transaction: Transaction, artifact: str, number: int) -> Received:
    found = transaction.row(
        "SELECT seq FROM artifact WHERE name = :name AND last_number < :number",
        {"name": artifact, "number": number},
    )
    if found is None:
        return Received()
    transaction.execute(
        "UPDATE artifact SET last_number = :number WHERE seq = :seq",
        {"number": number, "seq": found[0]},
    )
    return Received([touch(transaction, "artifact", found[0])])


_OTHER: Mapping[str, Callable[[Transaction, Record, TagOf], Received]] = {
    "run": receive_run,
    "artifact": _use_up_numbers,
    "deletion": _receive_deletion,
    "tag": _receive_tag,
    "pipeline": _receive_pipeline,
}
BEFORE = ("artifact", "deletion")
"""The kinds of records that are received before versions; other kinds come after them."""
AFTER = ("run", "tag", "pipeline")


def _give(
    transaction: Transaction,
    owner: TagOwner,
    seq: int,
    name: str,
    tags: Sequence[str],
    tag_of: TagOf,
) -> Received:
    wanted = [_as_tag(tag, tag_of(tag)) for tag in tags]
    given, kept_back = give_free_tags(transaction, owner, seq, wanted)
    return Received([*given.tags], [(name, tag) for tag in kept_back])


def _as_tag(name: str, record: Record | None) -> Tag:
    """A tag as it is to be made; that it is protected is for each catalog to decide."""
    if record is None:
        return Tag(name)
    exclusive, cascade = bool(record["exclusive"]), bool(record["cascade"])
    return Tag(name, color=record["color"], exclusive=exclusive, cascade=cascade)
