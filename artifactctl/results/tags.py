"""`TagDetails`: a tag as users see it, with its colour and what carries it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from artifactctl import plain_text
from artifactctl.catalog import rows
from artifactctl.enums import ColorVariants
from artifactctl.results.asking import Origin, Result, bind
from artifactctl.results.names import color_in
from artifactctl.results.values import Converted, identifier, moment


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class TagDetails(Result):
    """A tag: its name and colour, how it behaves, and how many artifacts and others carry it.

    An `exclusive` tag is on one version of an artifact, and on one run of a pipeline, at a time. A
    `cascade` tag of a pipeline is also on every version that its runs make. Who carries a
    `protected` tag changes only when that is expected.
    """

    NOUN: ClassVar[str] = "tag"
    SHOWN: ClassVar[tuple[str, ...]] = ("tag", "color", "exclusive", "tagged_count", "updated")
    CELLS: ClassVar[tuple[str, ...]] = (
        *("id", "name", "color", "exclusive", "cascade", "protected", "tagged_count"),
        *("created", "updated"),
    )

    id: Converted[UUID] = Converted(identifier)
    name: str
    color: Converted[ColorVariants] = Converted(color_in)
    exclusive: bool
    cascade: bool
    protected: bool
    tagged_count: int
    created: Converted[datetime] = Converted(moment)
    updated: Converted[datetime] = Converted(moment)

    @classmethod
    def of(cls, row: rows.Tag, origin: Origin) -> "TagDetails":
        """Return a `TagDetails` made from a row of the catalog."""
        made = cls(
            id=row.id,
            name=row.name,
            color=row.color,
            exclusive=row.exclusive,
            cascade=row.cascade,
            protected=row.protected,
            tagged_count=row.tagged_count,
            created=row.created,
            updated=row.updated,
        )
        return bind(made, origin)

    def __repr__(self) -> str:
        return plain_text.escape(f"<Tag {self.name} ({self.kept('color')}, {self.id_text})>")

    def facts(self) -> dict[str, Any]:
        """Return the facts that a notebook shows, by name."""
        return {
            "tag": self.name,
            "color": self.kept("color"),
            "exclusive": self.exclusive,
            "cascade": self.cascade,
            "protected": self.protected,
            "tagged_count": self.tagged_count,
            "updated": self._time("updated"),
            "created": self._time("created"),
            "id": self.id_text,
        }

    @property
    def other_cells(self) -> dict[str, Any]:
        """Return the further cells of a data frame's row; a tag has none."""
        return {}
