"""Copying the catalog of a home to another place or engine, for the same store."""

from artifactctl.catalog.copying import copy_catalog
from artifactctl.config_file import CONFIG_FILE
from artifactctl.errors import NotFoundError, WrongUsageError
from artifactctl.home import Home, access, opening
from artifactctl.home.other_ends import settings_of_catalog
from artifactctl.ownership import claim_catalog
from artifactctl.results.moving import CatalogCopy
from artifactctl.upkeep import mending
from artifactctl.url_text import without_secrets


def copy(home: Home, url: str) -> CatalogCopy:
    """Copy the catalog to a URL where there is none; the home itself goes on with its own.

    Nobody can write meanwhile. The copy has the catalog's ID, so that the store belongs to it.
    Raises `ConflictError` when there is a catalog already, and nothing is copied then.
    """
    access.check_writable(home.settings)
    settings = settings_of_catalog(url, home.settings)
    if settings.catalog.value == home.settings.catalog.value:
        raise WrongUsageError(f"{without_secrets(url)} is the catalog itself")
    if not home.catalog.exists():
        raise NotFoundError("there is no catalog yet, so nothing to copy")
    catalog_id = home.catalog.catalog_id()
    target = opening.open_catalog(settings, is_lost=lambda: False, new_id=lambda: catalog_id)
    try:
        mending.mend_all_records(home.catalog, home.store)
        with home.catalog.transaction():
            counts = copy_catalog(home.catalog, target)
            different = mending.count_different(target, home.store)
        if settings.catalog_path is not None and access.is_own_home(home.settings):
            claim_catalog(settings.home_path, settings.catalog_path)
    finally:
        target.close()
    return CatalogCopy(
        source=without_secrets(home.settings.catalog.value),
        target=without_secrets(settings.catalog.value),
        versions=counts["artifact_version"],
        rows=sum(counts.values()),
        different_records=different,
        config=str(home.settings.home_path / CONFIG_FILE),
    )
