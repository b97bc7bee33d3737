"""Changing the tags and metadata of versions, artifacts, runs and steps, and names of artifacts.

A tag that was made exclusive stays exclusive: at most one version of an artifact, and at most one
run of a pipeline, has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from artifactctl.catalog.engine.protocol import Query, Transaction
from artifactctl.catalog.rows import TABLES, Version
from artifactctl.catalog.writing.emptying import empty_series
from artifactctl.catalog.writing.entries import (
    change_tags,
    find_seq,
    living_artifact,
    living_version,
    now,
    query_of_seq,
    query_of_tags,
    run_row,
    touch,
)
from artifactctl.catalog.writing.metadata import put_metadata, queries_of_metadata, remove_metadata
from artifactctl.catalog.writing.tagging import (
    KnownTag,
    Owner,
    find_all_known,
    find_known,
    need_tag,
    need_tags,
    protected,
    queries_of_tags,
)
from artifactctl.errors import ConflictError, EntityExistsError, NotFoundError, TagConflictError
from artifactctl.refs import pipeline_id
from artifactctl.tags import Tag

# The other rows with a tag that lose it if it is exclusive: versions of the same artifact, or runs
# of the same pipeline.
_HOLDERS: dict[Owner, str] = {
    "version": "SELECT o.seq, o.id FROM artifact_version o"
    " JOIN version_tag t ON t.version_seq = o.seq"
    " WHERE t.tag = :tag AND o.seq <> :seq AND o.artifact_seq ="
    " (SELECT artifact_seq FROM artifact_version WHERE seq = :seq) ORDER BY o.seq",
    "run": "SELECT o.seq, o.id FROM run o JOIN run_tag t ON t.run_seq = o.seq"
    " WHERE t.tag = :tag AND o.seq <> :seq AND o.pipeline ="
    " (SELECT pipeline FROM run WHERE seq = :seq) ORDER BY o.seq",
}


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
    seq = run_row(transaction, run_id)[0]
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
    seq = run_row(transaction, run_id)[0]
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
    seq = run_row(transaction, run_id)[0]
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
            f"name {name!r} was that of a deleted artifact, whose versions are used up",
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


@dataclass(frozen=True, slots=True)
class Given:
    """The result of giving tags to a row; `is_new`: the tags of the row itself changed.

    `taken` are pairs of a tag and the ID of the row that lost it; `tags` are the IDs of the tags
    that were made, or became exclusive.
    """

    is_new: bool
    taken: Sequence[tuple[str, str]]
    tags: Sequence[str]

    @property
    def others(self) -> list[str]:
        """The IDs of the other changed rows, each once."""
        return list(dict.fromkeys([*(row_id for _, row_id in self.taken), *self.tags]))


def give_tags(
    transaction: Transaction,
    owner: Owner,
    seq: int,
    tags: Sequence[str],
    exclusive: Sequence[str] = (),
    remove: Sequence[str] = (),
    *,
    is_expected: bool = False,
    is_new_row: bool = False,
) -> Given:
    """Add tags to a row, make the `exclusive` ones exclusive, and remove others.

    Increments the revisions of other rows, which lose a tag, but not that of the row itself. Raises
    `TagConflictError` for an exclusive tag on an artifact or a pipeline, and `ConflictError` for a
    change of who carries a protected tag, unless it `is_expected`.
    """
    wanted = tuple(dict.fromkeys((*tags, *exclusive)))
    if not wanted and not remove:
        return Given(False, (), ())
    if not is_new_row:
        transaction.foresee(queries_of_change(owner, seq, wanted, remove))
    leaving = list(find_all_known(transaction, remove).values())
    known = need_tags(transaction, [Tag(tag, exclusive=tag in exclusive) for tag in wanted])
    if not is_expected:
        _check_protected(transaction, owner, seq, known, leaving)
    taken = tuple(
        (tag.name, loser)
        for tag in known
        if tag.exclusive
        for loser in _take_from_others(transaction, owner, seq, tag.name)
    )
    is_new = change_tags(transaction, owner, seq, wanted, remove, is_new=is_new_row)
    return Given(is_new, taken, [tag.id for tag in known if tag.is_changed])


def queries_of_change(
    owner: Owner, seq: int, add: Sequence[str], remove: Sequence[str]
) -> list[Query]:
    """What `give_tags` asks about a row that is not new."""
    wanted = list(dict.fromkeys(add))
    return [query_of_tags(owner, seq), *queries_of_tags(wanted), *queries_of_tags(remove)]


def give_free_tags(
    transaction: Transaction, owner: Owner, seq: int, tags: Sequence[Tag]
) -> tuple[Given, list[str]]:
    """Add tags to a row as far as nothing else loses or guards them; return the others, too.

    These are protected, or exclusive while another row has them or where no row can. A tag is made
    as it is given here only if there is none of that name.
    """
    made: list[str] = []
    added: list[str] = []
    kept_back: list[str] = []
    for tag in tags:
        known = find_known(transaction, tag.name) or need_tag(transaction, tag)
        made += [known.id] * known.is_changed
        if _carries(transaction, owner, seq, known.name):
            continue
        is_held = known.exclusive and _is_held(transaction, owner, seq, known.name)
        (kept_back if known.protected or is_held else added).append(known.name)
    is_new = change_tags(transaction, owner, seq, added, ())
    return Given(is_new, (), made), kept_back


def _is_held(transaction: Transaction, owner: Owner, seq: int, tag: str) -> bool:
    """Whether an exclusive tag is on another row that shares it, or cannot be on such rows."""
    asked = {"tag": tag, "seq": seq}
    return owner not in _HOLDERS or transaction.row(_HOLDERS[owner], asked) is not None


def _check_protected(
    transaction: Transaction,
    owner: Owner,
    seq: int,
    added: Sequence[KnownTag],
    leaving: Sequence[KnownTag],
) -> None:
    """Raise `ConflictError` if a protected tag would be given to a row, or taken from it."""
    for tag, is_there in [*((tag, True) for tag in added), *((tag, False) for tag in leaving)]:
        if tag.protected and _carries(transaction, owner, seq, tag.name) is not is_there:
            error = protected(tag.name, "given to others" if is_there else "taken away")
            if owner == "version":
                error.hint = f"say with --expect REF where it must be now; or {error.hint}"
            raise error


def _carries(transaction: Transaction, owner: Owner, seq: int, tag: str) -> bool:
    sql = f"SELECT 1 FROM {owner}_tag WHERE {owner}_seq = :seq AND tag = :tag"
    return transaction.row(sql, {"seq": seq, "tag": tag}) is not None


def _take_from_others(transaction: Transaction, owner: Owner, seq: int, tag: str) -> list[str]:
    """Remove an exclusive tag from all other rows that share it; return their IDs."""
    if owner not in _HOLDERS:
        raise TagConflictError(
            f"tag {tag!r} is exclusive, and an {owner} cannot have it".replace("an p", "a p"),
            hint=f"exclusive tags are for {' and '.join(f'{kind}s' for kind in _HOLDERS)}",
        )
    losers = transaction.rows(_HOLDERS[owner], {"tag": tag, "seq": seq})
    for loser, _ in losers:
        transaction.later(
            f"DELETE FROM {owner}_tag WHERE {owner}_seq = :seq AND tag = :tag",
            {"seq": loser, "tag": tag},
        )
    return [touch(transaction, TABLES[owner], loser, row_id) for loser, row_id in losers]
