"""Runs or versions put side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from artifactctl.client.choosing import CompareArguments, as_runs, choose
from artifactctl.client.columns import subjects_of
from artifactctl.compare import CompareOptions, Comparison, compare
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError

if TYPE_CHECKING:
    from artifactctl.client.tracking import Tracker


def compare_found(
    client: "Tracker", references: Sequence[str], arguments: CompareArguments
) -> Comparison:
    """Choose, filter, and put side by side; see `CompareArguments`.

    A reference is a run's, too, without `run:` before it, where no version is called so. Raises
    `WrongUsageError` for runs and versions mixed, or for fewer than two of them, and
    `InvalidInputError` for more than can be looked at.
    """
    try:
        kind, found, baseline = choose(client, references, arguments)
    except (NotFoundError, InvalidInputError, WrongUsageError):
        meant = as_runs(client, references)
        if meant == list(references):
            raise
        kind, found, baseline = choose(client, meant, arguments)
    options = CompareOptions(
        baseline=None if baseline is None else baseline.id,
        keys=arguments.get("keys") or (),
        only_diff=bool(arguments.get("only_diff")),
        maximize=arguments.get("maximize") or (),
        minimize=arguments.get("minimize") or (),
        sort_by=arguments.get("sort_by") or (),
    )
    return compare(kind, subjects_of(found), options)
