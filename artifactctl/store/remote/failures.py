"""The failures of services as artifactctl's errors, without the secrets that they may contain."""

import os
import re
import ssl

from artifactctl.errors import (
    ArtifactctlError,
    NotAuthorisedError,
    NotFoundError,
    RemoteUnavailableError,
    one_line,
)
from artifactctl.store_url import StoreUrl

_MOST_CHARS = 200
_QUERY = re.compile(r"\?[^\s\"'<>]*")
_USER = re.compile(r"//[^\s/@]*@")
_AFTER = re.compile(r"\s*(Debug source:|<\?xml).*", re.DOTALL)
_SECRETS = re.compile(r"SECRET|TOKEN|PASSWORD|KEY|SAS", re.IGNORECASE)
_SHORTEST_SECRET = 6


def refused(url: StoreUrl) -> NotAuthorisedError:
    """The error for credentials that are wrong or missing, or that lack a permission."""
    return NotAuthorisedError(f"{url} refused access", hint=_CREDENTIALS[url.scheme])


def no_bucket(url: StoreUrl) -> NotFoundError:
    """The error for a bucket, container or host's folder that does not exist."""
    return NotFoundError(
        f"{url}: {url.place!r} does not exist there",
        hint="make the bucket first: artifactctl makes none; or check the URL and the region",
    )


def unavailable(url: StoreUrl, error: Exception) -> RemoteUnavailableError:
    """The error for a service that did not answer, or answered that it cannot now."""
    return RemoteUnavailableError(
        f"{url} is not available: {_said(error, url)}",
        hint=f"try again later; {_CREDENTIALS[url.scheme]}",
    )


def too_slow(url: StoreUrl) -> RemoteUnavailableError:
    """The error for a link over which a part of a file does not get through in time."""
    return RemoteUnavailableError(
        f"{url} is not available: the link is too slow for a part of a big file",
        hint="--timeout SECONDS waits longer",
    )


def untrusted(url: StoreUrl, error: Exception) -> RemoteUnavailableError:
    """The error for a server that does not prove who it is: nothing was sent to it."""
    return RemoteUnavailableError(
        f"{url} cannot be trusted: {_said(error, url)}",
        hint=_TRUST.get(url.scheme, CERTIFICATE),
    )


def is_untrusted(error: BaseException | None) -> bool:
    """Whether an error, or one that it comes from, is about a certificate."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def by_status(url: StoreUrl, status: int, error: Exception) -> ArtifactctlError:
    """The error for the status of an HTTP answer about the bucket as a whole."""
    if status in (401, 403):
        return refused(url)
    return no_bucket(url) if status == 404 else unavailable(url, error)


CERTIFICATE = (
    "see that the URL has the name that the server's certificate is for; name the file of an"
    " authority of your own with the variable SSL_CERT_FILE"
)
_TRUST = {
    "sftp": "compare the key of the host with that which its owner tells, then add it to"
    " ~/.ssh/known_hosts ('ssh-keyscan HOST' prints it), or name a file: '?known_hosts=FILE'",
}
_CREDENTIALS = {
    "s3": "credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "gs": "credentials come from GOOGLE_APPLICATION_CREDENTIALS",
    "az": "credentials come from AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    "sftp": "keys and known hosts come from ~/.ssh, or '?key=FILE&known_hosts=FILE'",
    "smb": "check user and password",
    "webdav": "check user and password",
    "memory": "",
}


def _said(error: Exception, url: StoreUrl) -> str:
    """What a library says of a failure, without what is or may be a secret."""
    text = _AFTER.sub("", str(error)) or type(error).__name__
    text = _USER.sub("//***@", _QUERY.sub("?***", text))
    for secret in _known_secrets(url):
        text = text.replace(secret, "***")
    return one_line(Exception(text))[:_MOST_CHARS]


def _known_secrets(url: StoreUrl) -> list[str]:
    of_environment = [value for name, value in os.environ.items() if _SECRETS.search(name)]
    return [item for item in (url.password, *of_environment) if len(item) >= _SHORTEST_SECRET]
