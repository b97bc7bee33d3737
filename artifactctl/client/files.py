"""The client's methods for the files inside of versions."""

from collections.abc import Iterator
from io import TextIOWrapper
from typing import TYPE_CHECKING, BinaryIO, Literal, TextIO, overload

from artifactctl import verbs
from artifactctl.client.arguments import Named
from artifactctl.errors import WrongUsageError
from artifactctl.home import Home

if TYPE_CHECKING:
    from artifactctl.results.files import Contents
    from artifactctl.results.previews import Showing


class Files:
    """The methods of `Client` for the files inside of versions.

    Each takes a version and a path in it, or both as one text: `REF/PATH`. A tag may contain `/`;
    the longest one that is there counts.
    """

    home: Home

    def list_files(
        self,
        ref: Named,
        path: str | None = None,
        *,
        version: str | int | None = None,
        recursive: bool = False,
    ) -> "Contents":
        """Return the files and folders of a version, or of a folder in it.

        Only the version's manifest is read, none of its bytes. Raises `NotFoundError` when there is
        nothing at `path`.

        Args:
            ref: the version, or `REF/PATH`.
            path: a file or a folder in it; by default all of it.
            version: the version, given separately from a bare name.
            recursive: give all files at any depth, and no folders.
        """
        place = verbs.inside.place_of(self.home, str(ref), _text(version), path)
        return verbs.inside.contents(self.home, place, recursive=recursive)

    def complete_path(self, start: str) -> list[str]:
        """Return places `REF/PATH` that begin with `start`, for a shell's completion.

        They are files at any depth when these are few, else files and folders of one level.
        """
        return verbs.inside.complete(self.home, start)

    def stream_file(
        self, ref: Named, path: str | None = None, *, version: str | int | None = None
    ) -> Iterator[bytes]:
        """Yield the bytes of one file, in pieces.

        Up to 32 MiB nothing is given before all of the file is verified. The last piece of a bigger
        file is held back until all of it is verified: then `IntegrityError` is raised in its place
        when the bytes are not those that were registered. `path` may be left out for a version that
        is a single file. Raises `WrongUsageError` for a folder.
        """
        place = verbs.inside.place_of(self.home, str(ref), _text(version), path)
        return verbs.inside.stream(self.home, place)

    @overload
    def open(
        self,
        ref: Named,
        path: str | None = None,
        mode: Literal["rb"] = "rb",
        *,
        version: str | int | None = None,
        verify: bool = True,
    ) -> BinaryIO: ...

    @overload
    def open(
        self,
        ref: Named,
        path: str | None = None,
        *,
        mode: Literal["r", "rt"],
        encoding: str = "utf-8",
        errors: str = "strict",
        newline: str | None = None,
        version: str | int | None = None,
        verify: bool = True,
    ) -> TextIO: ...

    @overload
    def open(
        self,
        ref: Named,
        path: str | None,
        mode: Literal["r", "rt"],
        encoding: str = "utf-8",
        errors: str = "strict",
        newline: str | None = None,
        *,
        version: str | int | None = None,
        verify: bool = True,
    ) -> TextIO: ...

    def open(
        self,
        ref: Named,
        path: str | None = None,
        mode: str = "rb",
        encoding: str = "utf-8",
        errors: str = "strict",
        newline: str | None = None,
        *,
        version: str | int | None = None,
        verify: bool = True,
    ) -> BinaryIO | TextIO:
        """Open one file of a version to read it from anywhere, such as with pandas or zipfile.

        All of the file is verified before this returns. One on this machine is hashed where it is,
        at the speed of its disk, and read from there: nothing is copied. One in a remote store is
        fetched into the cache first, or, where that has no room for it, into a temporary file that
        is gone when the reader is closed; linked remote data always is. A read raises
        `IntegrityError` when the file is changed afterwards. Of linked remote data without a digest
        the size and the server's checksum are compared.

        With `verify=False` nothing is hashed. Of a remote store only what is read is fetched, by
        range, if the server can send parts: for a few columns of a huge Parquet file. A digest is
        over a whole file, so it cannot say that a part is right; only the size is checked.

        The reader stays usable when the client is closed. In a running step the version becomes one
        of its inputs. Raises `WrongUsageError` for a folder and another mode, `NotFoundError` when
        nothing is there.

        Args:
            ref: the version, or `REF/PATH`.
            path: a file in it; it may be left out for a version that is a single file.
            mode: `rb` for bytes, `r` for text.
            encoding: of a text.
            errors: what to do with bytes that are not text in that encoding, as Python's `open`.
            newline: how line ends of a text are read, as Python's `open`.
            version: the version, given separately from a bare name.
            verify: hash all of the file first.
        """
        if mode not in ("rb", "r", "rt"):
            raise WrongUsageError(
                f"mode {mode!r} is none to read with: a version does not change",
                hint="use 'rb' for bytes or 'r' for text",
            )
        place = verbs.inside.place_of(self.home, str(ref), _text(version), path)
        reader = verbs.inside.open_file(self.home, place, verify=verify)
        if mode == "rb":
            return reader
        return TextIOWrapper(reader, encoding, errors, newline)

    def preview(
        self,
        ref: Named,
        path: str | None = None,
        *,
        version: str | int | None = None,
        rows: int = 10,
    ) -> "Showing":
        """Return previews of a file by its type, or of what is in a folder.

        Tables: columns with types and statistics, and the first rows. Arrays, tensors, archives,
        parameters of models: names, types, shapes, values. Pictures: a small one. Otherwise the
        text or the first bytes. Of a folder: its level, and of a saved object its data. Pickles are
        never loaded. A file of more than 64 MiB is read in part, and then not verified.

        Raises `IntegrityError` for bytes that are not those that were registered.

        Args:
            ref: the version, or `REF/PATH`.
            path: a file or a folder in it; by default all of it.
            version: the version, given separately from a bare name.
            rows: how many rows of a table are shown, up to 1,000.
        """
        place = verbs.inside.place_of(self.home, str(ref), _text(version), path)
        return verbs.previewing.show(self.home, place, rows)


def _text(version: str | int | None) -> str | None:
    return None if version is None else str(version)
