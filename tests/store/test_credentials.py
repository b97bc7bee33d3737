"""Where the credentials and the endpoint of S3 come from, tried on a server."""

from pathlib import Path
from urllib.parse import quote

import pytest

from artifactctl.errors import InvalidInputError, NotAuthorisedError
from artifactctl.store.remote.opening import open_objects
from artifactctl.store_url import parse_store_url
from tests.servers import s3
from tests.servers.s3 import S3Server

KEYS = f"aws_access_key_id = {s3.KEY}\naws_secret_access_key = {s3.SECRET}\n"


@pytest.fixture(autouse=True)
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of AWS's files in an empty home, and none of its variables."""
    for name in ("PROFILE", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION", "ENDPOINT_URL"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".aws"
    folder.mkdir()
    return folder


def works(url: str) -> bool:
    objects = open_objects(parse_store_url(url), 10)
    objects.put("credentials/one", b"1")
    return objects.get("credentials/one", 10) == b"1"


def test_a_named_profile_has_the_keys_in_the_file_of_credentials(
    rclone_s3: S3Server, aws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (aws / "credentials").write_text(f"[default]\naws_access_key_id = no\n[team]\n{KEYS}")
    monkeypatch.setenv("AWS_PROFILE", "team")
    assert works(rclone_s3.url("p"))


def test_a_profile_in_the_url_comes_before_the_variables(
    rclone_s3: S3Server, aws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (aws / "credentials").write_text(f"[team]\n{KEYS}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")
    with pytest.raises(NotAuthorisedError) as refused:
        works(rclone_s3.url("p"))
    assert "another secret" not in f"{refused.value.message} {refused.value.hint}"
    assert works(f"{rclone_s3.url('p')}&profile=team")


def test_the_settings_may_name_region_and_endpoint(
    rclone_s3: S3Server, aws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = f"[profile team]\nregion = eu-west-1\nendpoint_url = {rclone_s3.endpoint}\n{KEYS}"
    (tmp_path / "settings").write_text(profile)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "settings"))
    monkeypatch.setenv("AWS_PROFILE", "team")
    assert works("s3://bucket/p")


def test_the_default_profile_and_the_variable_of_the_endpoint_are_enough(
    rclone_s3: S3Server, aws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (aws / "config").write_text(f"[default]\n{KEYS}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", rclone_s3.endpoint)
    assert works("s3://bucket/p")
    assert works("s3://bucket/p?region=us-west-2&virtual_hosted=false")


def test_a_profile_that_is_not_there_is_named(
    rclone_s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody's")
    with pytest.raises(InvalidInputError, match='AWS has no profile "nobody\'s"'):
        works(rclone_s3.url("p"))


def test_an_encoded_endpoint_is_the_same_endpoint(rclone_s3: S3Server, aws: Path) -> None:
    (aws / "credentials").write_text(f"[default]\n{KEYS}")
    assert works(f"s3://bucket/p?endpoint={quote(rclone_s3.endpoint, safe='')}")
