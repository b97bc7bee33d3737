"""Tags as the arguments of Python programs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from artifactctl.errors import InvalidInputError
from artifactctl.refs import check_tag


@dataclass(frozen=True)
class Tag:
    """A tag; an `exclusive` one is on one version of an artifact at a time.

    A pipeline's `cascade` tag is added to every version that its runs make. `color` is accepted as
    in ZenML, and not stored.
    """

    name: str
    color: str | None = None
    exclusive: bool | None = False
    cascade: bool | None = False

    def __post_init__(self) -> None:
        for field in ("exclusive", "cascade"):
            object.__setattr__(self, field, bool(getattr(self, field)))


Tags = str | Tag | Sequence[str | Tag]
"""One tag, or several."""


def names_of(tags: Tags, *, exclusive: bool | None = None) -> list[str]:
    """Return the names in normal form (NFC) without duplicates.

    `exclusive` filters them unless None.

    Raises `InvalidInputError` for an invalid name.
    """
    several = [tags] if isinstance(tags, str | Tag) else tags
    if not isinstance(several, Iterable):
        raise InvalidInputError(
            f"tags must be texts, not {type(tags).__name__}: {tags!r}", hint="give a list of texts"
        )
    whole = [tag if isinstance(tag, Tag) else Tag(tag) for tag in several]
    wanted = [tag for tag in whole if exclusive is None or tag.exclusive is exclusive]
    return list(dict.fromkeys(check_tag(tag.name) for tag in wanted))
