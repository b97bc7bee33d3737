"""URLs as texts to store and to show: without secrets, and with local paths escaped."""

import os
import re
from urllib.parse import quote

from artifactctl.store_url import has_plain_query

LOCAL = "file://"
"""The prefix of a local file's URL. Stored URLs are not escaped; printed ones are."""

_CHAIN = re.compile(r"::(?=[A-Za-z][\w+.-]*://)")
_URL = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*)://(?P<host>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_USER = re.compile(r"(?P<user>.*)(?P<at>@|%(25)*40)", re.DOTALL | re.IGNORECASE)
_COLON = re.compile(":|%(25)*3a", re.IGNORECASE)
_USER_IN_PATH = re.compile(r"(?<=/)([^/:@]*):[^/@]*@")
_LOCAL = ("file", "sqlite")
POSTGRES = ("postgresql", "postgres")
"""The schemes of URLs of PostgreSQL."""

# The parameters of a URL of PostgreSQL that tell where a catalog is, and are no secrets.
_SHOWN = {"schema", "host", "hostaddr", "port", "dbname", "user", "service", "sslmode"}
_WITH_CONTAINER = ("az", "abfs", "abfss")  # in CONTAINER@ACCOUNT the first part is not a user


def without_secrets(url: str) -> str:
    """Return the URL with its secrets replaced by `***`.

    Secrets are passwords, and a query or fragment, which may be a token. The URL is parsed by hand,
    because `urllib` misreads a password with an unescaped `/` and a local path with a `?`. In a
    chain (`zip://a::http://…`) each URL is treated.
    """
    return "::".join(map(_without_secrets, _CHAIN.split(url)))


def file_url(path: str) -> str:
    """Return the URL of an absolute path, with spaces and other characters escaped."""
    return LOCAL + quote(os.fsencode(path))


def url_in_store(store: str, key: str) -> str:
    """Return the URL of what the store at a URL has under a key, without secrets and parameters."""
    if store.startswith(LOCAL):
        return f"{file_url(store.removeprefix(LOCAL))}/{key}"
    return f"{without_secrets(store.partition('?')[0]).rstrip('/')}/{key}"


def _without_secrets(url: str) -> str:
    found = _URL.fullmatch(url)
    if found is None or found["scheme"].lower() in _LOCAL:
        return url
    host, rest = found["host"], found["rest"]
    is_port = host.rpartition(":")[2].isdigit()
    if "@" not in host and "@" in rest and ":" in host and not is_port:
        head, _, tail = rest.rpartition("@")
        host, rest = f"{host}{head}@", tail
    if user := _USER.match(host):
        host = _shown_user(found["scheme"].lower(), user["user"]) + user["at"] + host[user.end() :]
    path = re.split("[?#]", rest, maxsplit=1)[0]
    scheme, query = found["scheme"].lower(), rest[len(path) :]
    if scheme in POSTGRES:
        query = _shown_query(query)
    elif "#" in query or not has_plain_query(scheme, query[1:]):
        query = f"{query[:1]}***" if query else ""
    shown = _USER_IN_PATH.sub(r"\1:***@", path)
    return f"{found['scheme']}://{host}{shown}{query}"


def _shown_query(query: str) -> str:
    """The parameters of a URL of PostgreSQL; the value of each that may be a secret is `***`."""
    items = [item.partition("=") for item in query[1:].split("&")]
    shown = [f"{name}={value if name in _SHOWN else '***'}" for name, _, value in items if name]
    return f"?{'&'.join(shown)}" if shown else ""


def _shown_user(scheme: str, userinfo: str) -> str:
    if colon := _COLON.search(userinfo):
        return f"{userinfo[: colon.start()]}:***"
    is_name = scheme in (*_WITH_CONTAINER, *POSTGRES)
    return userinfo if is_name else "***"  # a user without a password is often a token
