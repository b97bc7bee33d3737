"""The client's methods that move versions between homes, and into and out of bundles."""

import os
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from artifactctl import verbs
from artifactctl.client.arguments import Named, ref_of_id_too
from artifactctl.client.progress import shown
from artifactctl.home import Home, access
from artifactctl.home.other_ends import settings_of_other
from artifactctl.refs import Ref

if TYPE_CHECKING:
    from artifactctl.results.moving import Exported, Moving
    from artifactctl.results.reports import Progress

Path = str | os.PathLike[str]


class Moves:
    """The methods of `Client` that move versions.

    The other end is the folder of a home, or the URL of a catalog with the URL of its `store`.
    Versions are moved with their bytes, tags, metadata and the runs that made them; IDs are kept,
    and nothing that is there is changed. A version that is there already, by its ID or by its name
    and content, is left alone; with `labels` it gets tags and keys of metadata that it lacks. Only
    series go on: points that came later are appended, where those that are there are the same.

    Raises `ConflictError`, with all conflicts, before anything is moved, when other versions have
    their names there; with `renumber` these take the next numbers. Raises `UnsafeError` for Python
    objects and links to addresses that come from a home or bundle that is not the user's own,
    without `trust`. `jobs` is how many blobs are moved at the same time. The same call again goes
    on where an interrupted one stopped.
    """

    home: Home

    def push(
        self,
        refs: "Named | Sequence[Named]",
        to: Path,
        *,
        store: str | None = None,
        labels: bool = False,
        renumber: bool = False,
        trust: bool = False,
        dry_run: bool = False,
        jobs: int | None = None,
        progress: "Progress | None" = None,
    ) -> "Moving":
        """Move versions of this home to another one."""
        options = verbs.moving.MoveOptions(labels, renumber, trust, dry_run, jobs)
        with closing(self._other(to, store)) as other, shown("push", progress) as told:
            return verbs.moving.move(self.home, other, _refs(refs), options, told)

    def pull(
        self,
        refs: "Named | Sequence[Named]",
        source: Path,
        *,
        store: str | None = None,
        labels: bool = False,
        renumber: bool = False,
        trust: bool = False,
        dry_run: bool = False,
        jobs: int | None = None,
        progress: "Progress | None" = None,
    ) -> "Moving":
        """Move versions of another home to this one."""
        options = verbs.moving.MoveOptions(labels, renumber, trust, dry_run, jobs)
        with closing(self._other(source, store)) as other, shown("pull", progress) as told:
            return verbs.moving.move(other, self.home, _refs(refs), options, told)

    def copy(
        self,
        to: Path,
        *,
        store: str | None = None,
        labels: bool = False,
        renumber: bool = False,
        trust: bool = False,
        dry_run: bool = False,
        jobs: int | None = None,
        progress: "Progress | None" = None,
    ) -> "Moving":
        """Move everything: all versions, runs and tags, and the numbers that are used up."""
        options = verbs.moving.MoveOptions(labels, renumber, trust, dry_run, jobs)
        with closing(self._other(to, store)) as other, shown("copy", progress) as told:
            return verbs.moving.move(self.home, other, None, options, told)

    def export(
        self,
        refs: "Named | Sequence[Named] | None",
        path: Path,
        *,
        force: bool = False,
        progress: "Progress | None" = None,
    ) -> "Exported":
        """Write versions into a bundle, a zip file, for a place without a network.

        None stands for everything, `-` for standard output. Raises `ConflictError` when the file
        exists, unless `force` is given.
        """
        asked = None if refs is None else _refs(refs)
        with shown("export", progress) as told:
            return verbs.moving.export(self.home, asked, os.fspath(path), told, force=force)

    def import_(
        self,
        path: Path,
        *,
        labels: bool = False,
        renumber: bool = False,
        trust: bool = False,
        dry_run: bool = False,
        jobs: int | None = None,
        progress: "Progress | None" = None,
    ) -> "Moving":
        """Add the versions of a bundle to this home."""
        options = verbs.moving.MoveOptions(labels, renumber, trust, dry_run, jobs)
        with shown("import", progress) as told:
            return verbs.moving.import_(self.home, os.fspath(path), options, told)

    @staticmethod
    def check_conflicts(planned: "Moving") -> None:
        """Raise `ConflictError` with all conflicts of a dry run, if there are any."""
        verbs.moving.check_conflicts(planned)

    def _other(self, where: Path, store: str | None) -> Home:
        access.check_usable(self.home.settings)
        return self.home.other(settings_of_other(where, store, self.home.settings))


def _refs(refs: "Named | Sequence[Named]") -> list[Ref]:
    several = refs if isinstance(refs, list | tuple) else [refs]
    return [ref_of_id_too(str(ref), None) for ref in several]
