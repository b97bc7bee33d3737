"""Many files in little memory: their paths, sizes, times and modes, as columns."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import lt


class Texts:
    """Texts that are only added to, without the memory that each Python object takes."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, place: int) -> str:
        start = self._ends[place - 1] if place else 0
        return self._bytes[start : self._ends[place]].decode()

    def __iter__(self) -> Iterator[str]:
        start = 0
        for end in self._ends:
            yield self._bytes[start:end].decode()
            start = end

    def extend(self, texts: Sequence[str]) -> None:
        """Add texts, at least one; raises `UnicodeEncodeError` for what is not Unicode."""
        encoded = [text.encode() for text in texts]
        start = len(self._bytes)
        self._bytes += b"".join(encoded)
        self._ends.extend(accumulate(map(len, encoded[1:]), initial=start + len(encoded[0])))


class FileColumns:
    """The paths of files, their sizes in bytes, mtimes in nanoseconds, and who may execute."""

    def __init__(self) -> None:
        self.paths = Texts()
        self.sizes = array("q")
        self.executables = bytearray()
        self._mtimes = array("q")
        self._far_mtimes: dict[int, int] = {}
        self.is_ordered = True
        self._last = ""

    def __len__(self) -> int:
        return len(self.paths)

    def extend(
        self,
        paths: Sequence[str],
        sizes: Sequence[int],
        mtimes_ns: Sequence[int],
        executables: Sequence[bool],
    ) -> None:
        """Add some files, at least one.

        `is_ordered` is then whether all that were added are in the order of their paths.
        """
        if self.is_ordered:
            self.is_ordered = all(map(lt, [self._last, *paths], paths))
        start, self._last = len(self), paths[-1]
        self.paths.extend(paths)
        self.sizes.extend(sizes)
        self.executables.extend(executables)
        try:
            self._mtimes.extend(mtimes_ns)
        except OverflowError:  # after the year 2262
            del self._mtimes[start:]
            for place, mtime_ns in enumerate(mtimes_ns, start):
                self._far_mtimes[place] = mtime_ns
                self._mtimes.append(0)

    def mtime_ns(self, place: int) -> int:
        """The mtime of a file, in nanoseconds since 1970."""
        found = self._mtimes[place]
        return self._far_mtimes.get(place, found) if self._far_mtimes else found

    def ordered(self) -> tuple["FileColumns", list[int]]:
        """The same files in the order of their paths, and the places that they have here."""
        places = sorted(range(len(self)), key=self.paths.__getitem__)
        made = FileColumns()
        for place in places:
            made.extend(
                *([self.paths[place]], [self.sizes[place]], [self.mtime_ns(place)]),
                [bool(self.executables[place])],
            )
        return made, places
