"""The client's methods for tags themselves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from artifactctl import verbs
from artifactctl.catalog.reading.fields import OLDEST_FIRST
from artifactctl.client.arguments import Filter, listing_of
from artifactctl.enums import ColorVariants
from artifactctl.home import Home
from artifactctl.tags import Tag, Tags

if TYPE_CHECKING:
    from artifactctl.results.pages import Page
    from artifactctl.results.tags import TagDetails
    from artifactctl.verbs.tagging import TagResource


class TagMethods:
    """The methods of `Client` for tags."""

    home: Home

    def create_tag(
        self,
        name: str,
        exclusive: bool = False,
        color: ColorVariants | str | None = None,
        *,
        cascade: bool = False,
    ) -> "TagDetails":
        """Make a tag; without a `color` it gets one by its name.

        A tag that is given somewhere is made by that. An `exclusive` one is on one version of an
        artifact, and on one run of a pipeline, at a time. One with `cascade` is also on every
        version that the runs of a pipeline make to which it is given. Raises `EntityExistsError`
        when there is one of this name.
        """
        return verbs.tagging.create(self.home, Tag(name, color, exclusive, cascade))

    def get_tag(
        self,
        tag_name_or_id: str | UUID,
        allow_name_prefix_match: bool = True,
        hydrate: bool = True,  # noqa: ARG002 (nothing is left out in any case)
    ) -> "TagDetails":
        """Return the tag with that name or ID, or the only one whose name or ID starts so.

        Raises `NotFoundError` (a `KeyError`), and `AmbiguousError` for the start of several.
        """
        return verbs.tagging.get(self.home, str(tag_name_or_id), by_start=allow_name_prefix_match)

    def list_tags(
        self,
        sort_by: str | Sequence[str] = "",
        page: int = 1,
        size: int = 20,
        logical_operator: str = "and",
        **filters: Filter,
    ) -> "Page[TagDetails]":
        """Return one page of tags, oldest first; `size` 0 lists everything.

        `filters` are `id`, `name`, `color`, `exclusive`, `cascade`, `protected`, `tagged_count`,
        `resource_type`, `created` and `updated`.
        """
        order = OLDEST_FIRST if sort_by in ("", "created") else sort_by
        asked = listing_of(page, size, order, logical_operator, filters)
        return verbs.listing.list_tags(self.home, asked)

    def update_tag(
        self,
        tag_name_or_id: str | UUID,
        name: str | None = None,
        exclusive: bool | None = None,
        color: ColorVariants | str | None = None,
        *,
        cascade: bool | None = None,
    ) -> "TagDetails":
        """Change a tag, and rename it wherever it is; None leaves a property as it is.

        Raises `EntityExistsError` when another tag has the name, `TagConflictError` (a
        `ValueError`) when several versions of an artifact share it and it cannot be exclusive, and
        `ConflictError` when it is protected.
        """
        shade = None if color is None else ColorVariants.parse(color).value
        wanted = verbs.tagging.TagChange(name, shade, exclusive, cascade)
        return verbs.tagging.update(self.home, str(tag_name_or_id), wanted)

    def protect_tag(self, tag_name_or_id: str | UUID, protected: bool = True) -> "TagDetails":
        """Protect a tag, or end that.

        Who carries a protected tag changes only where it is said which version has it (`expect`);
        the tag is neither renamed nor deleted, and what carries it is neither deleted nor pruned.
        """
        wanted = verbs.tagging.TagChange(protected=protected)
        return verbs.tagging.update(self.home, str(tag_name_or_id), wanted)

    def delete_tag(self, tag_name_or_id: str | UUID) -> None:
        """Delete a tag, also from everything that carries it.

        Raises `ConflictError` when it is protected.
        """
        verbs.tagging.delete(self.home, str(tag_name_or_id))

    def attach_tag(self, tag: str | Tag, resources: "Sequence[TagResource]") -> tuple[str, ...]:
        """Give a tag to resources, all or none; return notes on who lost it.

        A tag that does not exist is made. Raises `TagConflictError` (a `ValueError`) for an
        exclusive tag on an artifact or a pipeline, and for a `Tag` that is exclusive in the catalog
        only, or here only.
        """
        return verbs.tagging.attach(self.home, tag, resources)

    def check_tags(self, tags: Tags) -> None:
        """Raise `TagConflictError` for a `Tag` that cascades, or differs from the catalog's."""
        verbs.tagging.check_given(self.home, tags)

    def cascading(self, tags: "Sequence[str | Tag]") -> "tuple[str | Tag, ...]":
        """Return the tags of a pipeline; one that is kept as cascading says so itself."""
        return verbs.tagging.cascading(self.home, tags)

    def detach_tag(self, tag_name_or_id: str | UUID, resources: "Sequence[TagResource]") -> None:
        """Take a tag from resources, all or none; those without it stay as they are."""
        verbs.tagging.detach(self.home, str(tag_name_or_id), resources)

    def tag_pipeline(
        self, name_or_id: str | UUID, add: Tags = (), remove: Tags = ()
    ) -> tuple[str, ...]:
        """Add and remove tags of a pipeline, by its whole name or ID; return all that it has."""
        return verbs.tagging.tag_pipeline(self.home, str(name_or_id), add, remove)
