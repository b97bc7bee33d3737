"""Which versions `prune` deletes, and why: a plan, made before anything is deleted."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.engine.temporary import Marks, kept
from artifactctl.catalog.moments import as_catalog
from artifactctl.catalog.reading.lineage import Use, uses_of
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.rows import Version
from artifactctl.errors import IntegrityError, UnsafeError
from artifactctl.manifest import Manifest
from artifactctl.store import Store
from artifactctl.upkeep.sweeping import Referred

_VERSION_FIELDS = tuple(item.name for item in fields(Version) if item.name != "metadata")


@dataclass(frozen=True, slots=True)
class PruneRules:
    """Which versions may be deleted. Without a rule, only those whose run was deleted.

    `keep_last` keeps the newest versions of each artifact; `keep_tags` keep versions with one of
    these tags, or a `protected` one; `older_than` is measured from now; `data_only` deletes bytes
    and keeps the rows.
    """

    unused: bool = False
    keep_last: int | None = None
    keep_tags: Sequence[str] = ()
    older_than: timedelta | None = None
    include_runs: bool = False
    data_only: bool = False
    protected: Collection[str] = ()

    @property
    def has_rule(self) -> bool:
        """Whether versions that were registered by hand may be deleted at all."""
        return self.unused or self.keep_last is not None or self.older_than is not None


@dataclass(frozen=True, slots=True)
class PruneDecision:
    """A version, whether it is deleted, and why; `frees_bytes` is the size that comes free then.

    The version is without its metadata, because a plan may have a million of them.
    """

    version: Version
    goes: bool
    reason: str
    uses: Sequence[Use] = field(default=())
    frees_bytes: int = 0


def decide(
    catalog: Database, artifacts: Iterable[Iterable[Version]], rules: PruneRules
) -> Iterator[PruneDecision]:
    """Decide for each version of each artifact; versions are given newest first."""
    limit = None if rules.older_than is None else _before(rules.older_than)
    for versions in artifacts:
        position = 0
        for batch in batches(versions):
            uses: dict[int, list[Use]] = {}
            for use in uses_of(catalog, [version.seq for version in batch]):
                uses.setdefault(use.version_seq, []).append(use)
            for version in batch:
                used = uses.get(version.seq, [])
                goes, reason = _judge(version, position, used, rules, limit)
                yield PruneDecision(replace(version, metadata={}), goes, reason, used)
                position += 1


def spool(choices: Iterable[PruneDecision]) -> Sequence[PruneDecision]:
    """A plan that can be iterated more than once, on disk when it is long."""
    return kept(choices, _dump, _load)


def _dump(choice: PruneDecision) -> list[Any]:
    version = [getattr(choice.version, name) for name in _VERSION_FIELDS]
    uses = [astuple(use) for use in choice.uses]
    return [version, choice.goes, choice.reason, uses, choice.frees_bytes]


def _load(values: list[Any]) -> PruneDecision:
    version, goes, reason, uses, frees_bytes = values
    said = dict(zip(_VERSION_FIELDS, version, strict=True))
    return PruneDecision(
        Version(**{**said, "tags": tuple(said["tags"])}),
        goes,
        reason,
        [Use(*use) for use in uses],
        frees_bytes,
    )


def _before(age: timedelta) -> str:
    try:
        return as_catalog(datetime.now(UTC) - age)
    except OverflowError:
        return ""  # before every time: no version is as old


def _judge(
    version: Version, position: int, uses: Sequence[Use], rules: PruneRules, limit: str | None
) -> tuple[bool, str]:
    for reason in _reasons_to_stay(version, position, uses, rules, limit):
        return False, reason
    return True, _reason_to_go(version, uses, rules)


def _reasons_to_stay(
    version: Version, position: int, uses: Sequence[Use], rules: PruneRules, limit: str | None
) -> Iterable[str]:
    protected = [tag for tag in version.tags if tag in rules.protected]
    if protected:
        yield f"has the tag {protected[0]}, which is protected"
    kept_tags = [tag for tag in version.tags if tag in rules.keep_tags]
    if kept_tags:
        yield f"has the tag {kept_tags[0]}"
    if uses and not rules.include_runs:
        verb = "made" if uses[0].direction == "output" else "used"
        yield f"{verb} by run {uses[0].run}"
    if rules.keep_last is not None and position < rules.keep_last:
        yield f"among the newest {rules.keep_last}"
    if limit is not None and version.created >= limit:
        yield "not old enough"
    if not rules.has_rule and not uses and version.producer_run is None:
        yield "registered by hand; needs a rule such as --unused"
    if rules.data_only and version.data_deleted is not None:
        yield "its data was deleted before"
    if rules.data_only and version.link is not None:
        yield "linked data is never touched"


def _reason_to_go(version: Version, uses: Sequence[Use], rules: PruneRules) -> str:
    reasons = []
    if rules.keep_last is not None:
        reasons.append(f"not among the newest {rules.keep_last}")
    if rules.older_than is not None:
        reasons.append("old enough")
    if uses:
        reasons.append(f"run {uses[0].run} refers to it")
    elif version.producer_run is not None:
        reasons.append("its run was deleted")
    else:
        reasons.append("no run refers to it")
    return ", ".join(reasons)


def with_sizes(
    catalog: Database, store: Store, choices: Sequence[PruneDecision]
) -> Iterator[PruneDecision]:
    """The same decisions with the bytes that come free, each blob counted once.

    Raises `IntegrityError` when a manifest cannot be read, since what it refers to is unknown.
    """
    going = _Places(choice.version.seq for choice in choices if choice.goes)
    if not going:
        yield from choices
        return
    with closing(Marks()) as marks:
        referred = Referred(catalog, store, marks)
        referred.catch_up(leave_out=going)
        for choice in choices:
            frees_bytes = _freed(store, choice.version, referred) if choice.goes else 0
            yield replace(choice, frees_bytes=frees_bytes)


class _Places(Collection[int]):
    """A set of integers as bits, in pages that exist where one is set: a million fit in 125 kB."""

    _PAGE = 1 << 15

    def __init__(self, places: Iterable[int]) -> None:
        self._pages: dict[int, bytearray] = {}
        self._count = 0
        for place in places:
            page = self._pages.setdefault(place // self._PAGE, bytearray(self._PAGE // 8))
            page[place % self._PAGE // 8] |= 1 << place % 8
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def __contains__(self, place: object) -> bool:
        if not isinstance(place, int):
            return False
        page = self._pages.get(place // self._PAGE)
        return page is not None and bool(page[place % self._PAGE // 8] >> place % 8 & 1)

    def __iter__(self) -> Iterator[int]:
        for number, page in sorted(self._pages.items()):
            for offset in range(self._PAGE):
                if page[offset // 8] >> offset % 8 & 1:
                    yield number * self._PAGE + offset


def _freed(store: Store, version: Version, referred: Referred) -> int:
    if version.link is not None or version.data_deleted is not None:
        return 0
    try:
        manifest = Manifest.from_bytes(store.get_manifest(version.manifest))
    except (IntegrityError, UnsafeError):
        return 0
    sizes = {entry.digest: entry.size_bytes for entry in manifest.entries if entry.digest}
    sizes |= {item.digest: item.size_bytes for item in manifest.visualizations or ()}
    free = referred.missing(list(sizes))
    referred.mark(free)
    return sum(sizes[digest] for digest in free)
