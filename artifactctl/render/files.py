"""The files of a version: as a tree for people."""

from collections.abc import Iterator, Sequence

from artifactctl.plain_text import count, size
from artifactctl.results.files import Contents, Item

COLUMNS = ["path", "size_bytes", "mtime", "content_type"]
ALL_COLUMNS = [
    *("path", "type", "size_bytes", "file_count", "mtime", "content_type", "digest"),
    *("source_checksum", "executable"),
]

_UNICODE = ("├── ", "└── ", "│   ", "    ")
_ASCII = ("|-- ", "`-- ", "|   ", "    ")

_Folder = dict[str, "_Folder | Item"]


def tree(found: Contents, *, is_unicode: bool) -> Iterator[str]:
    """Yield the lines of a tree of all files, with their sizes and those of their folders."""
    middle, last, beside, below = _UNICODE if is_unicode else _ASCII
    yield f"{found.version.ref}{'/' if found.path else ''}{found.path}"
    # A stack, not recursion: folders may be nested deeper than Python's limit of calls.
    pending = _children(_folders(found.items, found.path), "")
    while pending:
        name, item, indent, is_last = pending.pop()
        yield f"{indent}{last if is_last else middle}{name}{_size(item)}"
        if isinstance(item, dict):
            pending += _children(item, indent + (below if is_last else beside))


def total(found: Contents) -> str:
    """Return how much there is: `3 files, 1.2 MB`."""
    return f"{count(found.file_count, 'file')}, {size(found.size_bytes)}"


def _folders(items: Sequence[Item], root: str) -> _Folder:
    top: _Folder = {}
    for item in items:
        is_file = item.path == root
        path = item.path.rpartition("/")[2] if is_file else item.path[len(root) :].lstrip("/")
        *above, name = path.split("/")
        folder = top
        for part in above:
            inner = folder.setdefault(f"{part}/", {})
            assert isinstance(inner, dict)  # a file's name does not end with `/`
            folder = inner
        folder[name] = item
    return top


def _children(folder: _Folder, indent: str) -> list[tuple[str, "_Folder | Item", str, bool]]:
    """The entries of a folder, in reverse order for the stack."""
    names = list(folder)
    return [(name, folder[name], indent, name == names[-1]) for name in reversed(names)]


def _size(item: "_Folder | Item") -> str:
    return "" if isinstance(item, dict) else f"  {size(item.size_bytes)}"
