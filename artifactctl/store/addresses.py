"""The URLs at which linked data may be, checked before fsspec is asked.

fsspec accepts chains of protocols (`zip://a::http://…`), protocols that read this machine's files
or memory, and credentials in a URL. A URL that is stored in the catalog, and shown to everybody
who reads it, may contain none of these.
"""

import re
from urllib.parse import unquote

from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.url_text import LOCAL, without_secrets

# The protocols, and the package that each needs.
PACKAGES = {
    **dict.fromkeys(("http", "https"), "artifactctl[http]"),
    "s3": "artifactctl[s3]",
    **dict.fromkeys(("gs", "gcs"), "artifactctl[gcs]"),
    **dict.fromkeys(("az", "abfs", "abfss"), "artifactctl[azure]"),
    **dict.fromkeys(("sftp", "ssh"), "artifactctl[sftp]"),
}

_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\\]*)(.*)")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_BUCKET = re.compile(r"[A-Za-z0-9._-]+|arn:aws[A-Za-z0-9:._-]+")
_CONTAINER = re.compile(r"[A-Za-z0-9$._-]+(@[A-Za-z0-9.-]+)?")
_PLACES = {
    **dict.fromkeys(("s3", "gs", "gcs"), _BUCKET),
    **dict.fromkeys(("az", "abfs", "abfss"), _CONTAINER),
}
_PASSWORD = re.compile(r"(^|/)[^/]*:[^/]*@")
_KNOWN = f"use file:///PATH, or one of {', '.join(PACKAGES)}"
_ENVIRONMENT = "give credentials through the environment of the service"


def is_address(target: str) -> bool:
    """Whether a target is a URL of any protocol, rather than a path."""
    return "://" in target


def is_local(address: str) -> bool:
    """Whether a URL is of a local file."""
    return address[: len(LOCAL)].lower() == LOCAL


def local_path(address: str) -> str:
    """The absolute path in a URL of a local file.

    Raises `InvalidInputError` when the URL has a host, or no valid path.
    """
    path = address[len(LOCAL) :]
    if not path.startswith("/") or "\0" in path:
        raise InvalidInputError(
            f"{address!r} is not the URL of a local file",
            hint="give file:///PATH, or the path itself",
        )
    return path


def check_new_address(url: str) -> str:
    """Return a URL that may be stored: see `check_address`; also without query and fragment.

    These may be a signature or a token, and the catalog is shown to others.
    """
    checked = check_address(url)
    if "?" in url or "#" in url:
        raise InvalidInputError(
            f"{without_secrets(url)}: a URL with a query or fragment cannot be linked",
            hint="link the URL without it, or download the file and register that",
        )
    return checked


def check_address(url: str) -> str:
    """Return a URL that may be requested, with its protocol in lower case.

    Raises `WrongUsageError` for a chain of URLs and a protocol that is not among `PACKAGES`,
    `InvalidInputError` for credentials and for text that is not a URL. No error shows secrets.
    """
    plain = _decoded(url)
    if "::" in plain:
        raise WrongUsageError("a chain of URLs cannot be linked", hint=_KNOWN)
    found = _PARTS.fullmatch(url)
    if found is None or not plain.isprintable():
        raise InvalidInputError(
            "a URL with control characters, or without protocol, cannot be linked",
            hint="give PROTOCOL://HOST/PATH",
        )
    scheme = found[1].lower()
    if scheme not in PACKAGES:
        raise WrongUsageError(f"a URL of {scheme!r} cannot be linked", hint=_KNOWN)
    _check_place(scheme, _decoded(found[2]), _decoded(found[3]))
    return scheme + url[len(scheme) :]


def _check_place(scheme: str, host: str, path: str) -> None:
    is_valid = _PLACES.get(scheme, _HOST).fullmatch(host) is not None
    if ("@" in host and not is_valid) or _PASSWORD.search(host + path):
        raise InvalidInputError("a URL with a user or password cannot be linked", hint=_ENVIRONMENT)
    if not is_valid:
        raise InvalidInputError(
            f"a URL of {scheme!r} without a valid host or bucket cannot be linked",
            hint="give PROTOCOL://HOST/PATH, without user and password",
        )


def _decoded(text: str) -> str:
    """The text without percent-encoding, however often it was encoded."""
    while (plain := unquote(text, errors="replace")) != text:
        text = plain
    return text
