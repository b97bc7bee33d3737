"""The address of a catalog on PostgreSQL: what libpq connects with, and the schema with the tables.

The URL is libpq's (https://www.postgresql.org/docs/current/libpq-connect.html), with one parameter
of ours, `schema`. All others, such as `service`, `passfile` and those of TLS, are passed through.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from artifactctl.errors import WrongUsageError
from artifactctl.url_text import without_secrets

DEFAULT_SCHEMA = "artifactctl"
_OURS = "schema"
# A schema's name stands in `search_path`; PostgreSQL keeps the names with `pg_` for itself.
_SCHEMA = re.compile(r"(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Address:
    """A catalog's place: `url` is libpq's and may hold a password, `shown` is without secrets."""

    url: str = field(repr=False)
    schema: str
    shown: str


def parse_address(url: str) -> Address:
    """Take `schema=NAME` out of a URL; raises `WrongUsageError` for a bad schema name."""
    place, mark, query = url.partition("?")
    items = query.split("&") if mark else []
    ours = [item for item in items if item.partition("=")[0] == _OURS]
    rest = "&".join(item for item in items if item not in ours)
    schema = unquote(ours[-1].partition("=")[2]) if ours else DEFAULT_SCHEMA
    if _SCHEMA.fullmatch(schema) is None:
        raise WrongUsageError(
            f"{schema!r} cannot be the schema of a catalog",
            hint="use letters, digits and '_', as in '?schema=team_a'",
        )
    return Address(f"{place}?{rest}" if rest else place, schema, without_secrets(url))
