"""What was read from a remote store once is on this machine: nothing more is requested for it."""

from pathlib import Path

import pytest

from artifactctl import save_artifact
from artifactctl.client import Client
from artifactctl.errors import ConflictError
from artifactctl.store.cache import Cache
from artifactctl.store.cached_store import CachedStore
from artifactctl.verbs import caching
from tests.store.counting import CountingStore

BIG = bytes(range(256)) * 6_000


@pytest.fixture
def behind(client: Client, home: Path, monkeypatch: pytest.MonkeyPatch) -> CountingStore:
    """The store of `client`, which passes for a remote one, with `tree` and `saved` in it."""
    made = CountingStore(home / "store")
    folder = home.parent / "data"
    (folder / "inner").mkdir(parents=True)
    (folder / "small").write_bytes(b"small")
    (folder / "inner" / "big").write_bytes(BIG)
    client.register("tree", folder)
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    save_artifact({"a": [1, 2.5]}, "saved")
    return made


@pytest.fixture
def cached(client: Client, behind: CountingStore) -> Client:
    folder = client.settings.home_path.parent / "cache"
    client.home.store = CachedStore(behind, Cache(str(folder), 1 << 30))
    return client


def asked_for_bytes(behind: CountingStore) -> int:
    return behind.asked["open"] + behind.asked["get_manifest"]


def test_the_second_download_load_and_verify_request_no_bytes(
    cached: Client, behind: CountingStore, work: Path
) -> None:
    for number in range(2):
        cached.download("tree", f"copy{number}")
        assert cached.get_artifact_version("saved").load() == {"a": [1, 2.5]}
        path = cached.get_artifact_version("tree").load()
        assert (path / "inner" / "big").read_bytes() == BIG
        assert cached.verify() == []
        cached.download("tree", f"again{number}.zip")
        if number == 0:
            assert asked_for_bytes(behind) > 0
            behind.asked.clear()
    assert asked_for_bytes(behind) == 0
    assert (work / "copy1" / "inner" / "big").read_bytes() == BIG
    assert behind.asked["size_bytes"] > 0  # that it is there, verify asks the store


@pytest.mark.parametrize("jobs", [1, 8])
def test_a_download_never_gives_a_file_that_is_linked_to_the_cache(
    cached: Client, work: Path, jobs: int
) -> None:
    for name in ("first", "second"):
        cached.download("tree", name, jobs=jobs)
        copy = work / name / "inner" / "big"
        assert copy.stat().st_nlink == 1
        copy.write_bytes(b"changed")
    cached.download("tree", "third")
    assert (work / "third" / "inner" / "big").read_bytes() == BIG


def test_verify_sees_what_is_missing_in_the_store_although_it_is_cached(
    cached: Client, behind: CountingStore, home: Path
) -> None:
    cached.download("tree", "copy")
    blob = next(path for path in (home / "store" / "blobs").glob("*/*") if path.stat().st_size == 5)
    kept = blob.read_bytes()
    blob.unlink()
    (problem,) = cached.verify("tree")
    assert (problem.path, problem.problem) == ("small", "missing from the store")
    blob.write_bytes(kept)
    blob.chmod(0o444)


def test_the_state_is_told_and_trimmed(cached: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(cached.settings.home_path.parent / "cache")
    monkeypatch.setenv("ARTIFACTCTL_CACHE", folder)
    monkeypatch.setenv("ARTIFACTCTL_CACHE_SIZE", "1GB")
    cached.download("tree", "copy")
    told = Client(cached.settings.home_path)
    found = told.info()["cache"]
    assert found["value"] == folder
    assert found["count"] == 3
    assert found["size_bytes"] > len(BIG)
    assert found["limit_bytes"] == 1_000_000_000
    done = told.trim_cache(0)
    assert (done.removed, done.left.count) == (3, 0)
    assert told.info()["cache"]["count"] == 0


def test_without_a_cache_there_is_none(client: Client) -> None:
    without = Client(client.settings.home_path, cache=False)
    assert caching.state(without.home).place is None
    assert without.info()["cache"]["value"] == "off"
    with pytest.raises(ConflictError, match="--no-cache"):
        without.trim_cache()
