"""The guides are true: their examples run, in an empty folder, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

from artifactctl.render import guides
from tests.walkthrough import KNOWN, languages, walk

TOPICS = list(guides.summaries())
FOLDER = Path(guides.__file__).parent.parent / "guides"


def text_of(topic: str) -> str:
    return (FOLDER / f"{topic}.md").read_text()


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if "```" in text_of(topic)])
def test_the_examples_of_a_guide_run_one_after_the_other(topic: str, home: Path, work: Path):
    assert languages(text_of(topic)) <= KNOWN
    done = walk(text_of(topic), work, home)
    assert done.code == 0, done.shown[-3000:]


def test_the_links_of_guides_lead_to_guides():
    for topic in TOPICS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text_of(topic)):
            assert (FOLDER / target).exists(), f"{topic}: {target}"


def test_help_texts_name_guides_that_exist():
    for source in (FOLDER.parent / "cli").glob("*.py"):
        for topic in re.findall(r"artifactctl help ([a-z]+(?:-[a-z]+)*)", source.read_text()):
            assert topic in TOPICS or topic in {"register", "artifact", "lists"}, source
