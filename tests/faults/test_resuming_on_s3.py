"""Uploads and downloads that were killed half-way go on where they were, on S3."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checker import check_catalog
from tests.commands import command, environment, execute
from tests.kept import Bucket
from tests.servers import s3
from tests.servers.proxy import Proxy, proxied
from tests.servers.s3 import S3Server

FILES, FILE_BYTES = 12, 3 << 20
BIG_BYTES = 48 << 20
MIB = 1 << 20


@pytest.fixture
def home(rclone_s3: S3Server, tmp_path: Path) -> Iterator[Path]:
    """A home whose bytes are on S3, where every promise must hold as well."""
    folder = tmp_path / "home"
    yield folder
    url = rclone_s3.url(f"resuming/{tmp_path.name}")
    check_catalog(folder / "catalog.db", Bucket(url, s3.ENVIRON))


@pytest.fixture
def link(rclone_s3: S3Server) -> Iterator[Proxy]:
    with proxied(rclone_s3.port) as proxy:
        proxy.bytes_per_s = 16 * MIB
        yield proxy


@pytest.fixture
def environ(rclone_s3: S3Server, link: Proxy, home: Path, tmp_path: Path) -> dict[str, str]:
    url = rclone_s3.url(f"resuming/{tmp_path.name}", port=link.port)
    extra = {**s3.ENVIRON, "ARTIFACTCTL_CACHE": "0", "ARTIFACTCTL_STORE": url}
    return environment(home, **extra)


def killed_when(link: Proxy, what: str, most: int, work: Path, environ: dict[str, str]) -> None:
    """Start a command and kill it when so many bytes went one way."""
    process = subprocess.Popen(command(*what.split()), cwd=work, env=environ)
    until = time.monotonic() + 60
    while link.asked_bytes + link.answered_bytes < most and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -9


def again(link: Proxy, what: str, work: Path, environ: dict[str, str]) -> int:
    """Run it once more; how many bytes went both ways."""
    time.sleep(0.5)  # for what is still on the way
    link.asked_bytes = link.answered_bytes = 0
    execute(what.split(), work, environ).ok()
    return link.asked_bytes + link.answered_bytes


def test_a_killed_download_asks_for_the_rest_only(
    rclone_s3: S3Server, link: Proxy, environ: dict[str, str], work: Path
) -> None:
    link.mends_ranges = True
    link.bytes_per_s = 0
    content = bytes(range(256)) * (BIG_BYTES // 256)
    (work / "big").write_bytes(content)
    execute(("register", "x", "big"), work, environ).ok()
    link.bytes_per_s = 16 * MIB
    link.asked_bytes = link.answered_bytes = 0
    killed_when(link, "download x copy", 24 * MIB, work, environ)
    link.bytes_per_s = 0
    (part,) = work.glob(".copy*")
    done = part.stat().st_size
    assert done >= 8 * MIB
    assert again(link, "download x copy", work, environ) < BIG_BYTES - done + 12 * MIB
    assert (work / "copy").read_bytes() == content


def test_a_killed_upload_sends_the_rest_only(
    link: Proxy, environ: dict[str, str], work: Path
) -> None:
    (work / "tree").mkdir()
    for number in range(FILES):
        (work / "tree" / f"{number}").write_bytes(bytes([number]) * FILE_BYTES)
    killed_when(link, "register x tree -j 2", FILES * FILE_BYTES * 2 // 3, work, environ)
    link.bytes_per_s = 0
    assert again(link, "register x tree -j 2", work, environ) < FILES * FILE_BYTES * 2 // 3
    execute(("verify",), work, environ).ok()
