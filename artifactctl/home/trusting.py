"""Homes that came from elsewhere: what is in one, and making it one's own."""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from artifactctl import settings as configuration
from artifactctl.catalog.engine.copies import open_copy
from artifactctl.catalog.reading.versions import survey as count_rows
from artifactctl.errors import ConflictError, NotFoundError, UnsafeError
from artifactctl.home import access
from artifactctl.ownership import owner_of, standing_of, trust
from artifactctl.settings import HOME_FOLDER, Settings, original_of_same_store, without_secrets

_LOCAL = "file://"
_IN_A_HOME = ("catalog.db", "store", "config.yaml")


@dataclass(frozen=True, slots=True)
class Survey:
    """What is in a home.

    `problem` says why it is not one's own, empty when it is. `catalog` and `store` are URLs, as
    its settings name them. `artifacts`, `versions` and `runs` count what the catalog has;
    `linked_paths` and `linked_urls` are the places of data that was recorded in place;
    `symbolic_links` lie among the home's own folders, and are never followed.
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
    """Look into a home without writing to it, or believing what it says.

    Raises `NotFoundError` when `folder` is no home and has none.
    """
    home = _home_at(folder)
    settings = _settings_of(home)
    forbid = partial(access.check_writable, settings)
    with (
        TemporaryDirectory(prefix="artifactctl-") as folder,
        closing(open_copy(settings.catalog_path, Path(folder), forbid)) as catalog,
    ):
        counts = count_rows(catalog)
    return Survey(
        home=str(home),
        owner=owner_of(home),
        problem=_problem_of(home, settings),
        catalog=without_secrets(settings.catalog.value),
        store=without_secrets(settings.store.value),
        artifacts=counts.artifacts,
        versions=counts.versions,
        runs=counts.runs,
        linked_paths=tuple(link for link in counts.links if link.startswith(_LOCAL)),
        linked_urls=tuple(
            without_secrets(link) for link in counts.links if not link.startswith(_LOCAL)
        ),
        symbolic_links=tuple(_symbolic_links(home)),
    )


def trust_home(folder: str | os.PathLike[str], *, shared: bool) -> Settings:
    """Make a home one's own; return its settings.

    Raises `UnsafeError` when others can write to it, unless `shared`; `ConflictError` for a copy
    that has the same store as its original.
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
    """The home that a folder is or has."""
    path = Path(os.path.abspath(folder))
    inside = path / HOME_FOLDER
    if inside.is_dir():
        return inside
    if not any(os.path.lexists(path / name) for name in _IN_A_HOME):
        raise NotFoundError(
            f"{str(path)!r} is no home and has none", hint=f"name a {HOME_FOLDER} folder"
        )
    return path


def _settings_of(home: Path) -> Settings:
    """What the home itself says: no variable of this invocation wins over it."""
    return configuration.load(str(home), environ={})


def _problem_of(home: Path, settings: Settings) -> str:
    """Why a home is not own, or cannot be; empty when it is, or when its sharing was agreed to."""
    if access.is_own_home(settings) or settings.standing.is_shared:
        return ""
    problem = settings.standing.problem or standing_of(home, is_found=True).problem
    return problem or f"this user's artifactctl did not make {settings.catalog_path}"


def _symbolic_links(home: Path) -> Iterator[str]:
    """The links among a home's files and folders, but for those of blobs and manifests."""
    for folder in (home, home / "store", *(home / "store").glob("*")):
        if folder.is_dir() and not folder.is_symlink():
            yield from sorted(entry.path for entry in os.scandir(folder) if entry.is_symlink())
