"""Rows and columns of files, and that whatever is no table has simply none."""

import io
import json
import os
import pickle
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl import tabular
from artifactctl.errors import IntegrityError
from artifactctl.tabular import Table, is_table, read_table
from tests.conftest import FIXTURES


def shape(path, content):
    return read_table(path, io.BytesIO(content))


@pytest.mark.parametrize(
    ("path", "content", "rows", "columns"),
    [
        ("a.csv", b"x,y\n1,2\n3,4\n", 2, ("x", "y")),
        ("a.CSV", b"x,y\r\n1,2\r\n\r\n3,4", 2, ("x", "y")),
        ("a.csv", b'\xef\xbb\xbf"x y","a\nb"\n"1\n2",3\n', 1, ("x y", "a\nb")),
        ("a.csv", b"x\n", 0, ("x",)),
        ("a.csv", b"", 0, ()),
        ("dir.d/a.tsv", b"x\ty,z\n1\t2\n", 1, ("x", "y,z")),
        ("a.jsonl", b'{"x":1}\n\n{"y":2,"x":NaN}\n', 2, ("x", "y")),
        ("a.ndjson", b'{"x":1}', 1, ("x",)),
        ("a.jsonl", b"[1]\n[2]\n", 2, None),
        ("a.json", b'[{"x":1},{"y":2}]', 2, ("x", "y")),
        ("a.json", b"[1, 2, 3]", 3, None),
        ("a.json", b"[]", 0, ()),
        ("a.json", b'{"lr": 0.1, "layers": [1, 2]}', None, ("lr", "layers")),
    ],
)
def test_rows_and_columns_are_those_of_the_format(path, content, rows, columns):
    assert is_table(path, len(content))
    assert shape(path, content) == Table(rows, columns)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.csv", b"\xff\xfe\x00x"),
        ("a.csv", b'x,y\n"never closed,2\n' + b"z\n" * 600_000),
        ("a.csv", b'x\n"a"b\n'),
        ("a.csv", b"x" * (tabular.CSV_RECORD_CHARS + 1)),
        ("a.csv", b"x," * tabular.CSV_RECORD_CHARS),
        ("a.csv", b'"x\n",' * (tabular.CSV_RECORD_CHARS // 4)),
        ("a.json", b"{"),
        ("a.json", b"3"),
        ("a.json", b"[" * 100_000),
        ("a.json", b"[" + b"1" * 10_000 + b"]"),
        ("a.jsonl", b'{"x":1}\nnot json\n'),
        ("a.parquet", b"PAR1 and nothing more"),
        ("a.parquet", b""),
    ],
)
def test_what_cannot_be_parsed_has_no_shape(path, content):
    if path == "a.parquet":
        pytest.importorskip("pyarrow", reason="Parquet is read with pyarrow")
    assert shape(path, content) is None


@pytest.mark.parametrize(
    "path", ["a.pkl", "a.txt", "csv/a", "a", "a.npy.gz", "a.csv.lz4", "a.npy", ".pickle"]
)
def test_other_files_are_not_even_looked_at(path):
    assert not is_table(path, 1)


def test_what_is_too_big_is_not_looked_at():
    for path in ("a.csv", "a.tsv", "a.jsonl", "a.ndjson"):
        assert is_table(path, tabular.STREAMED_BYTES)
        assert not is_table(path, tabular.STREAMED_BYTES + 1)
    assert is_table("a.json", tabular.WHOLE_JSON_BYTES)
    assert not is_table("a.json", tabular.WHOLE_JSON_BYTES + 1)


def test_more_columns_than_anybody_wants_to_read_are_not_told():
    lines = b"".join(b'{"c%d":1}\n' % i for i in range(tabular.MAX_COLUMNS + 1))
    assert shape("a.jsonl", lines) == Table(tabular.MAX_COLUMNS + 1, None)


class Endless(io.RawIOBase):
    """The same line over and over, made while it is read, below a header."""

    def __init__(self, line, size_bytes, header=b""):
        self._line, self._left, self._header = line, size_bytes, header

    def readable(self):
        return True

    def readinto(self, buffer):
        if header := self._header:
            buffer[: len(header)], self._header = header, b""
            return len(header)
        count = min(len(buffer), self._left) // len(self._line) * len(self._line)
        buffer[:count] = self._line * (count // len(self._line))
        self._left -= count
        return count


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.csv", b"1,2,3," + b"4" * 500 + b"\n"),
        ("a.csv", b"1,2,3," + "ö".encode() * 250 + b"\n"),
        ("a.jsonl", b'{"x":"' + b"4" * 500 + b'"}\n'),
    ],
)
def test_memory_does_not_grow_with_what_streams(path, line):
    lines = 30_000
    header = b"a,b,c,d\n" if path == "a.csv" else b""
    tracemalloc.start()
    try:
        found = read_table(path, Endless(line, lines * len(line), header))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.rows == lines
    assert peak < 4_000_000 < lines * len(line) / 3


def test_an_error_of_the_stream_is_not_taken_for_a_bad_table():
    class Damaged(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, _buffer):
            raise IntegrityError("damaged")

    for path in ("a.csv", "a.json", "a.jsonl"):
        with pytest.raises(IntegrityError):
            read_table(path, Damaged())


def test_a_parquet_file_tells_its_shape():
    pytest.importorskip("pyarrow", reason="Parquet is read with pyarrow")
    content = (FIXTURES / "partitions" / "_summary.parquet").read_bytes()
    assert is_table("a.parquet", len(content))
    found = shape("a.parquet", content)
    assert found.rows == 3
    assert found.columns[:2] == ("species", "sepal_length")


@pytest.mark.parametrize(
    "module", ["raise ImportError", "__version__ = '14.0.0'"], ids=["absent", "unsafe"]
)
def test_without_a_pyarrow_that_is_safe_a_parquet_file_is_no_table(tmp_path: Path, module: str):
    (tmp_path / "pyarrow").mkdir()
    (tmp_path / "pyarrow" / "__init__.py").write_text(module + "\n")
    (tmp_path / "pyarrow" / "parquet.py").write_text("")
    script = "from artifactctl.tabular import is_table; print(is_table('a.parquet', 1))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(tabular.__file__).parents[2]}"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_no_pickle_hidden_in_a_parquet_schema_is_loaded(tmp_path: Path):
    pyarrow = pytest.importorskip("pyarrow", reason="Parquet is read with pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    harm = tmp_path / "harm"
    opcodes = b"cos\nmkdir\n(V" + str(harm).encode() + b"\ntR."
    pickle.loads(opcodes)
    harm.rmdir()
    field = pyarrow.field(
        "x",
        pyarrow.int64(),
        metadata={
            "ARROW:extension:name": "arrow.py_extension_type",
            "ARROW:extension:metadata": opcodes,
        },
    )
    table = pyarrow.table([pyarrow.array([1, 2])], schema=pyarrow.schema([field]))
    content = io.BytesIO()
    parquet.write_table(table, content)
    assert shape("a.parquet", content.getvalue()) == Table(2, ("x",))
    assert not harm.exists()


@given(st.lists(st.dictionaries(st.text(max_size=3), st.integers(), max_size=3), max_size=5))
def test_json_and_json_lines_say_the_same_of_the_same_records(records):
    lines = "".join(json.dumps(record) + "\n" for record in records).encode()
    assert shape("a.jsonl", lines) == shape("a.json", json.dumps(records).encode())


@given(st.binary(max_size=200), st.sampled_from(["csv", "tsv", "json", "jsonl", "parquet"]))
def test_any_bytes_are_a_table_or_none_and_never_a_failure(content, ending):
    if not is_table(f"a.{ending}", len(content)):
        return
    found = shape(f"a.{ending}", content)
    assert found is None or isinstance(found, Table)
