"""Which runs or versions are compared: by references, or as the newest of one name.

They are filtered first and counted then, since what is left is what somebody is to look at.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from artifactctl.catalog.reading.finding_many import find_runs, find_versions
from artifactctl.catalog.reading.finding_runs import hinting_at_runs
from artifactctl.catalog.reading.matching import matching
from artifactctl.catalog.reading.statements import batches
from artifactctl.client.columns import Found, subjects_of
from artifactctl.client.wishes import Filter, check_arguments, key_filters
from artifactctl.compare import ComparedKind, hint_of, lay_out
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from artifactctl.refs import RUN, parse_ref, run_name

if TYPE_CHECKING:
    from artifactctl.catalog.rows import Page
    from artifactctl.client.tracking import Tracker

MOST = 20
_BATCH = 100  # of those chosen as the newest, looked at together for filters


class CompareArguments(TypedDict, total=False):
    """What is compared, and how.

    In the stead of references: `pipeline` for its runs, `artifact` for its versions; with `last`
    only so many of them, the newest that hold all `filters`, which are `KEY=FILTER` or a mapping,
    compared as metadata in listings. `baseline` refers to what the others are compared with, by
    default the first; the rest is as in `CompareOptions`.
    """

    pipeline: str | None
    artifact: str | None
    last: int | None
    baseline: str | None
    filters: Filter
    keys: Sequence[str]
    only_diff: bool
    maximize: Sequence[str]
    minimize: Sequence[str]
    sort_by: Sequence[str]


def choose(
    client: "Tracker", references: Sequence[str], arguments: CompareArguments
) -> tuple[ComparedKind, list[Found], Found | None]:
    """What is compared, which ones, and the one of them that was named as the baseline."""
    check_arguments(arguments, CompareArguments)
    kind = _kind(references, arguments)
    with client.catalog.snapshot():
        baseline = _baseline(client, kind, arguments.get("baseline"))
        if references:
            referred = _referred(client, kind, references, arguments)
            found = _kept(referred, arguments)
            if not found:
                _check_filters(referred, arguments)
        else:
            found = _newest(client, kind, arguments, others=0 if baseline is None else 1)
    if baseline is not None and baseline.id not in [item.id for item in found]:
        found = [baseline, *found]
    if len(found) > MOST:
        raise _too_many(len(found))
    return kind, found, baseline


def as_runs(client: "Tracker", references: Sequence[str]) -> list[str]:
    """The references, with `run:` before those that are no version's, if any is a run's."""

    def finds(find: Callable[[str], Any], text: str) -> bool:
        try:
            find(text)
        except (NotFoundError, InvalidInputError):
            return False
        return True

    others = [
        text
        for text in references
        if run_name(text) is None and not finds(client.find_artifact_version, text)
    ]
    if not any(finds(client.get_pipeline_run, text) for text in others):
        return list(references)
    return [f"{RUN}{text}" if text in others else text for text in references]


def _kind(references: Sequence[str], arguments: CompareArguments) -> ComparedKind:
    """What is compared; raises `WrongUsageError` when nothing or several things are chosen."""
    pipeline, artifact = arguments.get("pipeline"), arguments.get("artifact")
    if [bool(references), pipeline is not None, artifact is not None].count(True) != 1:
        raise WrongUsageError(
            "what to compare is said in no way, or in several",
            hint="give two or more references, or a pipeline, or an artifact",
        )
    if not references:
        return "artifact_version" if pipeline is None else "run"
    if arguments.get("last") is not None:
        raise WrongUsageError(
            "the last ones of references are not known",
            hint="give a pipeline or an artifact, and no references",
        )
    are_runs = [run_name(text) is not None for text in references]
    if len(set(are_runs)) > 1:
        raise _mixed()
    return "run" if are_runs[0] else "artifact_version"


def _baseline(client: "Tracker", kind: ComparedKind, text: str | None) -> Found | None:
    """What was named as the baseline; among runs a bare name is one of a run."""
    if text is None:
        return None
    if kind == "artifact_version" and run_name(text) is not None:
        raise _mixed()
    return _find(client, kind, [text])[0]


def _referred(
    client: "Tracker", kind: ComparedKind, references: Sequence[str], arguments: CompareArguments
) -> list[Found]:
    """What references mean, each once."""
    if len(references) > MOST and not arguments.get("filters"):
        raise _too_many(len(references))
    found = list({item.id: item for item in _find(client, kind, references)}.values())
    if len(found) + (arguments.get("baseline") is not None) < 2:
        raise _too_few(f"{references[0]!r} alone")
    return found


def _find(client: "Tracker", kind: ComparedKind, references: Sequence[str]) -> list[Found]:
    db = client.catalog
    if kind == "run":
        names = [run_name(text) or text for text in references]
        return [client.run_of(row) for row in find_runs(db, names)]
    refs = [parse_ref(text) for text in references]
    with hinting_at_runs(db):
        return [client.version_of(row) for row in find_versions(db, refs)]


def _newest(
    client: "Tracker", kind: ComparedKind, arguments: CompareArguments, *, others: int
) -> list[Found]:
    """The newest of a pipeline or an artifact that hold all filters, oldest first.

    `others` are how many are compared besides.
    """
    last = arguments.get("last")
    if last is not None and last < 1:
        raise WrongUsageError(f"the last {last} are none", hint="give 1 or more")
    most = MOST + 1 if last is None else min(last, MOST + 1)  # one too many is enough to know
    listed = _listed(client, kind, arguments, 0 if arguments.get("filters") else most)
    total = min(listed.total, last or listed.total)
    if total + others < 2:
        raise _too_few("the only one" if listed.total == 1 else f"only one of {listed.total}")
    kept: list[Found] = []
    for batch in batches(listed, _BATCH):
        kept += _kept(batch, arguments)
        if len(kept) >= most:
            break
    if not kept:
        _check_filters(next(batches(listed, _BATCH)), arguments)
    if len(kept[:most]) > MOST:
        raise _too_many(f"more than {MOST}" if arguments.get("filters") else total)
    return kept[:most][::-1]


def _listed(
    client: "Tracker", kind: ComparedKind, arguments: CompareArguments, size: int
) -> "Page[Any]":
    """Newest first; raises `NotFoundError` when there are none."""
    if kind == "run":
        pipeline = client.get_pipeline(arguments.get("pipeline"))
        return client.list_pipeline_runs(pipeline=f"equals:{pipeline.name}", size=size)
    artifact = client.find_artifact(arguments.get("artifact"))
    if artifact.version_count == 0:
        raise NotFoundError(f"artifact {artifact.name!r} has no versions")
    return client.list_artifact_versions(artifact=f"equals:{artifact.name}", size=size)


def _kept(found: Sequence[Found], arguments: CompareArguments) -> list[Found]:
    """Those for which all filters hold."""
    table = lay_out(subjects_of(found))
    kept = [True] * len(found)
    for name, text in key_filters(arguments.get("filters") or ()):
        values, fact = table.values_of(name)
        holds = matching(fact or name, text, values, is_fact=fact is not None)
        kept = [before and now for before, now in zip(kept, holds, strict=True)]
    return [item for item, is_kept in zip(found, kept, strict=True) if is_kept]


def _check_filters(found: Sequence[Found], arguments: CompareArguments) -> None:
    """Raise `WrongUsageError` for a filter by a key that none has, where filters left nothing."""
    table = lay_out(subjects_of(found))
    for name, _ in key_filters(arguments.get("filters") or ()):
        values, fact = table.values_of(name)
        if values and fact is None and not any(is_there for is_there, _ in values):
            raise WrongUsageError(f"cannot filter by {name!r}", hint=hint_of(name, table))


def _mixed() -> WrongUsageError:
    return WrongUsageError(
        "runs and versions cannot be compared with each other",
        hint=f"write {RUN}NAME for every run, or give versions only",
    )


def _too_few(what: str) -> WrongUsageError:
    return WrongUsageError(
        f"{what} cannot be compared", hint="give at least two, or a baseline besides"
    )


def _too_many(count: int | str) -> InvalidInputError:
    return InvalidInputError(
        f"{count} are too many to compare: {MOST} at the most",
        hint=f"narrow them down by filters (--filter accuracy=gt:0.9), or with --last {MOST}",
    )
