"""Text that came from data, made harmless; and numbers and times for people."""

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from artifactctl.plain_text import count, escape, escape_in_json, is_dangerous, moment, size

CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
BIDIRECTIONAL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HOSTILE = st.text(st.characters() | st.sampled_from(CONTROLS + BIDIRECTIONAL + "[]\\\"'"))


def acts_on_a_terminal(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in BIDIRECTIONAL


@given(HOSTILE)
@example(CONTROLS + BIDIRECTIONAL + "\ud800")
def test_nothing_that_a_terminal_acts_upon_is_left(text: str):
    shown = escape(text)
    assert not any(acts_on_a_terminal(char) for char in shown)
    shown.encode()


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_ordinary_text_is_shown_as_it_is(text: str):
    assert escape(text) == text
    assert not is_dangerous(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x9b31m", r"\x9b31m"),
        ("a\u202eb", r"a\u202eb"),
        ("\ud800", r"\ud800"),
        ("[/red]", "[/red]"),
        ("模型 é 🎉", "模型 é 🎉"),
    ],
)
def test_what_is_dangerous_is_shown_as_an_escape(text: str, shown: str):
    assert escape(text) == shown
    assert is_dangerous(text) == (text != shown)


@given(HOSTILE)
def test_a_json_document_means_the_same_after_escaping(text: str):
    document = json.dumps({text: [text]}, ensure_ascii=False, indent=2)
    shown = escape_in_json(document)
    assert json.loads(shown) == {text: [text]}
    assert not any(acts_on_a_terminal(char) for char in shown if char != "\n")


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_234, "1.2 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (5_000_000_000, "5.0 GB"),
        (10**12, "1.0 TB"),
        (10**18, "1000.0 PB"),
    ],
)
def test_a_size_is_shown_in_decimal_units(size_bytes: int, shown: str):
    assert size(size_bytes) == shown


def test_a_time_is_shown_to_the_second_and_one_is_one():
    assert moment("2024-01-31T10:20:30.123456Z") == "2024-01-31 10:20:30Z"
    assert moment("") == ""
    assert [count(n, "file") for n in (0, 1, 2, 12345)] == [
        "0 files",
        "1 file",
        "2 files",
        "12,345 files",
    ]
