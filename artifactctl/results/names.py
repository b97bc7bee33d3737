"""Names with the attributes of what they name: texts to Python, JSON, YAML and pickle.

Scripts written for ZenML read `tag.name` and `artifact.name`, where names are plain here.
"""

from typing import Any, ClassVar, Self
from uuid import UUID

from artifactctl.catalog.rows import TagOn
from artifactctl.enums import ColorVariants
from artifactctl.errors import WrongUsageError
from artifactctl.home import Origin
from artifactctl.refs import tag_id
from artifactctl.results.values import Plain, Reduced, identifier
from artifactctl.tags import color_of


class Name(str, metaclass=Plain):
    """The name of a tag, a pipeline or an artifact: a text that also has the property `.name`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name as a plain text."""
        return str(self)

    def __reduce__(self) -> Reduced:
        return type(self), (str(self),)

    def __deepcopy__(self, _memo: object) -> "Name":
        return self


class SourceName(str, metaclass=Plain):
    """The name of a class, such as `pandas.DataFrame`: a text that also has its parts.

    For a built-in materializer it is a word, such as `json`.
    """

    __slots__ = ()

    @property
    def import_path(self) -> str:
        """The module and the class, separated by a dot."""
        return self.replace(":", ".")

    @property
    def module(self) -> str:
        """The module that defines the class; empty when the name is a word."""
        return self.import_path.rpartition(".")[0]

    @property
    def attribute(self) -> str:
        """The name of the class in its module."""
        return self.import_path.rpartition(".")[2]

    def __reduce__(self) -> Reduced:
        return type(self), (str(self),)


def maybe_source(kept: str | None) -> SourceName | None:
    """Return the name of a class, or None for None."""
    return None if kept is None else SourceName(kept)


class Linked(Name):
    """A name that also has the attributes of the result that it names, looked up on access."""

    __slots__ = ("_id", "_origin")

    FIND: ClassVar[str]
    """The method of the answerer that finds the result by its ID, or else by its name."""

    _id: str | None
    _origin: Origin | None

    def __new__(  # noqa: D102 (a magic method)
        cls, name: str, found_id: str | None = None, origin: Origin | None = None
    ) -> Self:
        made = super().__new__(cls, name)
        made._id, made._origin = found_id, origin
        return made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked for by protocols such as that of copying
            raise AttributeError(name)
        if self._origin is None:
            raise WrongUsageError(f"{self!r} belongs to no home", hint="get it from a Client")
        find = getattr(self._origin.answerer(), self.FIND)
        return getattr(find(self._id or self.name), name)

    def __reduce__(self) -> Reduced:
        return type(self), (str(self), self._id, self._origin)


class ArtifactName(Linked):
    """The name of a version's artifact: a text that also has the attributes of the artifact."""

    __slots__ = ()

    FIND = "find_artifact"

    @property
    def id(self) -> UUID:
        """The artifact's ID."""
        return identifier(self._id or "")


class PipelineName(Linked):
    """The name of a run's pipeline: a text that also has the attributes of the pipeline."""

    __slots__ = ()

    FIND = "get_pipeline"


class TagName(Linked):
    """The name of a tag: a text that also has the tag's `id`, `color` and `exclusive`.

    Its other attributes, such as `tagged_count`, are looked up on access.
    """

    __slots__ = ("_color", "_is_exclusive")

    FIND = "get_tag"

    _color: str | None
    _is_exclusive: int | None

    def __new__(  # noqa: D102 (a magic method)
        cls,
        name: str,
        found_id: str | None = None,
        origin: Origin | None = None,
        color: str | None = None,
        exclusive: int | None = None,
    ) -> Self:
        made = super().__new__(cls, name, found_id, origin)
        made._color, made._is_exclusive = color, exclusive
        return made

    @classmethod
    def of(cls, tag: str, origin: Origin) -> Self:
        """Return a tag made from that of a row of the catalog."""
        if isinstance(tag, TagOn):
            return cls(str(tag), tag.id, origin, tag.color, tag.exclusive)
        return cls(tag, None, origin)

    @property
    def id(self) -> UUID:
        """The tag's ID."""
        return identifier(self._id or tag_id(self))

    @property
    def color(self) -> ColorVariants:
        """The tag's colour."""
        return color_in(self._color) if self._color else color_of(self)

    @property
    def exclusive(self) -> bool:
        """Whether one version of an artifact, and one run of a pipeline, has it at a time."""
        return bool(self._is_exclusive)

    def __reduce__(self) -> Reduced:
        kept = (self._id, self._origin, self._color, self._is_exclusive)
        return type(self), (str(self), *kept)


def color_in(kept: str) -> ColorVariants:
    """Return a colour of the catalog; that of a damaged row is one that its text always gives."""
    try:
        return ColorVariants.parse(kept)
    except WrongUsageError:
        return color_of(kept)
