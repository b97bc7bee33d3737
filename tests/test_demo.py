"""What `make demo` shows works, and what it prints can be typed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import environment

DEMO = Path(__file__).parent.parent / "fixtures" / "demo.sh"


@pytest.mark.sweep
def test_the_demo_ends_with_a_page_and_with_what_to_do_next(work: Path):
    page = work / "compare.html"
    variables = environment(work / "home")
    variables["PATH"] = f"{os.path.dirname(sys.executable)}:{variables['PATH']}"
    words = ["sh", str(DEMO), str(page)]
    done = subprocess.run(words, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert page.read_text().startswith("<!doctype html>")
    *shown, last = done.stdout.split("\n$ ")
    assert len(shown) <= 25
    assert f"  {page}\nNext:\n" in last
    assert not (work / "home").exists()
