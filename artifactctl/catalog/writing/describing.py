"""Changing the descriptions of artifacts, versions and runs."""

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.writing.entries import living_artifact, living_version, run_row, touch


def describe_artifact(
    transaction: Transaction, artifact_id: str, description: str | None
) -> list[str]:
    """Set an artifact's description; return a list of its ID, empty if nothing changed."""
    seq = living_artifact(transaction, artifact_id)
    return _describe(transaction, "artifact", seq, artifact_id, description)


def describe_version(
    transaction: Transaction, version_id: str, description: str | None
) -> list[str]:
    """Set a version's description; return a list of its ID, empty if nothing changed."""
    seq = living_version(transaction, version_id)
    return _describe(transaction, "artifact_version", seq, version_id, description)


def describe_run(transaction: Transaction, run_id: str, description: str | None) -> list[str]:
    """Set a run's description; return a list of its ID, empty if nothing changed."""
    seq = run_row(transaction, run_id)[0]
    return _describe(transaction, "run", seq, run_id, description)


def set_description(
    transaction: Transaction, table: str, seq: int, description: str | None
) -> bool:
    """Set the description of a row, but not its revision; return whether it changed."""
    changed = transaction.execute(
        f"UPDATE {table} SET description = :description"
        " WHERE seq = :seq AND COALESCE(description, '') <> :compared",
        {"description": description, "compared": description or "", "seq": seq},
    )
    return changed > 0


def _describe(
    transaction: Transaction, table: str, seq: int, row_id: str, description: str | None
) -> list[str]:
    has_changed = set_description(transaction, table, seq, description)
    return [touch(transaction, table, seq, row_id)] if has_changed else []
