"""Which files are artifactctl's own: they change with every version, and are part of none."""

import os

CATALOG_ENDS = ("", "-journal", "-wal", "-shm")
_HOME = ("config.yaml", "token", ".gitignore", "locks")
_STORE = ("blobs", "manifests", "records", "owners", "quarantine", "tmp", "format.json")


def own_data(home: str, store: str, catalog: str) -> tuple[str, ...]:
    """The paths of a home's own files and folders, whether they exist or not.

    A program may have a folder of its own beside them, in the home and in the store.
    """
    stores = [os.path.join(home, "store")] + ([] if "://" in store else [store])
    return (
        *(os.path.join(home, name) for name in _HOME),
        *(catalog + end for end in CATALOG_ENDS),
        *_further_catalogs(catalog),
        *(os.path.join(folder, name) for folder in dict.fromkeys(stores) for name in _STORE),
    )


def _further_catalogs(catalog: str) -> list[str]:
    """What lies beside the catalog under a longer name: copies that an upgrade made, say."""
    folder, name = os.path.split(catalog)
    try:
        found = sorted(os.listdir(folder))
    except OSError:
        return []
    known = {name + end for end in CATALOG_ENDS}
    return [os.path.join(folder, other) for other in found
            if other.startswith(name) and other not in known]  # fmt: skip
