"""The addresses at which linked data may lie: what fsspec would make of others is not asked.

fsspec takes chains of protocols (`zip://a::http://…`), protocols that read this machine's files
or memory, and credentials in a URL. Of an address that is kept, and shown to whoever sees the
catalog, nothing of that may be a part.
"""

import re
from urllib.parse import unquote

from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.settings import LOCAL, without_secrets

# The protocols, and what has to be installed for each.
PACKAGES = {
    **dict.fromkeys(("http", "https"), "artifactctl[http]"),
    "s3": "artifactctl[s3]",
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("az", "abfs", "abfss"), "adlfs"),
    **dict.fromkeys(("sftp", "ssh"), "paramiko"),
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
    """Whether it is written as a URL, of whatever protocol."""
    return "://" in target


def is_local(address: str) -> bool:
    """Whether it is a URL of a local file."""
    return address[: len(LOCAL)].lower() == LOCAL


def local_path(address: str) -> str:
    """The absolute path in a URL of a local file.

    Raises `InvalidInputError` when it has a host, or cannot be a path.
    """
    path = address[len(LOCAL) :]
    if not path.startswith("/") or "\0" in path:
        raise InvalidInputError(
            f"{address!r} is no URL of a local file", hint="give file:///PATH, or the path itself"
        )
    return path


def check_new_address(url: str) -> str:
    """An address that may be kept: see `check_address`; it has no query and no fragment either.

    Those may be a signature or a token, and could not be shown to anybody.
    """
    checked = check_address(url)
    if "?" in url or "#" in url:
        raise InvalidInputError(
            f"{without_secrets(url)}: a URL with a query or fragment cannot be linked",
            hint="link the URL without it, or download the file and register that",
        )
    return checked


def check_address(url: str) -> str:
    """A URL that may be asked, with its protocol in small letters.

    Raises `WrongUsageError` for a protocol that is not among `PACKAGES` and for a chain,
    `InvalidInputError` for a user, a password, or what no URL has; neither shows what is secret.
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
        raise WrongUsageError(f"what is reached by {scheme!r} cannot be linked", hint=_KNOWN)
    _check_place(scheme, _decoded(found[2]), _decoded(found[3]))
    return scheme + url[len(scheme) :]


def _check_place(scheme: str, host: str, path: str) -> None:
    is_sound = _PLACES.get(scheme, _HOST).fullmatch(host) is not None
    if ("@" in host and not is_sound) or _PASSWORD.search(host + path):
        raise InvalidInputError("a URL with a user or password cannot be linked", hint=_ENVIRONMENT)
    if not is_sound:
        raise InvalidInputError(
            f"a URL of {scheme!r} without a sound name of its server cannot be linked",
            hint="give PROTOCOL://HOST/PATH, without user and password",
        )


def _decoded(text: str) -> str:
    """What a text stands for, however often its characters were escaped."""
    while (plain := unquote(text, errors="replace")) != text:
        text = plain
    return text
