"""Where catalogs and stores keep things, read without any of the product's code.

A catalog is the path of a SQLite file or the URL of a schema in PostgreSQL. A store is a folder or
the URL of a bucket, container or server, as the product takes them.
"""

import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

Row = dict[str, Any]
Catalog = Path | str


class Kept(Protocol):
    """What a store keeps, by keys such as `blobs/ab/abcd`."""

    def read(self, key: str) -> bytes | None:
        """What is there, or None."""

    def keys(self, folder: str) -> list[str]:
        """The keys of all below a folder; of the store itself with ``."""

    def is_writable(self, key: str) -> bool:
        """Whether the file's mode lets its owner write to it."""


@dataclass(frozen=True)
class Folder:
    """A store in a folder, or what a server that keeps plain files has of it."""

    path: Path

    def read(self, key: str) -> bytes | None:
        path = self.path / key
        return path.read_bytes() if path.exists() else None

    def keys(self, folder: str) -> list[str]:
        files = (path for path in (self.path / folder).rglob("*") if not path.is_dir())
        return sorted(str(path.relative_to(self.path)) for path in files)

    def is_writable(self, key: str) -> bool:
        return stat.S_IMODE((self.path / key).stat().st_mode) & 0o222 != 0


@dataclass(frozen=True)
class Bucket:
    """A store of objects, by obstore without the product's file system over it."""

    url: str
    environ: Mapping[str, str] = field(default_factory=dict)

    def read(self, key: str) -> bytes | None:
        import obstore

        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            return None

    def write(self, key: str, content: bytes) -> None:
        """Put other bytes there, as a bad disk would."""
        import obstore

        obstore.put(self._store, key, content)

    def keys(self, folder: str) -> list[str]:
        import obstore

        pages = obstore.list(self._store, folder or None)
        return sorted(found["path"] for page in pages for found in page)

    def is_writable(self, _key: str) -> bool:
        return False

    @cached_property  # and with it the connections to the server
    def _store(self) -> Any:
        from obstore.store import AzureStore, S3Store

        parts = urlsplit(self.url)
        asked = dict(parse_qsl(parts.query))
        prefix, endpoint = parts.path.strip("/") or None, asked.get("endpoint")
        plain = {"allow_http": True}
        if parts.scheme == "s3":
            return S3Store(
                parts.netloc,
                prefix=prefix,
                endpoint=endpoint,
                region=asked.get("region", "us-east-1"),
                access_key_id=self.environ["AWS_ACCESS_KEY_ID"],
                secret_access_key=self.environ["AWS_SECRET_ACCESS_KEY"],
                client_options=plain,
            )
        return AzureStore(
            parts.netloc,
            prefix=prefix,
            endpoint=endpoint,
            account_name=self.environ["AZURE_STORAGE_ACCOUNT_NAME"],
            account_key=self.environ["AZURE_STORAGE_ACCOUNT_KEY"],
            client_options=plain,
        )


@dataclass(frozen=True)
class Files:
    """A store on an SFTP server, which may keep files elsewhere for a while before they are files.

    It is read by fsspec's file system alone.
    """

    url: str

    def read(self, key: str) -> bytes | None:
        try:
            return bytes(self._system().cat_file(f"{self._root}/{key}"))
        except FileNotFoundError:
            return None

    def keys(self, folder: str) -> list[str]:
        place = f"{self._root}/{folder}".rstrip("/")
        try:
            found = self._system().find(place)
        except FileNotFoundError:
            return []
        return sorted(path.removeprefix(f"{self._root}/") for path in found)

    def is_writable(self, _key: str) -> bool:
        return False

    @property
    def _root(self) -> str:
        return urlsplit(self.url).path.rstrip("/")

    def _system(self) -> Any:
        from sshfs import SSHFileSystem

        parts = urlsplit(self.url)
        return SSHFileSystem(
            parts.hostname,
            port=parts.port,
            username=parts.username,
            password=parts.password,
            known_hosts=None,
            timeout=60,
        )


def read_rows(catalog: Catalog, sql: str) -> list[Row]:
    """The rows of a question; the catalog is as a crash may have left it."""
    if isinstance(catalog, str):
        return _read_postgres(catalog, sql)
    journal = catalog.with_name(f"{catalog.name}-journal")
    if not journal.exists():
        return _read_sqlite(catalog, sql)
    # What a kill left is taken back by the next one to open the catalog; here, on a copy.
    with tempfile.TemporaryDirectory() as folder:
        for path in (catalog, journal):
            shutil.copy(path, folder)
        return _read_sqlite(Path(folder) / catalog.name, sql, mode="rw")


def exists(catalog: Catalog) -> bool:
    """Whether there is a catalog."""
    if isinstance(catalog, Path):
        return catalog.exists()
    with _connected(catalog) as connection:
        found = connection.execute("SELECT to_regclass('artifact_version') AS t").fetchone()
    return found is not None and found["t"] is not None


def _read_sqlite(catalog: Path, sql: str, mode: str = "ro") -> list[Row]:
    connection = sqlite3.connect(f"file:{catalog}?mode={mode}", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = connection.execute(sql).fetchall()
    finally:
        connection.close()
    return [dict(row) for row in rows]


def _read_postgres(catalog: str, sql: str) -> list[Row]:
    with _connected(catalog) as connection:
        return [dict(row) for row in connection.execute(sql.encode()).fetchall()]


def _connected(catalog: str) -> Any:
    import psycopg
    from psycopg.rows import dict_row

    parts = urlsplit(catalog)
    asked = dict(parse_qsl(parts.query))
    schema = asked.pop("schema", "public")
    url = urlunsplit(parts._replace(query=urlencode(asked)))
    return psycopg.connect(url, row_factory=dict_row, options=f'-c search_path="{schema}"')
