"""The other end of a move: a home by its folder, or a catalog and a store by their URLs."""

import os
from pathlib import Path

from artifactctl import settings as configuration
from artifactctl.errors import NotFoundError, WrongUsageError
from artifactctl.settings import HOME_FOLDER, Settings
from artifactctl.url_text import without_secrets

_IN_A_HOME = ("catalog.db", "store", "config.yaml", ".gitignore")


def settings_of_other(where: str | os.PathLike[str], store: str | None, mine: Settings) -> Settings:
    """The settings of the home at or in a folder, or of a catalog's URL and its store.

    Environment variables are about one's own home, and are ignored. The URL of a catalog does not
    tell where its bytes are, so that it needs `store`. Raises `NotFoundError` when there is no
    home.
    """
    text = os.fspath(where)
    if "://" in text:
        return _settings_of_urls(text, store, mine)
    if store is not None:
        raise WrongUsageError(
            f"{text!r} is a home, which has a store", hint="--store goes with a catalog's URL"
        )
    path = Path(os.path.abspath(os.path.expanduser(text)))
    inside = path / HOME_FOLDER
    home = inside if inside.is_dir() else path
    if not any(os.path.lexists(home / name) for name in _IN_A_HOME):
        raise NotFoundError(
            f"{text!r} is not a home and has none in it",
            hint=f"'artifactctl init {text}' makes one; or give the URL of a catalog",
        )
    return configuration.load(str(home), timeout=mine.timeout.value, environ={})


def settings_of_catalog(catalog: str, mine: Settings) -> Settings:
    """The settings of one's own home, with another catalog for the same store."""
    return _settings_of_urls(catalog, mine.store.value, mine)


def _settings_of_urls(catalog: str, store: str | None, mine: Settings) -> Settings:
    if store is None:
        raise WrongUsageError(
            f"{without_secrets(catalog)!r} is a catalog without its store",
            hint="give --store URL, too; or the folder of a home whose config.yaml has both",
        )
    environ = {"ARTIFACTCTL_CATALOG": catalog, "ARTIFACTCTL_STORE": store}
    return configuration.load(str(mine.home_path), allow_remote=mine.allow_remote, environ=environ)
