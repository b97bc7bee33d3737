"""Secrets are hidden in streams, wherever the chunks begin and end."""

import tracemalloc
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from artifactctl.pipelines.secrets import Mask, without, worth_hiding

LETTERS = st.text("abc\n", max_size=30)
SECRETS = st.lists(st.text("abc", min_size=3, max_size=6), min_size=1, max_size=3)


def masked(secrets, chunks) -> bytes:
    mask = Mask(secrets)
    return b"".join([*(mask.feed(chunk) for chunk in chunks), mask.rest()])


@given(SECRETS, LETTERS, LETTERS, st.lists(st.integers(0, 70), max_size=6))
def test_no_secret_passes_whatever_the_chunks(secrets, before, after, cuts):
    text = (before + secrets[0] + after).encode()
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    chunks = [text[a:b] for a, b in pairwise(places)]
    shown = masked(secrets, chunks)
    assert all(secret.encode() not in shown for secret in secrets)


@given(LETTERS, st.integers(0, 30))
def test_other_text_passes_as_it_is(text, cut):
    data = text.encode()
    assert masked(["secret"], [data[:cut], data[cut:]]) == data
    assert masked([], [data[:cut], data[cut:]]) == data


def test_what_cannot_be_the_beginning_of_a_secret_is_not_held_back():
    mask = Mask(["hunter2"])
    assert mask.feed(b"progress 10%") == b"progress 10%"
    assert mask.feed(b" hunt") == b" "
    assert mask.feed(b"ing") == b"hunting"
    assert mask.feed(b"hunter") == b""
    assert mask.rest() == b"hunter"


def test_a_letter_is_no_secret_and_lines_of_a_key_are():
    assert worth_hiding({"1", "ab", ""}) == frozenset()
    key = "-----BEGIN-----\nabcdefghij\nx\n"
    assert "abcdefghij" in worth_hiding({key})
    assert "x" not in worth_hiding({key})
    assert without({"a": ["token-1", ("token-1",), 5]}, {"token-1"}) == {"a": ["***", ["***"], 5]}


def test_a_long_secret_takes_little_memory():
    secret = "".join(f'"{number}",' for number in range(5_000))
    text = f"before {secret} after".encode()
    tracemalloc.start()
    try:
        chunks = [text[at : at + 20_000] for at in range(0, len(text), 20_000)]
        assert masked(worth_hiding({secret}), chunks) == b"before *** after"
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()
