"""Where obstore finds the credentials and endpoints of services: the environment, and profiles.

obstore reads the usual variables itself (AWS_…, GOOGLE_…, AZURE_…). It does not read the files of
AWS's command line, whose static profiles are few lines.
"""

import os
from configparser import ConfigParser, Error
from dataclasses import dataclass
from pathlib import Path

from artifactctl.errors import InvalidInputError
from artifactctl.store_url import StoreUrl

_USUAL_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The settings of an obstore store that come from a URL and files; `endpoint` may be empty."""

    endpoint: str
    config: dict[str, str]


def aws_settings(url: StoreUrl) -> ServiceSettings:
    """The settings for S3.

    Raises `InvalidInputError` when a profile is named that does not exist.
    """
    name = url.options.get("profile") or os.environ.get("AWS_PROFILE")
    uses_variables = "AWS_ACCESS_KEY_ID" in os.environ and "profile" not in url.options
    profile = {} if uses_variables else _profile(name or "default", is_asked=bool(name))
    endpoint = url.options.get("endpoint") or _of_environment(
        "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"
    )
    endpoint = endpoint or profile.get("endpoint_url", "")
    region = url.options.get("region") or _of_environment("AWS_REGION", "AWS_DEFAULT_REGION")
    config = {"region": region or profile.get("region", _USUAL_REGION)}
    if endpoint:
        config["endpoint"] = endpoint
    if url.options.get("virtual_hosted"):
        config["virtual_hosted_style_request"] = url.options["virtual_hosted"]
    for ours, theirs in _OF_PROFILE.items():
        if theirs in profile:
            config[ours] = profile[theirs]
    return ServiceSettings(endpoint, config)


def gcs_settings(url: StoreUrl) -> ServiceSettings:
    """The settings for Google Cloud Storage."""
    endpoint = url.options.get("endpoint", "")
    return ServiceSettings(endpoint, {"base_url": endpoint} if endpoint else {})


def azure_settings(url: StoreUrl) -> ServiceSettings:
    """The settings for Azure Blob Storage."""
    given = {"endpoint": url.options.get("endpoint"), "account_name": url.options.get("account")}
    config = {key: value for key, value in given.items() if value}
    return ServiceSettings(config.get("endpoint", ""), config)


_OF_PROFILE = {
    "access_key_id": "aws_access_key_id",
    "secret_access_key": "aws_secret_access_key",
    "session_token": "aws_session_token",
}


def _of_environment(*names: str) -> str:
    return next((value for name in names if (value := os.environ.get(name))), "")


def _profile(name: str, *, is_asked: bool) -> dict[str, str]:
    """A profile of AWS's files; empty when there is none and none was asked for."""
    folder = Path("~/.aws").expanduser()
    credentials = os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or folder / "credentials"
    config = os.environ.get("AWS_CONFIG_FILE") or folder / "config"
    found: dict[str, str] = {}
    for path, section in (
        (config, name if name == "default" else f"profile {name}"),
        (credentials, name),
    ):
        parser = ConfigParser(interpolation=None, default_section="\0", strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (Error, UnicodeDecodeError):
            raise InvalidInputError(
                f"{os.fspath(path)!r} cannot be read as AWS's settings"
            ) from None
        if parser.has_section(section):
            found |= dict(parser.items(section))
    if not found and is_asked:
        raise InvalidInputError(
            f"AWS has no profile {name!r} on this machine", hint="see ~/.aws/config"
        )
    return found
