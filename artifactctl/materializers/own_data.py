"""Files that are no part of any object, although a path that is saved may lead to them."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from artifactctl.errors import UnsafeError

_left_out: ContextVar[frozenset[Path]] = ContextVar("artifactctl_left_out", default=frozenset())


@contextmanager
def leaving_out(paths: Collection[str]) -> Iterator[None]:
    """Leave these files and folders out of what is saved meanwhile, in containers as well."""
    token = _left_out.set(_left_out.get() | {Path(path).resolve() for path in paths})
    try:
        yield
    finally:
        _left_out.reset(token)


def is_left_out(path: Path) -> bool:
    """Whether a path, links resolved, is one of those."""
    return path in _left_out.get()


def check_not_left_out(path: Path) -> None:
    """Raise `UnsafeError` for a path among those: it changes with every version made."""
    resolved = path.resolve()
    if any(resolved.is_relative_to(own) for own in _left_out.get()):
        raise UnsafeError(
            f"{str(path)!r} is among artifactctl's own data", hint="save what it was made from"
        )
