"""Publishing while others clear the store: the bytes come again, or nothing is published."""

import io
from pathlib import Path

import pytest

from artifactctl.catalog.reading.finding import find_artifact, find_version
from artifactctl.client import Client
from artifactctl.digests import digest_of
from artifactctl.enums import VersionKind
from artifactctl.errors import BytesGoneError, NotFoundError
from artifactctl.home import Home
from artifactctl.manifest import Entry, Manifest
from artifactctl.refs import parse_ref
from artifactctl.verbs.publishing import ATTEMPTS, Needed, Stored, Upload, VersionSpec, publish_one
from tests.catalog.test_rows import everything

CONTENT = b"content"
SPEC = VersionSpec("a", tags=["t"])


def stored(home: Home) -> Stored:
    home.store.put_stream(io.BytesIO(CONTENT))
    manifest = Manifest.of(VersionKind.FILE, [Entry("f", len(CONTENT), digest_of(CONTENT), 0)])
    return Stored(manifest, home.store.put_manifest(manifest.to_bytes()))


class Lossy:
    """An upload whose bytes `gc` takes away again the first `losses` times."""

    def __init__(self, home: Home, losses: int) -> None:
        self.home, self.losses, self.puts = home, losses, 0

    def __call__(self) -> Stored:
        self.puts += 1
        item = stored(self.home)
        if self.puts <= self.losses:
            other = Client(self.home.settings.home_path)
            other.collect_garbage(grace_s=0)
            other.close()
        return item


@pytest.mark.parametrize("losses", [0, 1, ATTEMPTS + 1])
def test_bytes_that_are_cleared_away_are_stored_again(client: Client, losses: int) -> None:
    put = Lossy(client.home, losses)
    publish_one(client.home, Upload(SPEC, put))
    assert put.puts == losses + 1
    assert find_version(client.catalog, parse_ref("a")).version == "1"
    assert client.verify() == []


def test_bytes_that_never_stay_leave_nothing_behind_not_even_the_name(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTIFACTCTL_TIMEOUT", "0.1")
    client = Client(home)
    put = Lossy(client.home, 1000)
    with pytest.raises(BytesGoneError, match="bytes of 'a' were removed"):
        publish_one(client.home, Upload(SPEC, put))
    assert put.puts >= ATTEMPTS
    assert not any(everything(client.catalog))
    with pytest.raises(NotFoundError):
        find_artifact(client.catalog, "a")
    client.close()


def test_what_can_be_read_once_is_not_uploaded_again(client: Client) -> None:
    put = Lossy(client.home, 1)
    with pytest.raises(BytesGoneError):
        publish_one(client.home, Upload(SPEC, put), may_repeat=False)
    assert put.puts == 1
    assert not any(everything(client.catalog))


def test_what_a_change_needs_is_told_without_gathering_it() -> None:
    needed, entries = Needed(), [Entry(f"{i}", 1, digest_of(b"%d" % i), 0) for i in range(3)]
    stored = Stored(Manifest.of(VersionKind.FOLDER, entries), digest_of(b"manifest"))
    assert not needed
    needed.start({digest_of(b"more")})
    for _ in range(2):  # a transaction that is repeated adds it again
        needed.add(stored)
    expected = {digest_of(b"more"), digest_of(b"manifest"), *stored.manifest.digests}
    assert set(needed) == expected
    assert len(needed) == len(expected)
    assert digest_of(b"2") in needed
    assert digest_of(b"3") not in needed
    needed.start(())
    assert not needed
