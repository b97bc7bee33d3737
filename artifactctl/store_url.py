"""URLs of stores on other machines: the schemes that are allowed, and their options."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlencode

from artifactctl.errors import WrongUsageError

_OBJECTS = frozenset({"endpoint", "region", "engine"})


@dataclass(frozen=True, slots=True)
class Scheme:
    """What the URLs of a scheme look like: an example, their options, and the package they need."""

    example: str
    package: str
    options: frozenset[str] = frozenset()
    has_user: bool = False


SCHEMES: Mapping[str, Scheme] = {
    "s3": Scheme("s3://BUCKET/PREFIX", "artifactctl[s3]", _OBJECTS | {"profile", "virtual_hosted"}),
    "gs": Scheme("gs://BUCKET/PREFIX", "artifactctl[gcs]", _OBJECTS),
    "az": Scheme("az://CONTAINER/PREFIX", "artifactctl[azure]", _OBJECTS | {"account"}),
    "sftp": Scheme(
        "sftp://USER@HOST/PATH", "artifactctl[sftp]", frozenset({"known_hosts", "key"}), True
    ),
    "smb": Scheme("smb://USER@HOST/SHARE/PATH", "smbprotocol", has_user=True),
    "webdav": Scheme("webdav://HOST/PATH", "webdav4[fsspec]", frozenset({"endpoint"}), True),
    "memory": Scheme("memory://NAME", "fsspec"),
}
"""The schemes of stores; `memory` is a store that ends with its process."""

_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")
_SECURE = ("credentials", "give credentials through the environment of the service")


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """The parts of a store's URL: `place` is a bucket, a container or a host with its port.

    `path` has no slash at either end. `password` is in no text that is printed.
    """

    scheme: str
    place: str
    path: str
    options: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    password: str = ""

    def __str__(self) -> str:
        """Return the URL without its password."""
        user = f"{self.user}@" if self.user else ""
        query = f"?{urlencode(self.options, safe=':/')}" if self.options else ""
        return f"{self.scheme}://{user}{self.place}/{self.path}".rstrip("/") + query

    @property
    def package(self) -> str:
        """The package that has to be installed."""
        return SCHEMES[self.scheme].package


def is_remote(url: str) -> bool:
    """Return whether a store's URL is of another machine, rather than of a local folder."""
    scheme, separator, _ = url.partition("://")
    return bool(separator) and scheme.lower() in SCHEMES


def has_plain_query(scheme: str, query: str) -> bool:
    """Return whether the query of a URL has options of a store only: none of them is a secret."""
    known = SCHEMES.get(scheme)
    given = {key for key, _ in parse_qsl(query, keep_blank_values=True)}
    return known is not None and "@" not in unquote(query) and given <= known.options


def parse_store_url(text: str) -> StoreUrl:
    """Return the parts of a store's URL.

    Raises `WrongUsageError` for a scheme, an option or a form that is not known. No error shows
    what may be a secret.
    """
    found = _PARTS.fullmatch(text)
    scheme = found[1].lower() if found else ""
    if found is None or scheme not in SCHEMES or not text.isprintable():
        raise WrongUsageError("the URL of the store is not supported", hint=known_forms())
    known = SCHEMES[scheme]
    userinfo, _, place = found[2].rpartition("@")
    user, _, password = userinfo.partition(":")
    if userinfo and not known.has_user:
        raise WrongUsageError(f"the URL of a store of {scheme!r} has {_SECURE[0]}", hint=_SECURE[1])
    if not _HOST.fullmatch(place):
        raise WrongUsageError(f"a store of {scheme!r} needs a URL such as {known.example}")
    path = found[3].strip("/")
    if any(part in ("", ".", "..") for part in path.split("/")) and path:
        raise WrongUsageError(f"the path {path!r} of the store has empty or dotted parts")
    options = _options(scheme, found[4] or "")
    return StoreUrl(scheme, place, path, options, unquote(user), unquote(password))


def known_forms() -> str:
    """Return the forms of URLs that a store may have, for a hint."""
    return "use a path, file:///PATH, " + ", ".join(item.example for item in SCHEMES.values())


def _options(scheme: str, query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    allowed = SCHEMES[scheme].options
    if set(options) - allowed or "@" in unquote(query):
        usable = ", ".join(sorted(allowed)) or "none"
        raise WrongUsageError(
            f"the URL of a store of {scheme!r} has an option that is not known",
            hint=f"its options are {usable}; {_SECURE[1]}",
        )
    return options
