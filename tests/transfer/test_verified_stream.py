"""Bytes that are read as they come are checked at their end."""

import io

import pytest

from artifactctl.digests import digest_of
from artifactctl.errors import IntegrityError
from artifactctl.manifest import Entry
from artifactctl.transfer.verified_stream import VerifiedStream

CONTENT = bytes(range(256)) * 40


def stream_of(given, recorded=CONTENT, **more):
    entry = Entry("f", len(recorded), digest_of(recorded), 0)
    return VerifiedStream(io.BytesIO(given), entry, **more)


def test_the_right_bytes_come_through_and_are_counted():
    counts = []
    stream = stream_of(CONTENT, advance=counts.append)
    assert io.BufferedReader(stream).read() == CONTENT
    assert sum(counts) == len(CONTENT)
    assert stream_of(b"", b"").read() == b""


@pytest.mark.parametrize("given", [CONTENT[::-1], CONTENT[:-1], CONTENT + b"x", b""])
def test_other_bytes_are_an_error_at_the_end_at_the_latest(given):
    with pytest.raises(IntegrityError, match="'f' is damaged"):
        stream_of(given).read()
    with pytest.raises(IntegrityError, match="'f' is damaged"):
        stream_of(given).finish()


def test_who_stops_early_finishes_even_what_was_closed():
    damaged = stream_of(CONTENT[:-1] + b"x")
    assert damaged.read(10) == CONTENT[:10]
    damaged.close()
    with pytest.raises(IntegrityError):
        damaged.finish()
    intact = stream_of(CONTENT)
    intact.read(10)
    intact.close()
    intact.finish()
    intact.finish()


def test_a_source_that_grew_is_not_read_to_its_end():
    source = io.BytesIO(CONTENT * 1000)
    entry = Entry("f", len(CONTENT), digest_of(CONTENT), 0)
    with pytest.raises(IntegrityError):
        VerifiedStream(source, entry).finish()
    assert source.tell() == len(CONTENT) + 1
