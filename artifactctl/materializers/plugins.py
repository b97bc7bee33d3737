"""Materializers that installed packages offer, as entry points."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from artifactctl.errors import InvalidInputError, one_line
from artifactctl.materializers.base_materializer import BaseMaterializer

_ENTRY_POINTS = "artifactctl.materializers"


@cache
def known_plugins() -> tuple[EntryPoint, ...]:
    """The plug-ins of installed packages, by name."""
    return tuple(sorted(entry_points(group=_ENTRY_POINTS), key=lambda plugin: plugin.name))


@cache
def load_plugin(plugin: EntryPoint) -> type[BaseMaterializer]:
    """The class that a plug-in gives; raises `InvalidInputError` for one that is broken."""
    owner = plugin.dist.name if plugin.dist else "an unknown package"
    name = f"materializer plug-in {plugin.name!r} ({plugin.value}) of {owner}"
    try:
        found = plugin.load()
    except Exception as error:  # a plug-in's code may fail in any way
        raise InvalidInputError(
            f"{name} cannot be loaded: {type(error).__name__}: {one_line(error)}",
            hint=f"repair or uninstall {owner}",
        ) from error
    if not (isinstance(found, type) and issubclass(found, BaseMaterializer)):
        raise InvalidInputError(f"{name} is not a class derived from BaseMaterializer")
    return found
