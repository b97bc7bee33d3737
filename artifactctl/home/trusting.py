"""Foreign homes: surveying one, and trusting it."""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from artifactctl import settings as configuration
from artifactctl.catalog.reading.versions import Counts
from artifactctl.catalog.reading.versions import survey as count_rows
from artifactctl.errors import ConflictError, NotFoundError, UnsafeError
from artifactctl.home import access, opening
from artifactctl.ownership import owner_of, standing_of, trust
from artifactctl.settings import HOME_FOLDER, Settings, original_of_same_store
from artifactctl.url_text import LOCAL, without_secrets

_IN_A_HOME = ("catalog.db", "store", "config.yaml")


@dataclass(frozen=True, slots=True)
class Survey:
    """The contents of a home, as counted by `survey`.

    `problem` is the reason why the home is not this user's own, and empty when it is. `catalog` and
    `store` are URLs from its settings. `artifacts`, `versions` and `runs` are numbers of rows;
    `linked_paths` and `linked_urls` are the addresses of linked data; `symbolic_links` are links in
    the home's own folders, which are never followed.
    """

    home: str
    owner: str
    problem: str
    catalog: str
    store: str
    artifacts: int
    versions: int
    runs: int
    linked_paths: tuple[str, ...]
    linked_urls: tuple[str, ...]
    symbolic_links: tuple[str, ...]


def survey(folder: str | os.PathLike[str]) -> Survey:
    """Return a survey of a home; it is neither written to nor trusted.

    Raises `NotFoundError` when `folder` is not a home and contains none.
    """
    home = _home_at(folder)
    settings = _settings_of(home)
    counts = _counts(settings)
    return Survey(
        home=str(home),
        owner=owner_of(home),
        problem=_problem_of(home, settings),
        catalog=without_secrets(settings.catalog.value),
        store=without_secrets(settings.store.value),
        artifacts=counts.artifacts,
        versions=counts.versions,
        runs=counts.runs,
        linked_paths=tuple(link for link in counts.links if link.startswith(LOCAL)),
        linked_urls=tuple(
            without_secrets(link) for link in counts.links if not link.startswith(LOCAL)
        ),
        symbolic_links=tuple(_symbolic_links(home)),
    )


def _counts(settings: Settings) -> Counts:
    """The numbers of rows in a catalog's file; zeros for one on a server, which is not asked."""
    if settings.catalog_path is None:
        return Counts(0, 0, 0, ())
    with (
        TemporaryDirectory(prefix="artifactctl-") as folder,
        closing(opening.open_to_read(settings, Path(folder))) as catalog,
    ):
        return count_rows(catalog)


def trust_home(folder: str | os.PathLike[str], *, shared: bool) -> Settings:
    """Make a foreign home this user's own; return its settings.

    Raises `UnsafeError` when other users can write to it, unless `shared` is True; `ConflictError`
    for a copy that has the same store as its original.
    """
    home = _home_at(folder)
    settings = _settings_of(home)
    if original := original_of_same_store(home, settings.store.value):
        raise ConflictError(
            f"{home} is a copy of {original}, and both would write to {settings.store.value}",
            hint="name another 'store:' in its config.yaml, or use the original",
        )
    links = list(_symbolic_links(home))
    if links:
        raise UnsafeError(
            f"{links[0]} is a link, and no link inside of a home is followed",
            hint="remove it, or name its target in config.yaml",
        )
    trust(home, settings.catalog_path, shared=shared)
    return _settings_of(home)


def _home_at(folder: str | os.PathLike[str]) -> Path:
    """Return the home at or in a folder; raises `NotFoundError` when there is none."""
    path = Path(os.path.abspath(folder))
    inside = path / HOME_FOLDER
    if inside.is_dir():
        return inside
    if not any(os.path.lexists(path / name) for name in _IN_A_HOME):
        raise NotFoundError(
            f"{str(path)!r} is not a home and has none in it", hint=f"name a {HOME_FOLDER} folder"
        )
    return path


def _settings_of(home: Path) -> Settings:
    """Return the home's own settings; environment variables do not override them."""
    return configuration.load(str(home), environ={})


def _problem_of(home: Path, settings: Settings) -> str:
    """Return why a home is not this user's own; empty when it is, or when sharing was agreed to."""
    if access.is_own_home(settings) or settings.standing.is_shared:
        return ""
    problem = settings.standing.problem or standing_of(home, is_found=True).problem
    return (
        problem or f"this user's artifactctl did not make {without_secrets(settings.catalog.value)}"
    )


def _symbolic_links(home: Path) -> Iterator[str]:
    """Yield the symbolic links in the home, its store and the store's folders."""
    for folder in (home, home / "store", *(home / "store").glob("*")):
        if folder.is_dir() and not folder.is_symlink():
            yield from sorted(entry.path for entry in os.scandir(folder) if entry.is_symlink())
