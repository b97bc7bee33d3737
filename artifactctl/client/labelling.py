"""The verbs that change what is said of versions and artifacts: tags, metadata, names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.reading.finding import find_artifact, find_version, newer_with_tag
from artifactctl.catalog.rows import Version
from artifactctl.catalog.writing import labelling
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.errors import ConflictError, WrongUsageError
from artifactctl.metadata import plain_metadata
from artifactctl.refs import Ref, parse_ref
from artifactctl.results.artifacts import Artifact
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.results.reports import Tagging
from artifactctl.tags import Tag, Tags, names_of

if TYPE_CHECKING:
    from artifactctl.client import Client


def labels_of(add: Tags | None, remove: Tags | None, *, exclusive: bool = False) -> Labels:
    """Tags to add and to remove; `exclusive`: all that are added are.

    Raises `WrongUsageError` for a tag that cascades: only a pipeline's do.
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


def tag(client: "Client", ref: Ref, labels: Labels, expect: str | None) -> Tagging:
    """Change the tags of a version, and the records of all that this changed."""
    version = find_version(client.catalog, ref)
    notes: tuple[str, ...] = ()
    if expect is not None:
        labels = _expecting(client, version, labels, expect)
    if labels.all or labels.remove:
        with client.home.change() as change:
            changed = labelling.change_version_tags(change.transaction, version.id, labels)
            change.record(changed.ids, changed.taken)
        notes += change.notes
    for name in labels.all:
        newer = newer_with_tag(client.catalog, version, name)
        if newer is not None:
            notes += (
                f"{version.artifact}@{name} still means {newer.artifact}:{newer.version}, which is"
                " newer and has the tag too; --exclusive takes it from there",
            )
    return Tagging(client.find_artifact_version(version.id), notes)


def update_artifact(client: "Client", name: str, labels: Labels, new_name: str | None) -> Artifact:
    """Rename and label an artifact."""
    artifact = find_artifact(client.catalog, name)
    if labels.all or labels.remove or new_name is not None:
        with client.home.change() as change:
            change.record(
                labelling.change_artifact(change.transaction, artifact.id, labels, new_name)
            )
    return client.find_artifact(artifact.id)


def check_custom_name(artifact: Artifact, wanted: bool | None) -> None:
    """Raise `WrongUsageError` for a wish that whether a person chose the name be otherwise."""
    if wanted not in (None, artifact.has_custom_name):
        raise WrongUsageError(
            f"whether the name of {artifact.name!r} was chosen is a fact, and cannot be changed",
            hint="leave out has_custom_name",
        )


def log_metadata(client: "Client", ref: Ref, metadata: Mapping[str, Any]) -> ArtifactVersion:
    """Set keys of a version's metadata."""
    checked = plain_metadata(metadata)
    version = find_version(client.catalog, ref)
    with client.home.change() as change:
        change.record(labelling.put_version_metadata(change.transaction, version.id, checked))
    return client.find_artifact_version(version.id)


def _expecting(client: "Client", version: Version, labels: Labels, expect: str) -> Labels:
    expected = find_version(client.catalog, parse_ref(expect)) if expect else None
    if expected is not None and expected.artifact != version.artifact:
        raise ConflictError(
            f"{expect} is a version of another artifact than {version.artifact!r}",
            hint="a tag moves between versions of one artifact",
        )
    return labels.expecting("" if expected is None else expected.id)
