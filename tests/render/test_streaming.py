"""Long listings are written as they are read: the same text, little memory, no more than wanted."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.catalog.rows import Page
from artifactctl.enums import OutputFormat
from artifactctl.render.columns import VERSIONS
from artifactctl.render.printing import print_page
from artifactctl.render.stream import write
from artifactctl.render.structured import (
    print_json,
    print_json_page,
    print_separated,
    print_yaml,
    print_yaml_page,
)
from tests.render.test_structured import TEXT, VALUES, VERSION
from tests.render.test_table_and_rich import Output

MIB_IN_KIB = 1024
PAGINATION = {"index": 1, "max_size": 0, "total_pages": 1, "total": 7}
ROWS = st.lists(st.dictionaries(TEXT, VALUES, max_size=4), max_size=4)
PIECE = 1 << 16

# A process that prints so many versions and says how much memory it ever had.
PRINTING = """
import resource, sys
from tests.render.test_streaming import Versions
from artifactctl.catalog.rows import Page
from artifactctl.enums import OutputFormat
from artifactctl.render.columns import VERSIONS
from artifactctl.render.printing import print_page
output, number = OutputFormat(sys.argv[1]), int(sys.argv[2])
page = Page(Versions(number), 1, 0, number)
with open("/dev/null", "w") as out:
    print_page(page, VERSIONS, "id,artifact,version,tags", output, out)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class Versions(Sequence):
    """So many versions, none of which exists before it is read; counts what was read."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.begun = 0
        self.read = 0

    def __len__(self) -> int:
        return self._number

    def __getitem__(self, index):
        raise AssertionError("a listing is read from its beginning")

    def __iter__(self):
        self.begun += 1
        for number in range(self._number):
            self.read += 1
            yield replace(VERSION, id=f"{number:036}", version=str(number))


class Writes(io.StringIO):
    """Notes how long each write is."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def write(self, text: str) -> int:
        self.sizes.append(len(text))
        return super().write(text)


def printed(versions: Sequence, output: OutputFormat, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    print_page(Page(versions, 1, 0, len(versions)), VERSIONS, None, output, out)
    return out.getvalue()


@given(ROWS, st.sampled_from(["utf-8", "ascii"]))
def test_json_row_by_row_is_json_of_the_whole(rows, encoding):
    whole, page = Output(encoding), Output(encoding)
    print_json({"items": rows, "pagination": PAGINATION}, whole)
    print_json_page(rows, PAGINATION, page)
    assert page.getvalue() == whole.getvalue()


@given(ROWS, st.sampled_from([1, 30]))
def test_yaml_by_some_rows_is_yaml_of_the_whole(rows, times):
    whole, page = io.StringIO(), io.StringIO()
    print_yaml({"items": rows * times, "pagination": PAGINATION}, whole)
    print_yaml_page(rows * times, PAGINATION, page)
    assert page.getvalue() == whole.getvalue()


def test_a_page_of_json_is_what_the_standard_library_makes_of_it():
    rows = [{"a": 1, "tags": ("x",), "none": [], "deep": {"b": {}}}, {}]
    for items in (rows, []):
        out = io.StringIO()
        print_json_page(items, PAGINATION, out)
        expected = json.dumps({"items": items, "pagination": PAGINATION}, indent=2)
        assert out.getvalue() == expected + "\n"


@given(st.lists(TEXT, max_size=5), st.sampled_from([1, 300]))
def test_separated_rows_are_the_same_however_many_there_are(cells, times):
    rows = [{"name": cell} for cell in cells]
    once, often = io.StringIO(newline=""), io.StringIO(newline="")
    print_separated(["name"], rows, once, ",")
    print_separated(["name"], rows * times, often, ",")
    head, body = once.getvalue().split("\n", 1)
    assert often.getvalue() == f"{head}\n{body * times}"


@pytest.mark.parametrize("output", OutputFormat)
@pytest.mark.parametrize("number", [0, 1, 499, 500, 501, 1200])
def test_every_version_is_printed_once_and_in_order(output, number):
    shown = printed(Versions(number), output)
    assert re.findall(r"\d{36}", shown) == [f"{i:036}" for i in range(number)]


@pytest.mark.parametrize("output", OutputFormat)
def test_a_page_of_usual_size_is_read_once(output):
    for number in (0, 20, 500):
        versions = Versions(number)
        printed(versions, output)
        assert (versions.begun, versions.read) == (1, number)


@pytest.mark.parametrize("output", OutputFormat)
def test_only_a_long_table_is_read_twice_for_its_widths(output):
    versions = Versions(501)
    printed(versions, output)
    assert versions.begun == (2 if output is OutputFormat.TABLE else 1)


def test_a_version_that_comes_between_two_readings_is_shown_whole():
    class Growing(Versions):
        def __iter__(self):
            yield from super().__iter__()
            if self.begun == 2:
                yield replace(VERSION, id="new", artifact="n" * 300, type="t" * 300)

    last = printed(Growing(600), OutputFormat.TABLE).splitlines()[-1]
    assert "n" * 300 in last
    assert "t" * 300 in last


@pytest.mark.parametrize("output", OutputFormat)
def test_output_is_written_in_big_pieces(output):
    out = Writes()
    total = len(printed(Versions(3000), output, out))
    assert len(out.sizes) <= total // PIECE + 1
    assert max(out.sizes) < PIECE + 100_000  # the piece, and what filled it up


@given(st.lists(st.text(max_size=5), max_size=50), st.sampled_from([1, 40_000]))
def test_pieces_make_up_the_whole_text(texts, times):
    out = io.StringIO(newline="")
    write((text * times for text in texts), out)
    assert out.getvalue() == "".join(text * times for text in texts)


@pytest.mark.parametrize("output", OutputFormat)
def test_a_reader_that_has_gone_away_ends_the_reading(output):
    versions = Versions(20_000)
    reading, writing = os.pipe()
    os.close(reading)
    out = os.fdopen(writing, "w", encoding="utf-8")
    with pytest.raises(BrokenPipeError):
        print_page(Page(versions, 1, 0, 20_000), VERSIONS, None, output, out)
    with open(os.devnull, "w") as nowhere:  # so that closing can write what is left
        os.dup2(nowhere.fileno(), writing)
    out.close()
    measured = 20_000 if output is OutputFormat.TABLE else 0
    assert versions.read - measured < 2000


@pytest.mark.parametrize("output", OutputFormat)
def test_memory_does_not_grow_with_the_listing(output):
    assert peak_kib(output, 20_000) - peak_kib(output, 1000) < 8 * MIB_IN_KIB


def peak_kib(output: OutputFormat, number: int) -> int:
    # The peak of a process is never below that of the one it was forked from: a small one.
    done = subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", PRINTING, output, str(number)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)
