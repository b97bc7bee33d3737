"""What a registration would do: which files, under which version; nothing is written."""

from collections.abc import Sequence
from dataclasses import replace

from artifactctl import transfer
from artifactctl.catalog.reading.finding import find_latest, next_number, used_versions
from artifactctl.enums import ArtifactType
from artifactctl.errors import WrongUsageError
from artifactctl.home import Home
from artifactctl.manifest import Manifest
from artifactctl.results.reports import SILENT, PlannedRegistration, Progress
from artifactctl.semver import next_version
from artifactctl.transfer import Collected
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.registering import Collecting, are_read_once, check_free, collect_options


def plan(
    home: Home,
    paths: Sequence[str],
    spec: VersionSpec,
    collecting: Collecting,
    progress: Progress | None = None,
) -> PlannedRegistration:
    """Return what `register` would do; raises what it does before it stores anything.

    Files are read only where that tells whether the content is that of the latest version.
    """
    spec = spec.checked()
    check_free(home, spec)
    if are_read_once(paths):
        raise WrongUsageError(
            "a dry run cannot read standard input or a pipe", hint="leave out --dry-run"
        )
    files, notes, is_same = _look(home, paths, spec, collecting, progress or SILENT)
    latest = find_latest(home.catalog, spec.name)
    is_kept = is_same and spec.if_changed and latest is not None
    kept = latest if is_kept else None
    return PlannedRegistration(
        artifact=spec.name,
        version=_next(home, spec) if kept is None else kept.version,
        type=(spec.type or ArtifactType.DATA).value if kept is None else kept.type,
        is_new=kept is None,
        unchanged=is_same,
        files=files,
        notes=notes,
    )


def _look(
    home: Home, paths: Sequence[str], spec: VersionSpec, collecting: Collecting, progress: Progress
) -> tuple[dict[str, int], tuple[str, ...], bool]:
    """The sizes of files by path, notes, and whether they are those of the latest version."""
    options = collect_options(home, paths, collecting)
    if collecting.link:
        manifest, notes = transfer.link(
            paths[0],
            options,
            progress.advance,
            timeout_s=home.settings.timeout_s,
            known=home.known_files(is_asked=not collecting.rehash),
            is_noting=False,
        )
        sizes = {entry.path: entry.size_bytes for entry in manifest.entries}
        return sizes, notes, _is_latest(home, spec.name, manifest)
    options = replace(options, own=(*options.own, *home.own_paths()))
    collected = transfer.collect(paths, options)
    progress.expect(collected.size_bytes)
    sizes = {file.member: file.source.size_bytes for file in collected.files if file.source}
    is_same = _may_be_latest(home, spec.name, sizes) and _is_latest(
        home, spec.name, _hashed(home, collected, collecting, progress)
    )
    return sizes, collected.notes, is_same


def _hashed(
    home: Home, collected: Collected, collecting: Collecting, progress: Progress
) -> Manifest:
    known = home.known_files(is_asked=not collecting.rehash)
    return transfer.hash_files(collected, progress.advance, known=known, is_noting=False)


def _may_be_latest(home: Home, name: str, sizes: dict[str, int]) -> bool:
    """Whether the latest version has as many files and bytes: others need not be read."""
    latest = find_latest(home.catalog, name)
    counts = (len(sizes), sum(sizes.values()))
    return latest is not None and (latest.file_count, latest.size_bytes) == counts


def _is_latest(home: Home, name: str, manifest: Manifest) -> bool:
    latest = find_latest(home.catalog, name)
    content = (manifest.content_digest, manifest.link, None)
    return latest is not None and (latest.digest, latest.link, latest.data_deleted) == content


def _next(home: Home, spec: VersionSpec) -> str:
    """The version that would be allocated now."""
    if spec.bump is not None:
        return next_version(used_versions(home.catalog, spec.name), spec.bump)
    return spec.version or str(next_number(home.catalog, spec.name))
