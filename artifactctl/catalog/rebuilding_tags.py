"""Rebuilding of tags, and of the tags of pipelines."""

from artifactctl.catalog.engine.protocol import Queries, Transaction
from artifactctl.catalog.outside_rows import add_row, seq_if_free
from artifactctl.catalog.records import PIPELINE_COLUMNS, TAG_COLUMNS, Record, row_of
from artifactctl.catalog.writing.entries import find_seq
from artifactctl.catalog.writing.row_tags import change_tags
from artifactctl.catalog.writing.tagging import free_id

_NAMED = "SELECT id, exclusive FROM tag WHERE name = :name AND deleted IS NULL"


def is_tag_needed(db: Queries, record: Record) -> bool:
    """Whether the record of a tag would change the catalog.

    A tag that was made exclusive stays so: the row of an older catalog may not say it yet.
    """
    found = db.row("SELECT created FROM tag WHERE id = :id", record)
    if record["deleted"] is not None:
        return found is None
    named = db.row(_NAMED, record)
    if named is None:
        # It was renamed or deleted, unless the row with its ID is of another tag.
        return found is None or found[0] != record["created"]
    return bool(named[1] < record["exclusive"] and (found is None or named[0] == record["id"]))


def put_tag(transaction: Transaction, record: Record) -> None:
    """Insert a tag from its record, or make it exclusive; what the catalog has stays otherwise."""
    if not is_tag_needed(transaction, record):
        return
    if record["deleted"] is None and transaction.row(_NAMED, record) is not None:
        transaction.execute(
            "UPDATE tag SET exclusive = :exclusive, updated = :updated, revision = revision + 1"
            " WHERE name = :name AND deleted IS NULL",
            record,
        )
        return
    row = {**row_of(record, TAG_COLUMNS), "recorded": record["revision"]}
    row["seq"] = seq_if_free(transaction, "tag", row["seq"])
    if find_seq(transaction, "tag", "id", row["id"]) is not None:
        # In a catalog that was changed by hand the ID may be that of another tag. The name
        # counts: this tag gets an ID of its own, and with it a record of its own.
        row |= {"id": free_id(transaction, record["name"]), "recorded": 0}
    add_row(transaction, "tag", row)


def put_pipeline(transaction: Transaction, record: Record) -> None:
    """Insert a pipeline and its tags, unless the catalog has it."""
    if find_seq(transaction, "pipeline", "id", record["id"]) is not None:
        return
    row = {**row_of(record, PIPELINE_COLUMNS), "recorded": record["revision"]}
    row["seq"] = seq_if_free(transaction, "pipeline", row["seq"])
    seq = add_row(transaction, "pipeline", row)
    change_tags(transaction, "pipeline", seq, record["tags"], (), is_new=True)
