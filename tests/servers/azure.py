"""Azure Blob Storage: azurite, with one container."""

import base64
import hashlib
import hmac
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.servers.programs import ROOT, free_port, program, serving

ACCOUNT = "devstoreaccount1"
# Azurite's own, the same everywhere: it protects nothing.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
CONTAINER = "container"
ENVIRON = {"AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": KEY}


@dataclass(frozen=True)
class AzureServer:
    """A server with one container."""

    port: int

    def url(self, prefix: str, *, port: int | None = None, container: str = CONTAINER) -> str:
        """The URL of a store; `port` is that of a proxy."""
        return f"az://{container}/{prefix}?endpoint=http://127.0.0.1:{port or self.port}/{ACCOUNT}"


@contextmanager
def serve_azurite(folder: Path) -> Iterator[AzureServer]:
    """Serve from files in `folder`."""
    azurite = program("azurite-blob", ROOT / ".venv-servers" / "node_modules" / ".bin")
    port = free_port()
    words = [azurite, "--blobHost", "127.0.0.1", "--blobPort", port, "--location", folder / "data"]
    words += ["--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    with serving(words, port, folder / "azurite.log"):
        _make_container(port)
        yield AzureServer(port)


def _make_container(port: int) -> None:
    """Make the container: obstore makes none. Signed as "Shared Key" is documented."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    named = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    resource = f"/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
    text = "PUT" + "\n" * 12 + named + resource
    signature = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}"
    url = f"http://127.0.0.1:{port}/{ACCOUNT}/{CONTAINER}?restype=container"
    request = urllib.request.Request(url, method="PUT", headers={**headers, "Content-Length": "0"})
    urllib.request.urlopen(request, timeout=60).close()


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureServer]:
    with serve_azurite(tmp_path_factory.mktemp("azurite")) as server:
        yield server
