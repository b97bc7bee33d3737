"""Previews of files by their type; of hostile ones nothing is unpacked, loaded or let through."""

import io
import json
import pickle
import resource
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from artifactctl.previews import Columns, Grid, Picture, Preview, Text, preview
from artifactctl.previews.arrow_messages import sizes_of_first
from artifactctl.previews.views import View

TABLE = pd.DataFrame(
    {
        "size": [1.5, 2.5, None, 4.0],
        "number": [1, 2, 3, 4],
        "kind": ["a", "b", "a", "a"],
        "day": ["2024-01-01", "2024-01-02", "2024-01-03", ""],
    }
)


def shown(content: bytes, name: str, rows: int = 10) -> Preview:
    return preview(io.BufferedReader(io.BytesIO(content)), name, len(content), rows)  # type: ignore[arg-type]


def only(found: Preview, kind: type[View]) -> Any:
    (view,) = [view for view in found.views if isinstance(view, kind)]
    return view


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_of_csv_have_types_and_statistics(separator: str) -> None:
    found = shown(TABLE.to_csv(index=False, sep=separator).encode(), "t.csv", rows=2)
    columns = only(found, Columns)
    assert columns.rows is None
    size, number, kind, day = columns.columns
    assert (size.type, size.missing, size.least, size.most) == ("float", 1, 1.5, 4.0)
    assert (number.type, number.mean, number.distinct) == ("integer", 2.5, 4)
    assert (kind.type, kind.top, kind.top_count) == ("text", "a", 3)
    assert (day.type, day.least, day.missing) == ("time", "2024-01-01", 1)
    rows = only(found, Grid)
    assert (rows.lines[1], rows.total, len(rows.lines)) == (["2.5", "2", "b", "2024-01-02"], 4, 2)


def test_tables_of_other_formats_have_the_same_rows() -> None:
    out = io.BytesIO()
    TABLE.to_parquet(out)
    parquet = shown(out.getvalue(), "t.parquet")
    assert only(parquet, Columns).columns[1].most == 4
    feather = io.BytesIO()
    TABLE.to_feather(feather)
    lines = TABLE.to_json(orient="records", lines=True).encode()
    found = [parquet, shown(feather.getvalue(), "t.feather"), shown(lines, "t.jsonl")]
    assert [only(item, Grid).lines[0] for item in found] == [["1.5", "1", "a", "2024-01-01"]] * 3
    assert found[0].facts["rows"] == 4


def test_arrays_and_tensors_are_shown_without_loading_them_whole() -> None:
    out = io.BytesIO()
    np.save(out, np.arange(12.0).reshape(3, 4))
    found = shown(out.getvalue(), "a.npy")
    assert (found.facts["shape"], found.facts["max"]) == ("3 x 4", 11.0)
    assert only(found, Grid).lines[0] == ["0", "1", "2", "3"]
    many = io.BytesIO()
    np.savez(many, a=np.zeros(3), b=np.zeros((2, 2), "int8"))
    assert only(shown(many.getvalue(), "a.npz"), Grid).lines == [
        *(["a", "float64", "3"], ["b", "int8", "2 x 2"])
    ]
    header = {"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
    text = json.dumps(header).encode()
    found = shown(struct.pack("<Q", len(text)) + text + bytes(24), "m.safetensors")
    assert only(found, Grid).lines == [["w", "F32", "2 x 3", "6"]]


def test_a_picture_is_made_small() -> None:
    out = io.BytesIO()
    Image.new("RGB", (3000, 1500), (255, 0, 0)).save(out, "JPEG")
    found = shown(out.getvalue(), "a.jpg")
    picture = only(found, Picture)
    assert (picture.width, picture.height, found.facts["mode"]) == (3000, 1500, "RGB")
    assert Image.open(io.BytesIO(picture.png)).size == (1024, 512)


def test_texts_json_archives_and_bytes() -> None:
    assert only(shown(b'{"a":[1]}', "a.json"), Text).text == '{\n  "a": [\n    1\n  ]\n}'
    assert only(shown(b"# x\n", "a.md"), Text).format == "markdown"
    assert only(shown(b"", "a.bin"), Text).text == ""
    dumped = only(shown(bytes(range(20)) + b"A", "a.bin"), Text).text.splitlines()
    assert dumped[1] == "00000010  10 11 12 13 41                                    |....A|"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x/y", "12")
    assert only(shown(out.getvalue(), "a.zip"), Grid).lines == [["x/y", "2 B", "2 B"]]
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as packed:
        packed.addfile(tarfile.TarInfo("x"))
    assert only(shown(tar.getvalue(), "a.tar.gz"), Grid).lines == [["x", "0 B", "file"]]


class Evil:
    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit('unpickled')",)


def test_no_pickle_is_loaded() -> None:
    evil = pickle.dumps(Evil())
    found = shown(evil, "a.pkl")
    assert only(found, Text).format == "bytes"
    assert "never loaded" in found.notes[0]
    out = io.BytesIO()
    np.save(out, np.array([Evil()], dtype=object), allow_pickle=True)
    assert "not loaded" in shown(out.getvalue(), "a.npy").notes[0]
    out = io.BytesIO()
    np.savez(out, a=np.array([Evil()], dtype=object))
    assert only(shown(out.getvalue(), "a.npz"), Grid).lines == [["a", "object", "1"]]


def png(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [
        b"".join((struct.pack(">I", len(content)), kind, content, _check(kind + content)))
        for kind, content in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _check(content: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(content))


def big_parquet() -> bytes:
    out = io.BytesIO()
    column = pa.array(["x" * 1000]).take(pa.array([0] * 300_000))
    pa.parquet.write_table(pa.table({"a": column}), out, compression="zstd", use_dictionary=False)
    return out.getvalue()


def big_npy() -> bytes:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000, 100000, 1000), }"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.ljust(117) + b"\n"


def many_members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", b"\x93NUMPY\x01\x00\xff\xff" + bytes(40_000_000))
    return out.getvalue()


def long_pax() -> bytes:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 1 << 40
    return info.tobuf() + bytes(10_000)


HOSTILE: dict[str, Callable[[], tuple[bytes, str]]] = {
    "png of a billion pixels": lambda: (png(60_000, 60_000, zlib.compress(bytes(9))), "a.png"),
    "png of little data": lambda: (png(3000, 3000, zlib.compress(bytes(9))), "a.png"),
    "parquet of few bytes": lambda: (big_parquet(), "a.parquet"),
    "npy of a huge shape": lambda: (big_npy(), "a.npy"),
    "npz of zeros": lambda: (many_members(), "a.npz"),
    "gzip of zeros": lambda: (zlib.compress(bytes(100_000_000), wbits=31), "a.csv.gz"),
    "tar of a long header": lambda: (long_pax(), "a.tar"),
    "csv of one line": lambda: (b"a," * 20_000_000, "a.csv"),
    "csv of an open quote": lambda: (b'a,b\n"' + b"x,y\n" * 2_000_000, "a.csv"),
    "csv of many columns": lambda: (b",".join([b"c"] * 500_000) + b"\n1\n", "a.csv"),
    "csv of values that are none": lambda: (b"a\nnan\ninf\n-inf\n1e999\n" + b"9" * 5000, "a.csv"),
    "deep json": lambda: (b"[" * 200_000, "a.json"),
    "deep json lines": lambda: (b'{"a":' + b"[" * 100_000 + b"\n", "a.jsonl"),
    "json of a huge number": lambda: (b'{"a": ' + b"9" * 5000 + b"}\n", "a.jsonl"),
    "safetensors of a long header": lambda: (struct.pack("<Q", 1 << 60) + b"{}", "a.safetensors"),
    "safetensors of odd entries": lambda: (
        struct.pack("<Q", 26) + b'{"a": 1, "b": {"shape":1}}',
        "a.safetensors",
    ),
    "names that write on the terminal": lambda: ("\x1b[2Ja,\u202eb\n1,2\n".encode(), "a.csv"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_take_little_time_and_memory(name: str) -> None:
    content, path = HOSTILE[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    found = shown(content, path)
    assert time.process_time() - start < 10
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 600_000
    assert found.views or found.facts or found.notes
    for view in found.views:
        if isinstance(view, Grid):
            assert all(len(text) <= 300 for line in view.lines for text in line)


NAMES = ["a.csv", "a.jsonl", "a.parquet", "a.npy", "a.npz", "a.safetensors", "a.png", "a.tar"]
NAMES += ["a.zip", "a.skops", "a.json", "a.md", "a.arrow", "a.csv.gz", "a.jpg", "a.bin"]
STARTS = [b"", b"PAR1", b"\x93NUMPY\x01\x00", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"ARROW1\0\0"]
STARTS += [
    b"\xff\xd8\xff",
    b"\x1f\x8b\x08",
    b"{",
    b"GIF89a",
    b"\xff\xfe",
    b"x\0" * 128 + b"\0ustar",
]


@settings(max_examples=150)
@given(st.sampled_from(NAMES), st.sampled_from(STARTS), st.binary(max_size=400))
def test_any_bytes_under_any_name_have_a_preview(name: str, start: bytes, rest: bytes) -> None:
    found = shown(start + rest, name)
    assert found.content_type
    assert found.views or found.facts


def arrow_bytes(table: pa.Table, compression: str | None, *, is_file: bool) -> bytes:
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    opened = pa.ipc.new_file if is_file else pa.ipc.new_stream
    with opened(out, table.schema, options=options) as writer:
        writer.write_table(table)
    return out.getvalue()


@pytest.mark.parametrize("is_file", [True, False])
@pytest.mark.parametrize("compression", ["zstd", "lz4", None])
def test_the_size_of_a_batch_is_told_before_it_is_unpacked(compression, is_file: bool):
    plain = pa.table({"n": np.zeros(100_000), "kind": pa.array(["a"] * 100_000)})
    table = plain.append_column("few", plain["kind"].dictionary_encode())
    content = arrow_bytes(table, compression, is_file=is_file)
    packed, unpacked = sizes_of_first(pa, io.BytesIO(content), 10)
    if compression is None:
        assert (unpacked, packed > 1_700_000) == (0, True)
    else:
        assert packed < 500_000
        assert 1_700_000 <= unpacked < 1_800_000
    assert isinstance(shown(content, "a.arrow").views[1], Grid)


@pytest.mark.parametrize("is_file", [True, False])
@pytest.mark.parametrize("rows_before", [0, 1])
def test_arrow_that_unpacks_to_far_more_is_not_unpacked(is_file: bool, rows_before: int):
    many = pa.table({"n": pa.array(np.zeros(40_000_000, dtype="int64"))})
    few = pa.table({"n": pa.array(np.zeros(rows_before, dtype="int64"))})
    content = arrow_bytes(pa.concat_tables([few, many]), "zstd", is_file=is_file)
    del many
    before = pa.total_allocated_bytes()
    found = shown(content, "a.arrow")
    assert found.notes == ["its rows are not read: unpacked they are far larger than the file"]
    (columns,) = found.views
    assert isinstance(columns, Columns)
    assert [(column.name, column.type) for column in columns.columns] == [("n", "int64")]
    assert pa.total_allocated_bytes() - before < 10_000_000


@settings(max_examples=200)
@given(st.data())
def test_damaged_messages_of_arrow_are_shown_as_bytes_or_rows(data: st.DataObject):
    content = bytearray(arrow_bytes(pa.table({"n": [1, 2, 3] * 50}), "zstd", is_file=True))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert shown(bytes(content), "a.arrow").views


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize(
    ("name", "member"), [("m.skops", "schema.json"), ("a.npz", "a.npy")], ids=["skops", "npz"]
)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_damaged_members_of_archives_show_less_and_raise_nothing(
    name: str, member: str, method: int, data: st.DataObject
) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        archive.writestr(member, bytes(range(256)) * 40)
    content = bytearray(held.getvalue())
    first = 30 + len(member)  # behind the local header
    at = data.draw(st.integers(first, first + 40))
    content[at : at + 8] = data.draw(st.binary(min_size=8, max_size=8))
    found = shown(bytes(content), name)
    assert not [view for view in found.views if isinstance(view, Grid) and view.total > 256 * 40]
