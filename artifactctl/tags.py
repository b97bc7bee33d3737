"""Tags as the arguments of Python programs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

from artifactctl.enums import ColorVariants
from artifactctl.errors import InvalidInputError
from artifactctl.refs import check_new_tag


@dataclass(frozen=True)
class Tag:
    """A tag; an `exclusive` one is on one version of an artifact at a time.

    A pipeline's `cascade` tag is added to every version that its runs make. What is None is not
    said: a new tag then has a colour by its name, and an existing one stays as it is.
    """

    name: str
    color: ColorVariants | str | None = None
    exclusive: bool | None = None
    cascade: bool | None = None

    def __post_init__(self) -> None:
        if self.color is not None:
            object.__setattr__(self, "color", ColorVariants.parse(self.color))


Tags = str | Tag | Sequence[str | Tag]
"""One tag, or several."""


def whole(tags: Tags) -> list[Tag]:
    """Return the tags, with names in normal form (NFC) and each name once.

    Raises `InvalidInputError` for an invalid name.
    """
    several = [tags] if isinstance(tags, str | Tag) else tags
    if not isinstance(several, Iterable):
        raise InvalidInputError(
            f"tags must be texts, not {type(tags).__name__}: {tags!r}", hint="give a list of texts"
        )
    found: dict[str, Tag] = {}
    for tag in several:
        given = tag if isinstance(tag, Tag) else Tag(tag)
        name = check_new_tag(given.name)
        found[name] = _merged(found.get(name, Tag(name)), given)
    return list(found.values())


def names_of(tags: Tags, *, exclusive: bool | None = None) -> list[str]:
    """Return the names in normal form (NFC) without duplicates.

    `exclusive` filters them unless None.

    Raises `InvalidInputError` for an invalid name.
    """
    return [tag.name for tag in whole(tags) if exclusive in (None, bool(tag.exclusive))]


def color_of(name: str) -> ColorVariants:
    """Return the colour of a tag that was given none: always the same one for a name."""
    # Not hash(), which differs from process to process.
    return list(ColorVariants)[crc32(name.encode()) % len(ColorVariants)]


def _merged(known: Tag, given: Tag) -> Tag:
    """Return both tags, which have one name, as one; what the later one says counts."""
    return Tag(
        known.name,
        known.color if given.color is None else given.color,
        known.exclusive if given.exclusive is None else given.exclusive,
        known.cascade if given.cascade is None else given.cascade,
    )
