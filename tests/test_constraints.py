"""The versions that the tests are known to pass with: `make setup` installs these."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TESTS = Path(__file__).parent
LINES = (TESTS / "constraints.txt").read_text().splitlines()
PINNED = {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in LINES}
PROJECT = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())
ASKED = [
    *PROJECT["build-system"]["requires"],
    *PROJECT["project"]["dependencies"],
    *PROJECT["dependency-groups"]["dev"],
    *PROJECT["project"]["optional-dependencies"]["torch"],
]


def test_they_are_names_and_versions_in_order():
    for line in LINES:
        assert re.fullmatch(r"[A-Za-z0-9][\w.-]*==[0-9][\w.]*", line)
    assert sorted(LINES, key=str.upper) == LINES
    assert "artifactctl" not in PINNED


@pytest.mark.parametrize("asked", [Requirement(asked) for asked in ASKED], ids=str)
def test_whatever_the_project_asks_for_has_one(asked: Requirement):
    assert asked.specifier.contains(PINNED[canonicalize_name(asked.name)])
