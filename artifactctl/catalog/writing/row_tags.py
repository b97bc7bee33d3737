"""The tags of versions, artifacts, runs and pipelines: given, taken from others, taken away.

A tag that was made exclusive stays exclusive: at most one version of an artifact, and at most one
run of a pipeline, has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Query, Transaction
from artifactctl.catalog.reading.statements import batches, numbered
from artifactctl.catalog.rows import TABLES
from artifactctl.catalog.writing.entries import touch
from artifactctl.catalog.writing.tagging import (
    KnownTag,
    TagOwner,
    find_all_known,
    find_known,
    need_tag,
    need_tags,
    protected,
    queries_of_tags,
)
from artifactctl.errors import ConflictError, TagConflictError
from artifactctl.tags import Tag

# The other rows with a tag that lose it if it is exclusive: versions of the same artifact, or runs
# of the same pipeline.
_HOLDERS: dict[TagOwner, str] = {
    "version": "SELECT o.seq, o.id FROM artifact_version o"
    " JOIN version_tag t ON t.version_seq = o.seq"
    " WHERE t.tag = :tag AND o.seq <> :seq AND o.artifact_seq ="
    " (SELECT artifact_seq FROM artifact_version WHERE seq = :seq) ORDER BY o.seq",
    "run": "SELECT o.seq, o.id FROM run o JOIN run_tag t ON t.run_seq = o.seq"
    " WHERE t.tag = :tag AND o.seq <> :seq AND o.pipeline ="
    " (SELECT pipeline FROM run WHERE seq = :seq) ORDER BY o.seq",
}
_ARTICLES = {"artifact": "an"}


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
    owner: TagOwner,
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
    owner: TagOwner, seq: int, add: Sequence[str], remove: Sequence[str]
) -> list[Query]:
    """The queries of `give_tags` for a row that is not new."""
    wanted = list(dict.fromkeys(add))
    return [query_of_tags(owner, seq), *queries_of_tags(wanted), *queries_of_tags(remove)]


def give_free_tags(
    transaction: Transaction, owner: TagOwner, seq: int, tags: Sequence[Tag]
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


def change_tags(
    transaction: Transaction,
    owner: str,
    seq: int,
    add: Sequence[str],
    remove: Sequence[str],
    *,
    is_new: bool = False,
) -> bool:
    """Add and remove tags of a version, an artifact or a run; return whether any changed.

    A row that `is_new` has none yet.
    """
    rows = () if is_new else transaction.rows(*query_of_tags(owner, seq))
    present = {tag for (tag,) in rows}
    leaving = [tag for tag in dict.fromkeys(remove) if tag in present]
    coming = [tag for tag in dict.fromkeys(add) if tag not in present or tag in leaving]
    for batch in batches(leaving):
        places, params = numbered(batch)
        transaction.later(
            f"DELETE FROM {owner}_tag WHERE {owner}_seq = :seq AND tag IN ({places})",
            {"seq": seq, **params},
        )
    for batch in batches(coming):
        names = {f"tag{i}": tag for i, tag in enumerate(batch)}
        places = ", ".join(f"(:seq, :{name})" for name in names)
        transaction.later(
            f"INSERT INTO {owner}_tag ({owner}_seq, tag) VALUES {places} ON CONFLICT DO NOTHING",
            {"seq": seq, **names},
        )
    return bool(leaving or coming)


def query_of_tags(owner: str, seq: int) -> Query:
    """The tags of a row, which `change_tags` asks for."""
    return f"SELECT tag FROM {owner}_tag WHERE {owner}_seq = :seq", {"seq": seq}


def check_carriers(transaction: Transaction, owner: TagOwner, seqs: Sequence[int]) -> None:
    """Raise `ConflictError` if one of these rows, which are to be deleted, has a protected tag."""
    for batch in batches(seqs):
        found = transaction.row(*query_of_carriers(owner, batch))
        if found is not None:
            raise ConflictError(
                f"tag {found[0]!r} is protected, and nothing that has it is deleted",
                hint=f"'artifactctl tags protect {found[0]} --off' ends that",
            )


def query_of_carriers(owner: TagOwner, seqs: Sequence[int]) -> Query:
    """The query of `check_carriers`."""
    places, params = numbered(seqs)
    return (
        f"SELECT g.name FROM {owner}_tag t JOIN tag g ON g.name = t.tag"
        f" WHERE t.{owner}_seq IN ({places}) AND g.protected AND g.deleted IS NULL LIMIT 1",
        params,
    )


def _is_held(transaction: Transaction, owner: TagOwner, seq: int, tag: str) -> bool:
    """Whether an exclusive tag is on another row that shares it, or cannot be on such rows."""
    asked = {"tag": tag, "seq": seq}
    return owner not in _HOLDERS or transaction.row(_HOLDERS[owner], asked) is not None


def _check_protected(
    transaction: Transaction,
    owner: TagOwner,
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


def _carries(transaction: Transaction, owner: TagOwner, seq: int, tag: str) -> bool:
    sql = f"SELECT 1 FROM {owner}_tag WHERE {owner}_seq = :seq AND tag = :tag"
    return transaction.row(sql, {"seq": seq, "tag": tag}) is not None


def _take_from_others(transaction: Transaction, owner: TagOwner, seq: int, tag: str) -> list[str]:
    """Remove an exclusive tag from all other rows that share it; return their IDs."""
    if owner not in _HOLDERS:
        raise TagConflictError(
            f"tag {tag!r} is exclusive, and {_ARTICLES.get(owner, 'a')} {owner} cannot have it",
            hint=f"exclusive tags are for {' and '.join(f'{kind}s' for kind in _HOLDERS)}",
        )
    losers = transaction.rows(_HOLDERS[owner], {"tag": tag, "seq": seq})
    for loser, _ in losers:
        transaction.later(
            f"DELETE FROM {owner}_tag WHERE {owner}_seq = :seq AND tag = :tag",
            {"seq": loser, "tag": tag},
        )
    return [touch(transaction, TABLES[owner], loser, row_id) for loser, row_id in losers]
