"""Types that say what a value of metadata is: a URI, a path, a data type, a size in bytes.

They are kept and read back as the text or number that they are.
"""

from typing import Any, TypeAlias


class Uri(str):
    """An address."""

    __slots__ = ()


class Path(str):
    """A path of a file or folder."""

    __slots__ = ()


class DType(str):
    """The name of a data type, such as `float32`."""

    __slots__ = ()


class StorageSize(int):
    """A number of bytes."""

    __slots__ = ()


MetadataType: TypeAlias = (
    str | int | float | bool | dict[Any, Any] | list[Any] | set[Any] | tuple[Any, ...]
)
"""What a value of metadata can be; see `metadata.plain_metadata` for more that is converted."""
