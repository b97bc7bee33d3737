"""The client's methods for the files inside of versions."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from artifactctl import verbs
from artifactctl.client.arguments import Named
from artifactctl.home import Home

if TYPE_CHECKING:
    from artifactctl.results.files import Contents


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


def _text(version: str | int | None) -> str | None:
    return None if version is None else str(version)
