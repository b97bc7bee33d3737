"""Materializers that other installed packages bring: entry points, read only when asked for."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from artifactctl.errors import InvalidInputError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.messages import one_line

GROUP = "artifactctl.materializers"


def plugin_named(materializer_id: str) -> type[BaseMaterializer] | None:
    """The plug-in that its package calls so, or whose class has that ID."""
    for plugin in _plugins():
        if materializer_id in (plugin.name, plugin.value):
            return _load(plugin)
    return None


def plugin_materializers() -> list[type[BaseMaterializer]]:
    """All plug-ins; a broken one is an error rather than a reason to pickle in its place."""
    return [_load(plugin) for plugin in _plugins()]


@cache
def _plugins() -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=GROUP), key=lambda plugin: plugin.name))


@cache
def _load(plugin: EntryPoint) -> type[BaseMaterializer]:
    owner = plugin.dist.name if plugin.dist else "an unknown package"
    name = f"materializer plug-in {plugin.name!r} ({plugin.value}) of {owner}"
    try:
        found = plugin.load()
    except Exception as error:  # their code may fail in any way
        raise InvalidInputError(
            f"{name} cannot be loaded: {type(error).__name__}: {one_line(error)}",
            hint=f"mend or uninstall {owner}",
        ) from error
    if not (isinstance(found, type) and issubclass(found, BaseMaterializer)):
        raise InvalidInputError(f"{name} is no class derived from BaseMaterializer")
    return found
