"""The verbs that change tags, metadata, names and descriptions of versions and artifacts."""

from collections.abc import Iterator, Mapping, Sequence

from artifactctl.catalog.engine.protocol import Query
from artifactctl.catalog.reading.finding import (
    find_artifact,
    find_version,
    newer_with_tag,
    queries_of_newer_with_tag,
    queries_with_id,
)
from artifactctl.catalog.rows import Version
from artifactctl.catalog.writing import labelling, tagging
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.errors import ConflictError, WrongUsageError
from artifactctl.home import Home, repeated
from artifactctl.metadata import plain_metadata
from artifactctl.refs import Ref, check_description, check_new_name, parse_ref
from artifactctl.results.artifacts import Artifact
from artifactctl.results.versions import ArtifactVersion, Tagging
from artifactctl.tags import Tag, Tags, names_of, whole
from artifactctl.verbs import finding


@repeated
def tag(
    home: Home,
    ref: Ref,
    add: Tags | None,
    remove: Tags | None,
    *,
    exclusive: bool = False,
    expect: str | None = None,
) -> Tagging:
    """Change the tags of a version; return it with notes for the user."""
    labels = labels_of(add, remove, exclusive=exclusive)
    with home.foreseen():
        version = find_version(home.catalog, ref)
        notes: tuple[str, ...] = ()
        if expect is not None:
            labels = _expecting(home, version, labels, expect)
        if labels.all or labels.remove:
            with home.change() as change:
                labelling.foresee_tagging(change.transaction, version, labels)
                change.record(tagging.declare(change.transaction, whole(add or ())))
                changed = labelling.change_version_tags(change.transaction, version.id, labels)
                change.record(changed.ids, changed.taken)
                change.then_ask(_queries_after(version, labels))
            notes = change.notes
        notes += tuple(_notes_on_newer(home, version, labels))
        return Tagging(finding.version_with_id(home, version.id), notes)


def _queries_after(version: Version, labels: Labels) -> Iterator[Query]:
    yield from queries_with_id(version.id)
    for name in labels.all:
        yield from queries_of_newer_with_tag(version, name)


def _notes_on_newer(home: Home, version: Version, labels: Labels) -> Iterator[str]:
    for name in labels.all:
        newer = newer_with_tag(home.catalog, version, name)
        if newer is not None:
            yield (
                f"{version.artifact}@{name} still means {newer.artifact}:{newer.version}, which is"
                " newer and has the tag too; --exclusive takes it from there"
            )


@repeated
def update_artifact(
    home: Home,
    name: str,
    new_name: str | None,
    add: Tags | None,
    remove: Tags | None,
    *,
    has_custom_name: bool | None = None,
    description: str | None = None,
) -> Artifact:
    """Rename an artifact, change its tags and its description, which an empty one removes.

    `has_custom_name` is only compared with the row.
    """
    labels = labels_of(add, remove)
    if labels.exclusive:
        raise WrongUsageError("an exclusive tag is for versions and runs, not for artifacts")
    if new_name is not None:
        new_name = check_new_name(new_name)
    text = None if description is None else check_description(description)
    artifact = find_artifact(home.catalog, name)
    if has_custom_name not in (None, artifact.has_custom_name):
        raise WrongUsageError(
            f"whether the name of {artifact.name!r} was chosen is a fact, and cannot be changed",
            hint="leave out has_custom_name",
        )
    if labels.all or labels.remove or new_name is not None or description is not None:
        with home.change() as change:
            change.record(tagging.declare(change.transaction, whole(add or ())))
            change.record(
                labelling.change_artifact(change.transaction, artifact.id, labels, new_name)
            )
            if description is not None:
                change.record(labelling.describe(change.transaction, "artifact", artifact.id, text))
    return finding.artifact(home, artifact.id)


@repeated
def update_version(
    home: Home, ref: Ref, add: Tags | None, remove: Tags | None, description: str | None
) -> ArtifactVersion:
    """Change a version's tags and its description, which an empty one removes."""
    if description is None:
        return tag(home, ref, add, remove).version
    labels, text = labels_of(add, remove), check_description(description)
    version = find_version(home.catalog, ref)
    with home.change() as change:
        change.record(tagging.declare(change.transaction, whole(add or ())))
        changed = labelling.change_version_tags(change.transaction, version.id, labels)
        change.record(changed.ids, changed.taken)
        change.record(labelling.describe(change.transaction, "artifact_version", version.id, text))
    return finding.version(home, Ref(version.id))


@repeated
def log_metadata(home: Home, ref: Ref, metadata: Mapping[str, object]) -> ArtifactVersion:
    """Set keys of a version's metadata."""
    checked = plain_metadata(metadata)
    with home.foreseen():
        version = find_version(home.catalog, ref)
        with home.change() as change:
            labelling.foresee_metadata(change.transaction, version, list(checked))
            change.record(labelling.put_version_metadata(change.transaction, version.id, checked))
            change.then_ask(queries_with_id(version.id))
        return finding.version_with_id(home, version.id)


@repeated
def remove_metadata(home: Home, ref: Ref, keys: Sequence[str]) -> ArtifactVersion:
    """Remove keys of a version's metadata, all or none; raises `NotFoundError` for another key."""
    version = find_version(home.catalog, ref)
    with home.change() as change:
        change.record(labelling.remove_version_metadata(change.transaction, version.id, list(keys)))
    return finding.version(home, Ref(version.id))


def labels_of(add: Tags | None, remove: Tags | None, *, exclusive: bool = False) -> Labels:
    """Return the tags to add and to remove; with `exclusive` all added tags are exclusive.

    Raises `WrongUsageError` for a tag that cascades: only pipelines have such tags.
    """
    add, remove = add or (), remove or ()
    if any(
        isinstance(tag, Tag) and tag.cascade for tag in ([add] if isinstance(add, Tag) else add)
    ):
        raise WrongUsageError(
            "a tag that cascades is given to a pipeline", hint="write @pipeline(tags=[Tag(…)])"
        )
    usual = [] if exclusive else names_of(add, exclusive=False)
    alone = names_of(add, exclusive=None if exclusive else True)
    return Labels(usual, names_of(remove), alone)


def _expecting(home: Home, version: Version, labels: Labels, expect: str) -> Labels:
    expected = find_version(home.catalog, parse_ref(expect)) if expect else None
    if expected is not None and expected.artifact != version.artifact:
        raise ConflictError(
            f"{expect} is a version of another artifact than {version.artifact!r}",
            hint="a tag moves between versions of one artifact",
        )
    return labels.expecting("" if expected is None else expected.id)
