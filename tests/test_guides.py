"""The guides are true: their examples run, in an empty folder, and their links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from artifactctl.render import guides
from tests.servers import s3
from tests.walkthrough import KNOWN, RUN, languages, samples, walk

TOPICS = list(guides.summaries())
FOLDER = Path(guides.__file__).parent.parent / "guides"


# One walk is among the tests of every day; the others are minutes.
EVERY_DAY = "concepts"
WITH_SERVERS = "team"


def text_of(topic: str) -> str:
    return (FOLDER / f"{topic}.md").read_text()


def walks() -> Iterator[ParameterSet]:
    for topic in TOPICS:
        if topic != WITH_SERVERS and languages(text_of(topic)) & RUN:
            yield pytest.param(topic, marks=() if topic == EVERY_DAY else pytest.mark.sweep)


@pytest.mark.parametrize("topic", list(walks()))
def test_the_examples_of_a_guide_run_one_after_the_other(topic: str, home: Path, work: Path):
    done = walk(text_of(topic), work, home)
    assert done.code == 0, done.shown[-3000:]
    for sample in samples(text_of(topic)):
        assert sample in done.shown


@pytest.mark.sweep
def test_the_examples_for_a_team_run_with_servers(
    home: Path, work: Path, postgres_url: str, rclone_s3: s3.S3Server
):
    urls = {"CATALOG": postgres_url, "STORE": rclone_s3.url("guide")}
    done = walk(text_of(WITH_SERVERS), work, home, **urls, **s3.ENVIRON)
    assert done.code == 0, done.shown[-3000:]
    for sample in samples(text_of(WITH_SERVERS)):
        assert sample in done.shown


@pytest.mark.parametrize("topic", TOPICS)
def test_a_guide_is_short_and_its_blocks_are_run_or_said_to_be_no_commands(topic: str):
    assert languages(text_of(topic)) <= KNOWN
    assert topic == "commands" or len(text_of(topic).splitlines()) <= 200


def test_the_links_of_guides_lead_to_guides():
    for topic in TOPICS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text_of(topic)):
            assert (FOLDER / target).exists(), f"{topic}: {target}"


def test_the_guide_to_the_code_names_every_room_and_only_what_exists():
    text, package = text_of("architecture"), FOLDER.parent
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    assert rooms <= set(re.findall(r"`([a-z]+)/`", text))
    for name in re.findall(r"`([\w/]+(?:/|\.py))`", text):
        places = [package, package.parent, package / "catalog", package / "pipelines"]
        assert any((place / name).exists() for place in [*places, package / "store"]), name


def test_help_texts_name_guides_that_exist():
    for source in (FOLDER.parent / "cli").glob("*.py"):
        for topic in re.findall(r"artifactctl help ([a-z]+(?:-[a-z]+)*)", source.read_text()):
            assert topic in TOPICS or topic in {"register", "artifact", "lists"}, source
