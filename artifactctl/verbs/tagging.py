"""The verbs on tags themselves: making, finding, changing, deleting, giving to many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.tagging import cascading_among, find_tag
from artifactctl.catalog.writing import labelling, tagging
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.catalog.writing.tagging import TagChange as TagChange
from artifactctl.enums import TaggableResourceTypes
from artifactctl.errors import InvalidInputError, NotFoundError, TagConflictError, WrongUsageError
from artifactctl.home import Home, repeated
from artifactctl.refs import Ref, check_new_tag, is_like_id
from artifactctl.results.tags import TagDetails
from artifactctl.tags import Tag, Tags, names_of, whole
from artifactctl.verbs import finding, finding_runs


@dataclass(frozen=True, slots=True)
class TagResource:
    """What a tag is attached to: the ID of an artifact, a version, a pipeline or a run."""

    id: str | UUID
    type: TaggableResourceTypes


def get(home: Home, name_or_id: str, *, by_start: bool) -> TagDetails:
    """Return the tag with that name or ID; raises `NotFoundError` when there is none."""
    return TagDetails.of(find_tag(home.catalog, name_or_id, by_start=by_start), home.origin)


@repeated
def create(home: Home, tag: Tag) -> TagDetails:
    """Make a tag; raises `EntityExistsError` when there is one of this name."""
    (made,) = whole(tag)
    _check_new(made.name)
    with home.change() as change:
        tag_id = tagging.create_tag(change.transaction, made)
        change.record([tag_id])
    return get(home, tag_id, by_start=False)


@repeated
def update(home: Home, name_or_id: str, wanted: TagChange) -> TagDetails:
    """Change a tag, and rename it wherever it is; raises what the catalog's `update_tag` does."""
    if wanted.name is not None:
        check_new_tag(wanted.name)
        _check_new(wanted.name)
    find_tag(home.catalog, name_or_id)  # so that a wrong name creates no catalog
    with home.change() as change:
        found = find_tag(change.transaction, name_or_id)
        change.record(tagging.update_tag(change.transaction, found.id, wanted))
    return get(home, found.id, by_start=False)


@repeated
def delete(home: Home, name_or_id: str) -> None:
    """Delete a tag, also from everything that carries it."""
    find_tag(home.catalog, name_or_id)  # as in `update`
    with home.change() as change:
        found = find_tag(change.transaction, name_or_id)
        change.record(tagging.delete_tag(change.transaction, found.id))


@repeated
def attach(home: Home, tag: str | Tag, resources: Sequence[TagResource]) -> tuple[str, ...]:
    """Give a tag to resources, all or none; return notes on who lost it."""
    check_given(home, tag)
    (given,) = whole(tag)
    labels = Labels([given.name], exclusive=[given.name] if given.exclusive else [])
    targets = [_target(home, resource) for resource in resources]
    with home.change() as change:
        change.record(tagging.declare(change.transaction, [given]))
        for kind, target in targets:
            changed = _change(change.transaction, kind, target, labels)
            change.record(changed.ids, changed.taken if kind == _VERSION else ())
    return change.notes


@repeated
def detach(home: Home, name_or_id: str, resources: Sequence[TagResource]) -> None:
    """Take a tag from resources, all or none; raises `NotFoundError` when there is no such tag."""
    labels = Labels(remove=[find_tag(home.catalog, name_or_id).name])
    targets = [_target(home, resource) for resource in resources]
    with home.change() as change:
        for kind, target in targets:
            change.record(_change(change.transaction, kind, target, labels).ids)


@repeated
def tag_pipeline(home: Home, pipeline: str, add: Tags, remove: Tags) -> tuple[str, ...]:
    """Add and remove tags of a pipeline; return all that it has then."""
    name = finding_runs.pipeline(home, pipeline).name
    labels = Labels(names_of(add, exclusive=False), names_of(remove), names_of(add, exclusive=True))
    with home.change() as change:
        change.record(tagging.declare(change.transaction, whole(add)))
        change.record(labelling.change_pipeline_tags(change.transaction, name, labels))
    return tuple(map(str, finding_runs.pipeline(home, name).tags))


def cascading(home: Home, tags: Sequence[str | Tag]) -> tuple[str | Tag, ...]:
    """Return the tags of a pipeline; one that is kept as cascading says so itself."""
    names = [tag.name for tag in whole(tags)]
    kept = cascading_among(home.catalog, names)
    return tuple(
        replace(tag, cascade=True) if tag.cascade is None and tag.name in kept else tag
        for tag in whole(tags)
    )


def check_given(home: Home, tags: Tags) -> None:
    """Raise `TagConflictError` for a `Tag` that says otherwise than the catalog.

    Raises `WrongUsageError` for one that cascades.
    """
    for tag in [tags] if isinstance(tags, str | Tag) else tags:
        if not isinstance(tag, Tag):
            continue
        if tag.cascade:
            raise WrongUsageError(
                "a tag that cascades is given to a pipeline", hint="write @pipeline(tags=[Tag(…)])"
            )
        try:
            known = find_tag(home.catalog, tag.name)
        except NotFoundError:
            continue
        if known.exclusive is not bool(tag.exclusive):
            is_one = "an exclusive" if known.exclusive else "not an exclusive"
            raise TagConflictError(
                f"tag {tag.name!r} is {is_one} one",
                hint="give its name as a text, or update it first (Client.update_tag)",
            )


_VERSION = TaggableResourceTypes.ARTIFACT_VERSION


def _target(home: Home, resource: TagResource) -> tuple[TaggableResourceTypes, str]:
    """Return the kind of a resource with its ID, or its name for a pipeline.

    Raises `NotFoundError` when there is none.
    """
    word, text = str(getattr(resource.type, "value", resource.type)), str(resource.id)
    try:
        kind = TaggableResourceTypes(word)
    except ValueError:
        known = ", ".join(TaggableResourceTypes)
        raise WrongUsageError(f"a {word!r} has no tags", hint=f"use {known}") from None
    if kind is _VERSION:
        return kind, find_version(home.catalog, Ref(text)).id
    if kind is TaggableResourceTypes.ARTIFACT:
        return kind, finding.artifact(home, text).id_text
    if kind is TaggableResourceTypes.PIPELINE:
        return kind, finding_runs.pipeline(home, text).name
    return kind, finding_runs.run(home, text).id_text


def _change(
    transaction: Transaction, kind: TaggableResourceTypes, target: str, labels: Labels
) -> labelling.Changed:
    if kind is _VERSION:
        return labelling.change_version_tags(transaction, target, labels)
    if kind is TaggableResourceTypes.PIPELINE_RUN:
        return labelling.change_run_tags(transaction, target, labels)
    if kind is TaggableResourceTypes.PIPELINE:
        return labelling.Changed(labelling.change_pipeline_tags(transaction, target, labels))
    return labelling.Changed(labelling.change_artifact(transaction, target, labels))


def _check_new(name: str) -> None:
    if is_like_id(name):
        raise InvalidInputError("tag {} must not look like an ID", given=name)
