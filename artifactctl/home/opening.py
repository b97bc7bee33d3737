"""Opening the catalog that the settings name by a URL: a SQLite file, or one on PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl.catalog.engine.protocol import Database
from artifactctl.errors import WrongUsageError
from artifactctl.home import access
from artifactctl.ownership import claim_catalog
from artifactctl.settings import Settings

if TYPE_CHECKING:
    from artifactctl.catalog.engine.postgres import PostgresDatabase
    from artifactctl.catalog.engine.sqlite import SqliteDatabase

_GLANCE_S = 1.0  # completion waits for a server at most this long


def open_catalog(
    settings: Settings, is_lost: Callable[[], bool], new_id: Callable[[], str | None]
) -> Database:
    """The catalog to read and to write; it is made when something is first written."""
    path = settings.catalog_path
    if path is None:
        return open_server(
            settings,
            is_lost=is_lost,
            new_id=new_id,
            forbid=partial(access.check_writable, settings),
        )
    # Imported on first use: a catalog on a server does without.
    from artifactctl.catalog.engine.sqlite import SqliteDatabase  # noqa: PLC0415

    return SqliteDatabase(
        path,
        settings.home_path / "store" / "tmp",
        is_lost,
        new_id=new_id,
        when_new=partial(claim_catalog, settings.home_path, path),
        is_configured=path != settings.home_path / "catalog.db",
    )


def open_to_read(settings: Settings, folder: Path) -> Database:
    """A catalog that must not be changed; of a SQLite file a copy in `folder`.

    SQLite writes files beside a database that it reads.
    """
    forbid = partial(access.check_writable, settings)
    path = settings.catalog_path
    if path is None:
        return open_server(settings, forbid=forbid)
    # Imported on first use: only homes that are only read need it.
    from artifactctl.catalog.engine.copies import open_copy  # noqa: PLC0415

    return open_copy(path, folder, forbid)


def open_glance(settings: Settings) -> Database:
    """The catalog for shell completion, which creates nothing and waits for nothing."""
    path = settings.catalog_path
    if path is None:
        return open_server(settings, timeout_s=_GLANCE_S, is_patient=False)
    from artifactctl.catalog.engine.glance import Glance  # noqa: PLC0415 (only completion)

    return Glance(path)


def need_file(catalog: Database, instead: str) -> "SqliteDatabase":
    """The catalog as a SQLite file; raises `WrongUsageError` with a hint for one on a server."""
    from artifactctl.catalog.engine.sqlite import SqliteDatabase  # noqa: PLC0415 (as above)

    if not isinstance(catalog, SqliteDatabase):
        raise WrongUsageError("the catalog is on a server and has no file", hint=instead)
    return catalog


def server_schema_sql(settings: Settings, role: str) -> str:
    """The statements that create a catalog on PostgreSQL, and the rights of a user as comments."""
    with _psycopg():
        from artifactctl.catalog.engine.postgres_address import (  # noqa: PLC0415
            DEFAULT_SCHEMA,
            parse_address,
        )
        from artifactctl.catalog.engine.postgres_making import schema_sql  # noqa: PLC0415
    is_there = settings.catalog_path is None
    schema = parse_address(settings.catalog.value).schema if is_there else DEFAULT_SCHEMA
    return schema_sql(schema, role)


@contextmanager
def _psycopg() -> Iterator[None]:
    """Raise `WrongUsageError` when psycopg is missing."""
    try:
        yield
    except ImportError as error:
        raise WrongUsageError(
            f"a catalog on PostgreSQL needs psycopg ({error})",
            hint="pip install 'artifactctl[postgres]'",
        ) from None


def open_server(
    settings: Settings,
    *,
    is_lost: Callable[[], bool] = lambda: False,
    new_id: Callable[[], str | None] = lambda: None,
    forbid: Callable[[], None] = lambda: None,
    timeout_s: float | None = None,
    is_patient: bool = True,
) -> "PostgresDatabase":
    """The catalog on PostgreSQL; raises `WrongUsageError` when psycopg is missing."""
    access.check_may_connect(settings)
    with _psycopg():
        from artifactctl.catalog.engine.postgres import PostgresDatabase  # noqa: PLC0415
        from artifactctl.catalog.engine.postgres_address import parse_address  # noqa: PLC0415
    return PostgresDatabase(
        parse_address(settings.catalog.value),
        settings.timeout_s if timeout_s is None else timeout_s,
        is_lost,
        new_id=new_id,
        forbid=forbid,
        is_patient=is_patient,
    )
