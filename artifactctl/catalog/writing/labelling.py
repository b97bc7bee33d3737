"""Changing names, descriptions, tags and metadata of artifacts, versions, runs and steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.rows import Version
from artifactctl.catalog.writing.emptying import empty_series
from artifactctl.catalog.writing.entries import (
    find_seq,
    living_artifact,
    living_run,
    living_version,
    now,
    query_of_seq,
    set_description,
    touch,
)
from artifactctl.catalog.writing.metadata import put_metadata, queries_of_metadata, remove_metadata
from artifactctl.catalog.writing.row_tags import give_tags, queries_of_change
from artifactctl.errors import ConflictError, EntityExistsError, NotFoundError
from artifactctl.refs import pipeline_id

_LIVING = {"artifact": living_artifact, "artifact_version": living_version, "run": living_run}


@dataclass(frozen=True, slots=True)
class Labels:
    """Tags to add and to remove.

    The `exclusive` tags are added and made exclusive; a tag in `add` may be exclusive already.
    `expected` is the ID of the version that must have each of the tags before the change, or empty
    if no version may have them; None checks nothing.
    """

    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    exclusive: Sequence[str] = ()
    expected: str | None = None

    @property
    def all(self) -> Sequence[str]:
        """All tags that are added."""
        return (*self.add, *self.exclusive)

    def expecting(self, version_id: str) -> "Labels":
        """The same change, made only if the version with this ID has the tags before."""
        return replace(self, expected=version_id)


@dataclass(frozen=True, slots=True)
class Changed:
    """The result of changing labels: `ids` of all changed rows, and the tags that others lost.

    `taken` are pairs of a tag and the ID of the row that lost it.
    """

    ids: Sequence[str]
    taken: Sequence[tuple[str, str]] = ()


def change_version_tags(transaction: Transaction, version_id: str, labels: Labels) -> Changed:
    """Add and remove tags of a version; return all changes.

    Raises `ConflictError` if a tag is not on the expected version, `NotFoundError` if the version
    was deleted meanwhile.
    """
    seq = living_version(transaction, version_id)
    if labels.expected is not None:
        for tag in (*labels.all, *labels.remove):
            _check_holder(transaction, seq, tag, labels.expected)
    given = give_tags(
        transaction,
        "version",
        seq,
        labels.add,
        labels.exclusive,
        labels.remove,
        is_expected=labels.expected is not None,
    )
    own = [touch(transaction, "artifact_version", seq, version_id)] if given.is_new else []
    return Changed([*given.others, *own], given.taken)


def foresee_tagging(transaction: Transaction, version: Version, labels: Labels) -> None:
    """Foresee what `change_version_tags` asks about a version that was found before."""
    transaction.foresee(
        [
            query_of_seq("artifact_version", "id", version.id),
            *queries_of_change("version", version.seq, labels.all, labels.remove),
        ]
    )


def change_run_tags(transaction: Transaction, run_id: str, labels: Labels) -> Changed:
    """Add and remove tags of a run; return all changes.

    `labels.expected` is ignored. Raises `NotFoundError` if the run was deleted meanwhile.
    """
    seq = living_run(transaction, run_id)
    given = give_tags(transaction, "run", seq, labels.add, labels.exclusive, labels.remove)
    own = [touch(transaction, "run", seq, run_id)] if given.is_new else []
    return Changed([*given.others, *own], given.taken)


def change_artifact(
    transaction: Transaction,
    artifact_id: str,
    labels: Labels,
    new_name: str | None = None,
    *,
    has_custom_name: bool | None = None,
) -> list[str]:
    """Rename and tag an artifact; return the IDs of changed rows, empty if nothing changed.

    `has_custom_name` tells whether the user chose the name; None leaves that as it is. Raises
    `EntityExistsError` if the new name is that of another artifact, even of a deleted one, since
    references to its versions would then find other versions.
    """
    seq = living_artifact(transaction, artifact_id)
    is_renamed = new_name is not None and _rename(transaction, seq, new_name)
    given = give_tags(transaction, "artifact", seq, labels.add, labels.exclusive, labels.remove)
    is_marked = has_custom_name is not None and _mark(transaction, seq, has_custom_name)
    if not is_renamed and not given.is_new and not is_marked:
        return given.others
    return [*given.others, touch(transaction, "artifact", seq, artifact_id)]


def change_pipeline_tags(transaction: Transaction, pipeline: str, labels: Labels) -> list[str]:
    """Add and remove tags of a pipeline; return the IDs of all changed rows.

    The caller must check that there is a pipeline of this name. Raises `TagConflictError` for an
    exclusive tag, and `ConflictError` for a protected one.
    """
    seq = _pipeline_row(transaction, pipeline)
    given = give_tags(transaction, "pipeline", seq, labels.add, labels.exclusive, labels.remove)
    own = [touch(transaction, "pipeline", seq)] if given.is_new else []
    return [*given.others, *own]


def _pipeline_row(transaction: Transaction, name: str) -> int:
    """The seq of a pipeline's row, which is made with its first tag."""
    seq = find_seq(transaction, "pipeline", "name", name)
    if seq is not None:
        return seq
    created = now()
    row = {"id": pipeline_id(name), "name": name, "created": created, "updated": created}
    return transaction.insert("pipeline", {**row, "revision": 1, "recorded": 0})


def describe(
    transaction: Transaction, table: str, row_id: str, description: str | None
) -> list[str]:
    """Set the description of an artifact, a version or a run, a row of `table`.

    Returns a list of its ID, empty if nothing changed. Raises `NotFoundError` if it is gone.
    """
    seq = _LIVING[table](transaction, row_id)
    has_changed = set_description(transaction, table, seq, description)
    return [touch(transaction, table, seq, row_id)] if has_changed else []


def put_version_metadata(
    transaction: Transaction, version_id: str, metadata: Mapping[str, object]
) -> list[str]:
    """Set keys of a version's metadata; return a list of its ID, empty if nothing changed."""
    seq = living_version(transaction, version_id)
    if not put_metadata(transaction, seq, metadata):
        return []
    return [touch(transaction, "artifact_version", seq, version_id)]


def foresee_metadata(transaction: Transaction, version: Version, keys: Sequence[str]) -> None:
    """Foresee what `put_version_metadata` asks about a version that was found before."""
    living = query_of_seq("artifact_version", "id", version.id)
    transaction.foresee([living, *queries_of_metadata("version", version.seq, keys)])


def put_run_metadata(
    transaction: Transaction, run_id: str, metadata: Mapping[str, object]
) -> list[str]:
    """Set keys of a run's metadata; return a list of its ID, empty if nothing changed."""
    seq = living_run(transaction, run_id)
    has_changed = put_metadata(transaction, seq, metadata, "run")
    return [touch(transaction, "run", seq, run_id)] if has_changed else []


def remove_version_metadata(
    transaction: Transaction, version_id: str, keys: Sequence[str]
) -> list[str]:
    """Remove keys of a version's metadata with their series; return the changed IDs.

    Raises `NotFoundError` for a key that it does not have.
    """
    seq = living_version(transaction, version_id)
    emptied = empty_series(transaction, version_id, keys)
    remove_metadata(transaction, seq, keys)
    return [*emptied, touch(transaction, "artifact_version", seq, version_id)]


def remove_run_metadata(transaction: Transaction, run_id: str, keys: Sequence[str]) -> list[str]:
    """Remove keys of a run's own metadata; return the changed IDs, or raise as for versions."""
    seq = living_run(transaction, run_id)
    emptied = empty_series(transaction, run_id, keys)
    remove_metadata(transaction, seq, keys, "run")
    return [*emptied, touch(transaction, "run", seq, run_id)]


def put_step_metadata(
    transaction: Transaction, step_id: str, metadata: Mapping[str, object]
) -> list[str]:
    """Set keys of a step's metadata; return a list of its run's ID, empty if nothing changed.

    The step may have ended. Raises `NotFoundError` if it is gone.
    """
    found = transaction.row("SELECT seq, run_seq FROM run_step WHERE id = :id", {"id": step_id})
    if found is None:
        raise NotFoundError(f"step {step_id} is gone, or its run was deleted")
    seq, run_seq = found
    has_changed = put_metadata(transaction, seq, metadata, "step")
    return [touch(transaction, "run", run_seq)] if has_changed else []


def _mark(transaction: Transaction, seq: int, has_custom_name: bool) -> bool:
    changed = transaction.execute(
        "UPDATE artifact SET has_custom_name = :custom"
        " WHERE seq = :seq AND has_custom_name <> :custom",
        {"custom": has_custom_name, "seq": seq},
    )
    return changed > 0


def _rename(transaction: Transaction, seq: int, name: str) -> bool:
    found = transaction.row("SELECT seq, deleted FROM artifact WHERE name = :name", {"name": name})
    if found is None:
        transaction.execute(
            "UPDATE artifact SET name = :name WHERE seq = :seq", {"name": name, "seq": seq}
        )
        return True
    other, deleted = found
    if other == seq:
        return False
    if deleted is not None:
        raise EntityExistsError(
            f"name {name!r} was that of a deleted artifact, whose versions are never used again",
            hint="give another name",
        )
    raise EntityExistsError(f"artifact {name!r} exists already", hint="give another name")


def _check_holder(transaction: Transaction, seq: int, tag: str, expected: str) -> None:
    """Raise `ConflictError` unless `NAME@tag` refers to the version with the ID `expected`."""
    holder = transaction.row(
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
