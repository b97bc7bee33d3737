"""The names of unfinished files: they fit beside any name, and no two names share one."""

import os

from hypothesis import given
from hypothesis import strategies as st

from artifactctl.durable import part_name

names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=300
)


def test_a_short_name_stands_whole_in_that_of_its_part() -> None:
    assert part_name("model.bin") == ".model.bin.artifactctl-part"
    assert part_name("x" * 229) == f".{'x' * 229}.artifactctl-part"


@given(names)
def test_the_name_of_a_part_fits_and_is_recognised(name: str) -> None:
    part = part_name(name)
    part.encode()  # no half of a character
    assert len(os.fsencode(f"{part}-journal")) <= 255  # beside a backup that is being made
    assert part.startswith(".")
    assert part.endswith(".artifactctl-part")


def test_long_names_that_begin_alike_have_parts_of_their_own() -> None:
    long = [end.rjust(255, "x") for end in "abc"] + ["é" * 127, "é" * 126 + "x"]
    assert len({part_name(name) for name in long}) == len(long)


def test_a_long_name_that_is_no_text_has_a_part_too() -> None:
    name = os.fsdecode(b"\xff" * 255)
    assert len(os.fsencode(part_name(name))) <= 255
