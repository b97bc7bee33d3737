"""Results that can ask for more: values that know the home they came from."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from artifactctl.client.sharing import current, shared
from artifactctl.settings import Settings

if TYPE_CHECKING:
    from artifactctl.client import Client

B = TypeVar("B", bound="Bound")


class Bound:
    """What a result has beside its fields: a home's settings, and the row that it was made of.

    They are no fields: neither shown nor compared nor printed. A result is good in any thread, and
    in another process once it is unpickled there.
    """

    __slots__ = ("_row", "_settings")

    _row: Any
    _settings: Settings | None

    @property
    def _client(self) -> "Client":
        settings = getattr(self, "_settings", None)
        return current() if settings is None else shared(settings)

    def __reduce__(self) -> tuple[Any, ...]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        extra = getattr(self, "_settings", None), getattr(self, "_row", None)
        return _restored, (type(self), values, *extra)


def bind(value: B, settings: Settings | None, row: Any = None) -> B:
    """Have `value` know where it came from; return it."""
    object.__setattr__(value, "_settings", settings)
    object.__setattr__(value, "_row", row)
    return value


def altered(value: B, **fields: Any) -> B:
    """The same with other values in some fields."""
    return bind(replace(value, **fields), value._settings, value._row)  # type: ignore[type-var]


def _restored(kind: type[B], values: Mapping[str, Any], settings: Settings | None, row: Any) -> B:
    return bind(kind(**values), settings, row)
