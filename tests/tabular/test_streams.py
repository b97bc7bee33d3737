"""Compressed tables: read like plain ones, within bounds of time and memory."""

import bz2
import gzip
import io
import lzma
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifactctl.contents import facts_of
from artifactctl.tabular import Table, is_table, read_table
from tests.effort import counted

CSV = b"a,b\n1,2\n3,4\n"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: pytest.importorskip("pyarrow").compress(data, "zstd", asbytes=True),
}


def facts(folder: Path, name: str, content: bytes) -> dict[str, Any]:
    path = folder / "file"
    path.write_bytes(content)
    return facts_of(str(path), name, len(content))


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV),
        ("A.CSV", b"a;b\n1;2\n3;4\n"),
        ("a.tsv", b"a\tb\n1\t2\n3\t4\n"),
        ("a.psv", b"a|b\n1|2\n3|4\n"),
        ("a.jsonl", b'{"a": 1, "b": 2}\n{"a": 3}\n'),
    ],
)
def test_a_compressed_table_has_the_rows_and_columns_of_the_plain_one(
    tmp_path: Path, packing: str, name: str, content: bytes
) -> None:
    packed = PACKERS[packing](content)
    found = facts(tmp_path, f"{name}.{packing}", packed)
    plain = facts(tmp_path, name, content)
    assert found.pop("content_type") != plain.pop("content_type")
    assert found == plain == {"rows": 2, "columns": ["a", "b"], "column_count": 2}
    assert is_table(f"{name}.{packing}", len(packed))
    assert read_table(f"{name}.{packing}", io.BytesIO(packed)) == Table(2, ("a", "b"))


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_several_streams_and_zeros_at_the_end_are_one_file(packing: str) -> None:
    packed = PACKERS[packing](CSV) + PACKERS[packing](b"5,6\n") + bytes(512)
    assert read_table(f"a.csv.{packing}", io.BytesIO(packed)) == Table(3, ("a", "b"))


def test_the_content_says_how_it_is_compressed(tmp_path: Path) -> None:
    found = facts(tmp_path, "a.csv.gz", bz2.compress(CSV))
    assert (found["content_type"], found["rows"]) == ("application/x-bzip2", 2)


@pytest.mark.parametrize("name", ["a.gz", "a.tar.gz", "a.parquet.gz", "gz", ".csv.gz.txt"])
def test_other_compressed_files_are_not_unpacked(tmp_path: Path, name: str) -> None:
    assert facts(tmp_path, name, gzip.compress(CSV)) == {"content_type": "application/gzip"}
    assert not is_table(name, 10)


def packed_bomb(packing: str) -> bytes:
    return PACKERS[packing](b"a\n" + (b"1" * 100_000 + b"\n") * 160)


def wide_dictionary() -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]
    return lzma.compress(CSV, filters=filters)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        *((f"a.csv.{one}", lambda one=one: packed_bomb(one)) for one in PACKERS),
        ("a.jsonl.gz", lambda: gzip.compress(b"[" * (16 << 20))),
        ("a.csv.gz", lambda: gzip.compress(b"") * 100_000),
        ("a.csv.bz2", lambda: bz2.compress(b"") * 100_000),
        ("a.csv.xz", wide_dictionary),
        *((f"a.csv.{one}", lambda one=one: PACKERS[one](CSV)[:-6]) for one in PACKERS),
        ("a.csv.gz", lambda: gzip.compress(CSV)[:-8] + bytes(8)),
        ("a.csv.gz", lambda: gzip.compress(CSV) + b"something else"),
        ("a.csv.gz", lambda: b"\x1f\x8b\x08" + bytes(30)),
    ],
)
def test_bombs_and_what_is_damaged_have_a_type_alone_soon_and_in_little_memory(
    tmp_path: Path, name: str, make: Callable[[], bytes]
) -> None:
    content = make()
    path = tmp_path / "file"
    path.write_bytes(content)
    facts_of(str(path), name, 10)  # what is loaded on first use does not count
    tracemalloc.start()
    with counted() as effort:
        found = facts_of(str(path), name, len(content))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert set(found) == {"content_type"}, found
    assert most < 40 << 20
    assert effort.calls < 2_000_000, effort


def test_a_long_compressed_table_is_read_as_a_stream() -> None:
    lines = 20_000
    packed = gzip.compress(b"a,b\n" + (b"1," + b"2" * 800 + b"\n") * lines, 1)
    tracemalloc.start()
    found = read_table("a.csv.gz", io.BytesIO(packed))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == Table(lines, ("a", "b"))
    assert most < 4_000_000


def test_without_a_module_that_unpacks_there_are_no_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bz2", None)
    packed = bz2.compress(CSV)
    assert facts(tmp_path, "a.csv.bz2", packed) == {"content_type": "application/x-bzip2"}
    assert read_table("a.csv.bz2", io.BytesIO(packed)) is None
    assert read_table("a.csv.gz", io.BytesIO(gzip.compress(CSV))) == Table(2, ("a", "b"))
