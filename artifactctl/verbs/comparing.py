"""Choosing the runs or versions to compare, and comparing them.

They are given by references, or as the newest ones of a pipeline or an artifact; filters apply
before the newest are counted.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.reading.finding_many import find_runs, find_versions
from artifactctl.catalog.reading.finding_runs import hinting_at_runs
from artifactctl.catalog.reading.matching import matching
from artifactctl.catalog.reading.outputs import Numbers, numbers_of_outputs
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.rows import Listing
from artifactctl.compare import (
    ComparedItem,
    ComparedKind,
    Comparison,
    Subject,
    compare,
    hint_of,
    lay_out,
)
from artifactctl.compare import CompareOptions as CompareOptions
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from artifactctl.home import Home
from artifactctl.metadata import SERIES
from artifactctl.refs import RUN, parse_ref, run_name
from artifactctl.results.pages import Page
from artifactctl.results.runs import PipelineRun
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs import finding, finding_runs, listing, listing_runs

if TYPE_CHECKING:
    from artifactctl.results.series import Series

MOST = 100
_BATCH = 100  # items that are filtered together

Found = PipelineRun | ArtifactVersion


@dataclass(frozen=True, slots=True)
class Candidates:
    """The selection to compare: `references`, or the runs of `pipeline`, or versions of `artifact`.

    From a pipeline or an artifact it takes only the `last` ones, the newest that match all
    `filters`: pairs of a key and a filter, compared as metadata is in listings. `baseline` is a
    reference to the item that the others are compared with.
    """

    references: Sequence[str] = ()
    pipeline: str | None = None
    artifact: str | None = None
    last: int | None = None
    baseline: str | None = None
    filters: Sequence[tuple[str, str]] = ()


def compare_found(home: Home, asked: Candidates, options: CompareOptions) -> Comparison:
    """Choose runs or versions, filter them, and return their comparison.

    A reference without `run:` also means a run when no version has that name. Raises
    `WrongUsageError` when runs and versions are mixed, or for fewer than two items, and
    `InvalidInputError` for more than `MOST`.
    """
    try:
        kind, found, baseline = choose(home, asked)
    except (NotFoundError, InvalidInputError, WrongUsageError):
        meant = _as_runs(home, asked.references)
        if meant == list(asked.references):
            raise
        kind, found, baseline = choose(home, replace(asked, references=meant))
    options = replace(options, baseline=None if baseline is None else baseline.id_text)
    return compare(kind, _at_their_best(home, found, options), options)


def _at_their_best(home: Home, found: Sequence[Found], options: CompareOptions) -> list[Subject]:
    """Return the subjects; a key to maximize or minimize has the best value of its series."""
    subjects = subjects_of(home, found)
    if not options.maximize and not options.minimize:
        return subjects
    # Imported on first use: few comparisons ask for the best values.
    from artifactctl.verbs.series import list_series, series_of_run  # noqa: PLC0415

    better = []
    for item, subject in zip(found, subjects, strict=True):
        series: Mapping[str, Series]
        if isinstance(item, PipelineRun):
            series = series_of_run(home, item)
        else:
            series = list_series(home, [item.id_text]).get(item.id_text, {})
        best = {
            key: value
            for key, one in series.items()
            if (value := _best(one, key, options)) is not None
        }
        better.append(replace(subject, metadata={**subject.metadata, **best}))
    return better


def _best(series: "Series", key: str, options: CompareOptions) -> int | float | None:
    if any(fnmatchcase(key, glob) for glob in options.maximize):
        return series.max
    return series.min if any(fnmatchcase(key, glob) for glob in options.minimize) else None


def choose(home: Home, asked: Candidates) -> tuple[ComparedKind, list[Found], Found | None]:
    """Return the kind of the items to compare, the items, and the one named as the baseline."""
    kind = _kind(asked)
    with home.catalog.snapshot():
        baseline = _baseline(home, kind, asked.baseline)
        if asked.references:
            referred = _referred(home, kind, asked)
            found = _kept(home, referred, asked)
            if not found:
                _check_filters(home, referred, asked)
        else:
            found = _newest(home, kind, asked, others=0 if baseline is None else 1)
    if baseline is not None and baseline.id not in [item.id for item in found]:
        found = [baseline, *found]
    if len(found) > MOST:
        raise _too_many(len(found))
    return kind, found, baseline


def _as_runs(home: Home, references: Sequence[str]) -> list[str]:
    """Return the references with `run:` in front of those that mean a run and no version.

    They are returned unchanged when none of them means a run.
    """

    def finds(find: Callable[[Home, str], object], text: str) -> bool:
        try:
            find(home, text)
        except (NotFoundError, InvalidInputError):
            return False
        return True

    others = [text for text in references if run_name(text) is None and not finds(_version, text)]
    if not any(finds(finding_runs.run, text) for text in others):
        return list(references)
    return [f"{RUN}{text}" if text in others else text for text in references]


def _version(home: Home, text: str) -> ArtifactVersion:
    return finding.version(home, parse_ref(text))


def _kind(asked: Candidates) -> ComparedKind:
    """Return the kind of the items; raises `WrongUsageError` unless there is one selection."""
    chosen = [bool(asked.references), asked.pipeline is not None, asked.artifact is not None]
    if chosen.count(True) != 1:
        raise WrongUsageError(
            "references, a pipeline and an artifact exclude each other"
            if any(chosen)
            else "nothing to compare is given",
            hint="give two or more references, or a pipeline, or an artifact",
        )
    if not asked.references:
        return "artifact_version" if asked.pipeline is None else "run"
    if asked.last is not None:
        raise WrongUsageError(
            "last takes the newest runs of a pipeline or versions of an artifact",
            hint="leave out last, or give a pipeline or an artifact instead of references",
        )
    are_runs = [run_name(text) is not None for text in asked.references]
    if len(set(are_runs)) > 1:
        raise _mixed()
    return "run" if are_runs[0] else "artifact_version"


def _baseline(home: Home, kind: ComparedKind, text: str | None) -> Found | None:
    """Return the baseline; among runs a name without `run:` is a run's."""
    if text is None:
        return None
    if kind == "artifact_version" and run_name(text) is not None:
        raise _mixed()
    return _find(home, kind, [text])[0]


def _referred(home: Home, kind: ComparedKind, asked: Candidates) -> list[Found]:
    """Return the items that the references mean, without duplicates."""
    references = asked.references
    if len(references) > MOST and not asked.filters:
        raise _too_many(len(references))
    found = list({item.id: item for item in _find(home, kind, references)}.values())
    if len(found) + (asked.baseline is not None) < 2:
        raise _too_few(f"{references[0]!r} alone")
    return found


def _find(home: Home, kind: ComparedKind, references: Sequence[str]) -> list[Found]:
    db = home.catalog
    if kind == "run":
        names = [run_name(text) or text for text in references]
        return [PipelineRun.of(row, home.origin) for row in find_runs(db, names)]
    refs = [parse_ref(text) for text in references]
    with hinting_at_runs(db):
        return [ArtifactVersion.of(row, home.origin) for row in find_versions(db, refs)]


def _newest(home: Home, kind: ComparedKind, asked: Candidates, *, others: int) -> list[Found]:
    """Return the newest items of a pipeline or an artifact that match all filters, oldest first.

    `others` is the number of further items in the comparison.
    """
    last = asked.last
    if last is not None and last < 1:
        raise WrongUsageError(f"last is {last}, which selects nothing", hint="give 1 or more")
    most = MOST + 1 if last is None else min(last, MOST + 1)  # one too many is enough to know
    listed = _listed(home, kind, asked, 0 if asked.filters else most)
    total = min(listed.total, last or listed.total)
    if total + others < 2:
        raise _too_few("the only one" if listed.total == 1 else f"only one of {listed.total}")
    kept: list[Found] = []
    for batch in batches(listed, _BATCH):
        kept += _kept(home, batch, asked)
        if len(kept) >= most:
            break
    if not kept:
        _check_filters(home, next(batches(listed, _BATCH)), asked)
    if len(kept[:most]) > MOST:
        raise _too_many(f"more than {MOST}" if asked.filters else total)
    return kept[:most][::-1]


def _listed(home: Home, kind: ComparedKind, asked: Candidates, size: int) -> Page[Any]:
    """Return a listing, newest first; raises `NotFoundError` when there is nothing to list."""
    if kind == "run":
        pipeline = finding_runs.pipeline(home, asked.pipeline or "", by_start=True)
        filters = [("pipeline", f"equals:{pipeline.name}")]
        return listing_runs.list_runs(home, Listing(size=size, filters=filters))
    artifact = finding.artifact(home, asked.artifact or "")
    if artifact.version_count == 0:
        raise NotFoundError(f"artifact {artifact.name!r} has no versions")
    filters = [("artifact", f"equals:{artifact.name}")]
    return listing.list_versions(home, Listing(size=size, filters=filters))


def _kept(home: Home, found: Sequence[Found], asked: Candidates) -> list[Found]:
    """Return the items that match all filters."""
    if not asked.filters:
        return list(found)
    table = lay_out(subjects_of(home, found))
    kept = [True] * len(found)
    for name, text in asked.filters:
        values, fact = table.values_of(name)
        holds = matching(fact or name, text, values, is_fact=fact is not None)
        kept = [before and now for before, now in zip(kept, holds, strict=True)]
    return [item for item, is_kept in zip(found, kept, strict=True) if is_kept]


def _check_filters(home: Home, found: Sequence[Found], asked: Candidates) -> None:
    """Raise `WrongUsageError` for a filter whose key no item has, after filters left nothing."""
    table = lay_out(subjects_of(home, found))
    for name, _ in asked.filters:
        values, fact = table.values_of(name)
        if values and fact is None and not any(is_there for is_there, _ in values):
            raise WrongUsageError(f"cannot filter by {name!r}", hint=hint_of(name, table))


def subjects_of(home: Home, found: Sequence[Found]) -> list[Subject]:
    """Return the items as subjects of a comparison, each with a unique name."""
    names = [item.name if isinstance(item, PipelineRun) else item.ref for item in found]
    counts = Counter(names)
    # `NAME (ID)` with a shortened ID may itself be the name of another run; a whole ID is unique.
    short = [
        name if counts[name] == 1 else f"{name} ({item.id_text[:8]})"
        for name, item in zip(names, found, strict=True)
    ]
    counts = Counter(short)
    runs = [item.id_text for item in found if isinstance(item, PipelineRun)]
    outputs = numbers_of_outputs(home.catalog, runs)
    return [
        _subject(
            item,
            name if counts[name] == 1 else f"{name} ({item.id_text})",
            outputs.get(item.id_text, {}),
        )
        for name, item in zip(short, found, strict=True)
    ]


def _subject(item: Found, name: str, outputs: Mapping[str, Numbers]) -> Subject:
    tags = tuple(str(tag) for tag in item.tags)
    if isinstance(item, ArtifactVersion):
        column = ComparedItem(
            id=item.id_text,
            name=name,
            created=item.kept("created"),
            artifact=str(item.artifact),
            version=item.version,
            type=str(item.type),
            size_bytes=item.size_bytes,
            file_count=item.file_count,
            tags=tags,
        )
        return Subject(column, item.metadata, {})
    column = ComparedItem(
        id=item.id_text,
        name=name,
        created=item.kept("started"),
        status=item.status,
        pipeline=str(item.pipeline),
        duration_s=item.duration_s,
        tags=tags,
    )
    return Subject(column, _without_series(item.all_metadata), _parameters(item), outputs)


def _without_series(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a run without the points of series, whose last values it has, too."""
    return {key: value for key, value in metadata.items() if not _is_series(key, value)}


def _is_series(key: str, value: object) -> bool:
    is_named = key == SERIES or key.endswith(f"::{SERIES}")
    return (
        is_named and isinstance(value, Mapping) and all(isinstance(v, list) for v in value.values())
    )


def _parameters(run: PipelineRun) -> Mapping[str, object]:
    """Return the variables of a run file, and the parameters of each step."""
    called = {name: step.parameters for name, step in run.steps.items() if step.parameters}
    variables = run.details.get("vars")
    return {**({"vars": variables} if variables else {}), **called}


def _mixed() -> WrongUsageError:
    return WrongUsageError(
        "runs and versions cannot be compared with each other",
        hint=f"write {RUN}NAME for every run, or give versions only",
    )


def _too_few(what: str) -> WrongUsageError:
    return WrongUsageError(
        f"{what} cannot be compared",
        hint="give at least two, or a baseline besides; all versions or runs are those of an"
        " artifact (--artifact NAME) or a pipeline (--pipeline NAME)",
    )


def _too_many(count: int | str) -> InvalidInputError:
    return InvalidInputError(
        f"{count} are too many to compare: {MOST} at the most",
        hint=f"narrow them down by filters (--filter accuracy=gt:0.9), or with --last {MOST}",
    )
