"""README is true: what it shows runs as it stands, in an empty folder, and is short."""

import re
from pathlib import Path

from tests.walkthrough import KNOWN, languages, walk

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_its_blocks_run_one_after_the_other_in_an_empty_folder(work: Path):
    assert languages(README) <= KNOWN
    done = walk(README, work, None)
    assert done.code == 0, done.shown[-3000:]
    for line in (
        "Registered points:1 (1 file, 12 B)",
        "Registered points:2 (1 file, 16 B)",
        "scores:1 0.91",
    ):
        assert f"\n{line}\n" in done.shown
    assert "served by the cache" in done.shown or "cached" in done.shown
    compared = done.shown.rpartition("+ artifactctl compare")[2]
    assert re.search(r"^error +0\.7.* 0\.5.* 0\.1", compared, re.MULTILINE)
    assert (work / "copy.csv").read_text() == "x,y\n1,2\n3,5\n5,6\n"


def test_it_is_short_and_begins_with_what_to_do():
    lines = README.splitlines()
    assert len(lines) <= 160
    first_screen = "\n".join(lines[:24])
    assert "make demo" in first_screen
    assert "make test" in first_screen


def test_what_it_links_to_is_there():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
