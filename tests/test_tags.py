"""Labels as programs give them."""

from typing import Any

import pytest

from artifactctl import Tag
from artifactctl.enums import ColorVariants
from artifactctl.errors import InvalidInputError
from artifactctl.tags import names_of


def test_tags_and_their_names_are_the_same_to_a_program():
    assert names_of(["a", Tag("b"), Tag("c", exclusive=True)]) == ["a", "b", "c"]


def test_exclusive_tags_are_told_from_the_others():
    tags = ["a", Tag("b", exclusive=True), Tag("c")]
    assert names_of(tags, exclusive=True) == ["b"]
    assert names_of(tags, exclusive=False) == ["a", "c"]


def test_a_name_given_twice_counts_once_in_the_order_it_was_given():
    assert names_of(["b", "a", "b", "cafe\u0301", "café"]) == ["b", "a", "café"]


@pytest.mark.parametrize("name", ["", "a,b", "a@b", "\x00", "x" * 256, "\u202e"])
def test_a_tag_that_cannot_be_kept_is_refused(name: str):
    for tag in (name, Tag(name), Tag(name, exclusive=True)):
        with pytest.raises(InvalidInputError, match="tag"):
            names_of([tag])


@pytest.mark.parametrize("tags", [[1], [None], Tag(1), 5, None, [b"a"]])  # type: ignore[arg-type]
def test_what_is_no_text_is_no_tag(tags: Any):
    with pytest.raises(InvalidInputError, match="must be text"):
        names_of(tags)


def test_a_tag_is_a_value():
    assert Tag("a") == Tag("a", exclusive=None) != Tag("a", exclusive=True)
    assert Tag("a", color="RED") == Tag("a", color=ColorVariants.RED)
    with pytest.raises(ValueError, match="use one of grey"):
        Tag("a", color="pink")
    with pytest.raises(AttributeError):
        Tag("a").name = "b"  # type: ignore[misc]
