"""The writing functions of the catalog, each as a transaction of its own on a `Database`."""

from collections.abc import Callable
from typing import Any, TypeVar

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.writing import adding, deleting, labelling, running

R = TypeVar("R")


def in_transaction(write: Callable[..., R]) -> Callable[..., R]:
    """`write`, with a database instead of a transaction as its first argument."""

    def write_alone(db: Database, *arguments: Any, **named: Any) -> R:
        with db.transaction() as transaction:
            return write(transaction, *arguments, **named)

    return write_alone


add_version = in_transaction(adding.add_version)
change_artifact = in_transaction(labelling.change_artifact)
change_version_tags = in_transaction(labelling.change_version_tags)
put_version_metadata = in_transaction(labelling.put_version_metadata)
delete_artifact = in_transaction(deleting.delete_artifact)
delete_versions = in_transaction(deleting.delete_versions)
give_up_data = in_transaction(deleting.give_up_data)
prune_versions = in_transaction(deleting.prune_versions)
delete_runs = in_transaction(deleting.delete_runs)
abandon_runs = in_transaction(running.abandon_runs)
begin_run = in_transaction(running.begin_run)
begin_step = in_transaction(running.begin_step)
change_run_tags = in_transaction(labelling.change_run_tags)
end_run = in_transaction(running.end_run)
end_step = in_transaction(running.end_step)
put_run_metadata = in_transaction(labelling.put_run_metadata)
put_step_metadata = in_transaction(labelling.put_step_metadata)
serve_step = in_transaction(running.serve_step)
