"""S3 behind TLS: whose certificate is accepted, and what is said of another one."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from artifactctl.errors import RemoteUnavailableError
from artifactctl.store.remote.opening import open_objects
from artifactctl.store_url import parse_store_url
from tests.conftest import Run
from tests.servers import s3
from tests.servers.programs import free_port, program, serving

NEW = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


@dataclass(frozen=True)
class Secured:
    """A server whose certificate is for 127.0.0.1, by the authority `authority`."""

    port: int
    authority: Path

    def url(self, host: str) -> str:
        return f"s3://{s3.BUCKET}/x?endpoint=https://{host}:{self.port}"


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secured]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")
    for name, value in s3.ENVIRON.items():
        monkeypatch.setenv(name, value)
    for words in (
        f"req -x509 {NEW} -days 2 -subj /CN=authority -keyout ca.key -out ca.crt",
        f"req {NEW} -subj /CN=server -addext subjectAltName=IP:127.0.0.1 -keyout s.key -out s.csr",
        "x509 -req -in s.csr -CA ca.crt -CAkey ca.key -days 2 -copy_extensions copy -out s.crt",
    ):
        subprocess.run(["openssl", *words.split()], cwd=tmp_path, check=True, capture_output=True)
    port, data = free_port(), tmp_path / "data"
    (data / s3.BUCKET).mkdir(parents=True)
    words = [program("rclone"), "serve", "s3", "--addr", f"127.0.0.1:{port}"]
    words += ["--auth-key", f"{s3.KEY},{s3.SECRET}", "--cert", "s.crt", "--key", "s.key", data]
    with serving(words, port, tmp_path / "rclone.log"):
        yield Secured(port, tmp_path / "ca.crt")


def test_only_a_certificate_of_a_known_authority_for_the_host_is_accepted(
    secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = open_objects(parse_store_url(secured.url("127.0.0.1")), 10)
    monkeypatch.setenv("SSL_CERT_FILE", str(secured.authority))
    for_another = open_objects(parse_store_url(secured.url("localhost")), 10)
    known = open_objects(parse_store_url(secured.url("127.0.0.1")), 10)
    known.put("a", b"1")
    assert known.get("a", 10) == b"1"
    for objects in (unknown, for_another):
        with pytest.raises(RemoteUnavailableError, match="cannot be trusted") as refused:
            objects.head("a")
        assert "SSL_CERT_FILE" in refused.value.hint


def test_linked_data_behind_a_wrong_certificate_is_told_of(secured: Secured, run: Run) -> None:
    environ = {**s3.ENVIRON, "AWS_ENDPOINT_URL": f"https://127.0.0.1:{secured.port}"}
    for url in ("s3://bucket/a", f"https://127.0.0.1:{secured.port}/bucket/a"):
        refused = run("register", "x", url, "--link", **environ)
        assert (refused.code, "SSL_CERT_FILE" in refused.err) == (10, True), refused.err
