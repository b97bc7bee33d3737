"""What a store on WebDAV bears: replacing is not atomic there, and answers get lost."""

import uuid
from collections.abc import Iterator
from threading import Timer

import pytest

from artifactctl.errors import RemoteUnavailableError
from artifactctl.testing.store import RECORD
from tests.servers.proxy import Fault, Kind, Proxy, proxied
from tests.servers.webdav import WebdavServer
from tests.store.test_every_store import RemotePlace


@pytest.fixture
def proxy(rclone_webdav: WebdavServer) -> Iterator[Proxy]:
    with proxied(rclone_webdav.port) as proxy:
        yield proxy


@pytest.fixture
def place(rclone_webdav: WebdavServer, proxy: Proxy) -> RemotePlace:
    prefix = uuid.uuid4().hex
    direct = rclone_webdav.url(prefix)
    return RemotePlace(rclone_webdav.url(prefix, port=proxy.port), direct)


def test_a_record_that_is_being_replaced_is_asked_for_again(place: RemotePlace) -> None:
    store, key = place.open(), f"records/{RECORD}.json"
    store.put_records({RECORD: b"old"})
    place.remove(key)
    replaced = Timer(0.05, place.write, (key, b"new"))
    replaced.start()
    found = store.get_record(RECORD)
    replaced.join()
    assert found == b"new"


def test_a_file_is_put_where_only_the_answer_to_its_renaming_is_lost(
    place: RemotePlace, proxy: Proxy
) -> None:
    store = place.open()
    store.put_records({RECORD: b"old"})
    proxy.break_with(Fault(Kind.UNANSWERED, times=1, word=b"MOVE /"))
    store.put_records({RECORD: b"new"})
    assert proxy.struck == 1
    assert place.read(f"records/{RECORD}.json") == b"new"
    assert place.keys("tmp") == set()


def test_a_file_that_is_never_renamed_is_not_called_put(place: RemotePlace, proxy: Proxy) -> None:
    store = place.open()
    store.put_records({RECORD: b"old"})
    proxy.break_with(Fault(Kind.RESET))
    with pytest.raises(RemoteUnavailableError):
        store.put_records({RECORD: b"new"})
    proxy.heal()
    assert place.read(f"records/{RECORD}.json") == b"old"
