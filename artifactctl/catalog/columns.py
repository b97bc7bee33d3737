"""What columns and indexes of the catalog's tables have in common."""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, text
from sqlmodel import Field

# SQLite counts rows without gaps or repeats only for INTEGER; PostgreSQL needs BIGINT.
_SEQ = BigInteger().with_variant(Integer(), "sqlite")
UNRECORDED = "recorded < revision"
NEVER_REUSED: dict[str, Any] = {"sqlite_autoincrement": True}


def seq_key() -> Any:
    """The order of allocation."""
    return Field(default=None, sa_column=Column(_SEQ, primary_key=True, autoincrement=True))


def big_number(**arguments: Any) -> Any:
    """A whole number."""
    return Field(sa_column=Column(BigInteger, **arguments))


def partial(name: str, *columns: str, where: str) -> Index:
    """An index over the rows of which `where` holds."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def comparable(table: str, seq_column: str) -> tuple[Index, ...]:
    """The indexes that find metadata by key and value; see `typed`."""
    return tuple(
        partial(f"{table}_{column}", "key", column, seq_column, where=f"{column} IS NOT NULL")
        for column in ("number", "text")
    )
