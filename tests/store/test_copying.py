"""Copying and hashing: the digest is always that of the copy."""

import errno
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl import copying
from artifactctl.copying import copy_file, copy_stream, hash_file, hash_stream
from artifactctl.digests import digest_of
from tests.store.places import flipped

pytestmark = pytest.mark.usefixtures("small_chunks")

DATA = bytes(range(256)) * 8
MIB = 1 << 20


@contextmanager
def opened(source: Path, target: Path) -> Iterator[tuple[int, int]]:
    read = os.open(source, os.O_RDONLY)
    write = os.open(target, os.O_RDWR | os.O_CREAT)
    try:
        yield read, write
    finally:
        os.close(read)
        os.close(write)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.integers(0, 2000).map(lambda size: DATA[:size]), held=st.integers(0, 2000))
def test_a_copy_goes_on_from_what_the_target_holds(tmp_path: Path, data: bytes, held: int) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(data)
    target.write_bytes(data[:held])
    counts: list[int] = []
    with opened(source, target) as (read, write):
        assert copy_file(read, write, len(data), counts.append) == digest_of(data)
    assert target.read_bytes() == data
    assert sum(counts) == len(data)


def test_the_digest_is_that_of_the_copy_also_where_it_was_begun_wrongly(
    source: Path, target: Path
) -> None:
    begun = flipped(DATA[:300])
    target.write_bytes(begun)
    with opened(source, target) as (read, write):
        digest = copy_file(read, write, len(DATA))
    assert digest == digest_of(begun + DATA[300:]) == digest_of(target.read_bytes())


def test_bytes_that_are_held_are_not_read_from_the_source_again(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.write_bytes(DATA[:1500])
    positions: list[int] = []
    real = os.copy_file_range

    def spy(read: int, write: int, count: int, offset: int, goal: int) -> int:
        positions.append(offset)
        return real(read, write, count, offset, goal)

    monkeypatch.setattr(os, "copy_file_range", spy)
    with opened(source, target) as (read, write):
        copy_file(read, write, len(DATA))
    assert min(positions) == 1500


@pytest.mark.parametrize(
    "code", [errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM]
)
@pytest.mark.parametrize("after", [0, 2])
def test_files_are_read_and_written_where_the_kernel_cannot_copy(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch, code: int, after: int
) -> None:
    real, calls = os.copy_file_range, []

    def refuse(*arguments: int) -> int:
        calls.append(arguments)
        if len(calls) > after:
            raise OSError(code, os.strerror(code))
        return real(*arguments)

    monkeypatch.setattr(os, "copy_file_range", refuse)
    with opened(source, target) as (read, write):
        assert copy_file(read, write, len(DATA)) == digest_of(DATA)
    assert target.read_bytes() == DATA


def test_files_are_copied_where_the_system_has_no_call_for_it(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "copy_file_range")
    monkeypatch.delattr(os, "posix_fadvise")
    with opened(source, target) as (read, write):
        assert copy_file(read, write, len(DATA)) == digest_of(DATA)
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_an_error_of_the_disk_is_not_mistaken_for_that(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(*_arguments: int) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "copy_file_range", fail)
    with opened(source, target) as (read, write), pytest.raises(OSError) as caught:
        copy_file(read, write, len(DATA))
    assert caught.value.errno == code


def test_an_error_while_hashing_ends_the_copying(source: Path, target: Path) -> None:
    def stop(_count: int) -> None:
        raise KeyboardInterrupt

    with opened(source, target) as (read, write), pytest.raises(KeyboardInterrupt):
        copy_file(read, write, len(DATA), stop)
    assert target.stat().st_size < len(DATA)


def test_a_source_that_shrank_shows_in_the_copy(source: Path, target: Path) -> None:
    with opened(source, target) as (read, write):
        os.truncate(source, 1000)
        assert copy_file(read, write, len(DATA)) == digest_of(DATA[:1000])
    assert target.read_bytes() == DATA[:1000]


def test_a_source_that_grew_is_copied_to_the_size_it_had(source: Path, target: Path) -> None:
    with opened(source, target) as (read, write):
        with source.open("ab") as file:
            file.write(b"more")
        assert copy_file(read, write, len(DATA)) == digest_of(DATA)


def test_a_small_source_that_grew_shows_in_the_digest(source: Path, target: Path) -> None:
    with opened(source, target) as (read, write):
        assert copy_file(read, write, 10) != digest_of(DATA[:10])


def test_hashing_starts_at_the_top_wherever_the_file_stands(source: Path, target: Path) -> None:
    with opened(source, target) as (read, _write):
        os.lseek(read, 0, os.SEEK_END)
        assert hash_file(read) == (digest_of(DATA), len(DATA))


def test_streams_are_hashed_and_copied_in_one_pass(source: Path, target: Path) -> None:
    with opened(source, target) as (_read, write):
        assert copy_stream(io.BytesIO(DATA), write) == (digest_of(DATA), len(DATA))
    assert target.read_bytes() == DATA
    assert hash_stream(io.BytesIO(DATA)) == (digest_of(DATA), len(DATA))


def test_writes_that_take_only_a_part_are_gone_on_with(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:7]))
    with opened(source, target) as (_read, write):
        copying.write_whole(write, DATA)
    assert target.read_bytes() == DATA


def test_reads_that_give_only_a_part_are_gone_on_with(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: real(descriptor, min(size, 7)))
    with opened(source, target) as (read, _write):
        assert copying.read_whole(read, len(DATA)) == DATA


def test_memory_does_not_grow_with_the_size_of_a_file(tmp_path: Path) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(400 * MIB)
    script = (
        "import os, sys\n"
        "from artifactctl.copying import copy_file\n"
        "read = os.open(sys.argv[1], os.O_RDONLY)\n"
        "write = os.open(sys.argv[2], os.O_RDWR | os.O_CREAT)\n"
        "copy_file(read, write, os.fstat(read).st_size)\n"
        "status = open('/proc/self/status').read()\n"
        "print(status.partition('VmHWM:')[2].split()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(big), str(tmp_path / "copy")],
        capture_output=True,
        check=True,
    )
    assert int(done.stdout) * 1024 < 100 * MIB
