"""What files tell of themselves, against the libraries that write them; and files that lie."""

import io
import json
import os
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from artifactctl.contents import facts_of
from artifactctl.metadata import check_metadata
from tests.effort import counted

CSV = b"x,y\n1,2\n3,4\n"


def facts(folder: Path, name: str, content: bytes) -> dict[str, Any]:
    path = folder / "file"
    path.write_bytes(content)
    found = facts_of(str(path), name, len(content))
    assert check_metadata(found) == found  # it can be kept
    assert json.loads(json.dumps(found)) == found
    return found


def content_type(folder: Path, name: str, content: bytes) -> str:
    found: str = facts(folder, name, content)["content_type"]
    return found


@pytest.mark.parametrize(
    ("name", "content", "rows", "columns"),
    [
        ("a.csv", CSV, 2, ["x", "y"]),
        ("A.CSV", b"\xef\xbb\xbfx,y\r\n1,2\r\n\r\n3,4", 2, ["x", "y"]),
        ("a.tsv", b"x\ty,z\n1\t2\n", 1, ["x", "y,z"]),
        ("a.jsonl", b'{"x": 1}\n\n{"y": 2}\n', 2, ["x", "y"]),
        ("a.ndjson", b'{"x": 1}', 1, ["x"]),
        ("a.csv", b"", 0, []),
    ],
)
def test_tables_have_rows_and_columns(
    tmp_path: Path, name: str, content: bytes, rows: int, columns: list[str]
) -> None:
    found = facts(tmp_path, name, content)
    assert (found["rows"], found["columns"]) == (rows, columns)
    assert found["column_count"] == len(columns)
    assert set(found) == {"content_type", "rows", "columns", "column_count"}


def test_many_columns_are_counted_and_the_first_of_them_named(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(1000)]
    found = facts(tmp_path, "a.csv", ",".join(names).encode())
    assert (found["columns"], found["column_count"]) == (names[:256], 1000)


def test_long_names_of_columns_are_only_counted(tmp_path: Path) -> None:
    found = facts(tmp_path, "a.csv", b"x" * 20_000 + b",y\n1,2\n")
    assert found == {"content_type": "text/csv", "rows": 1, "column_count": 2}


def test_names_of_columns_that_are_no_text_are_only_counted(tmp_path: Path) -> None:
    found = facts(tmp_path, "a.jsonl", b'{"\\ud800": 1, "\\u0000": 2}\n')
    assert (found["rows"], found["column_count"], "columns" in found) == (1, 2, False)


def test_a_big_table_is_not_read(tmp_path: Path) -> None:
    found = facts(tmp_path, "a.csv", b"x,y\n" + b"1,2\n" * (2 << 20) + b"3,4\n")
    assert found == {"content_type": "text/csv"}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.json", b"{}", "application/json"),
        ("a.md", b"# x", "text/markdown"),
        ("a.yml", b"a: 1", "application/yaml"),
        ("a.pkl", b"\x80\x04.", "application/octet-stream"),
        ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("a.zip", b"PK\x05\x06" + bytes(18), "application/zip"),
        ("a.npz", b"PK\x03\x04", "application/x-npz"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00", "application/gzip"),
        ("a.tar", bytes(257) + b"ustar\x0000", "application/x-tar"),
        ("a.bin", b"x", "application/octet-stream"),
        # Without a name that says it
        ("README", "schön\n".encode(), "text/plain"),
        ("README", "ö".encode() * 4096, "text/plain"),
        ("README", b"x" + "ö".encode() * 4096, "text/plain"),
        ("README", b"\xff" * 4096, "application/octet-stream"),
        ("data", b"", "application/octet-stream"),
        ("data", b"\x00\x01\x02", "application/octet-stream"),
        ("model.pt", b"PK\x03\x04\x00", "application/zip"),
        (".csv", b"a", "text/plain"),
        ("notes", b"ORCHIDS and BMW, PAR1\n", "text/plain"),
        ("notes", b"BM\x00\x00", "application/octet-stream"),
        # With a name that is wrong
        ("a.png", b"\xff\xd8\xff\xe0" + bytes(10), "image/jpeg"),
        ("a.png", b"hello\n", "text/plain"),
        ("a.png", b"", "application/octet-stream"),
        ("a.parquet", b"\x00\x00", "application/octet-stream"),
        ("a.xlsx", b"a,b\n", "text/plain"),
    ],
)
def test_the_type_is_by_the_name_and_by_how_a_binary_file_begins(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    assert facts(tmp_path, name, content) == {"content_type": expected}


def test_the_type_does_not_depend_on_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mimetypes

    monkeypatch.setattr(mimetypes, "guess_type", lambda *_args: ("text/wrong", None))
    assert content_type(tmp_path, "a.csv", CSV) == "text/csv"


def test_an_image_under_another_name_has_its_size(tmp_path: Path) -> None:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 640, 480)
    assert facts(tmp_path, "a.dat", header) == {
        "content_type": "image/png",
        "width": 640,
        "height": 480,
    }


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", tmp_path, tmp_path / "gone"):
        assert facts_of(str(path), "a.csv", 0) == {"content_type": "text/csv"}


# Against the libraries that know best


def numpy_file(array: Any, version: tuple[int, int] | None = None) -> bytes:
    np = pytest.importorskip("numpy")
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version)
    return stream.getvalue()


@pytest.mark.parametrize(
    "dtype",
    [
        *("f2", "f4", "f8", "i1", "i8", "u4", "c8", "c16", "?", ">f8", ">i4", "U5", "S3", "V4"),
        *("M8[ns]", "m8[s]", "M8[25us]", "M8"),
    ],
)
def test_arrays_have_the_shape_and_type_that_numpy_reads(tmp_path: Path, dtype: str) -> None:
    np = pytest.importorskip("numpy")
    for shape in ((), (0,), (7,), (3, 4), (2, 0, 5)):
        array = np.zeros(shape, dtype)
        for version in (None, (2, 0), (3, 0)):
            found = facts(tmp_path, "a.npy", numpy_file(array, version))
            assert (found["shape"], found["dtype"]) == (list(shape), str(array.dtype))


def test_fortran_order_and_records_have_their_shape(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    found = facts(tmp_path, "a.npy", numpy_file(np.asfortranarray(np.zeros((3, 4)))))
    assert (found["shape"], found["dtype"]) == ([3, 4], "float64")
    records = np.zeros(5, [("x", "f8"), ("y", "i4", (2,))])
    assert facts(tmp_path, "a.npy", numpy_file(records)) == {
        "content_type": "application/x-npy",
        "shape": [5],
    }


def test_an_array_of_objects_is_never_loaded(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "evil"),)

    stream = io.BytesIO()
    np.save(stream, np.array([Evil()], dtype=object), allow_pickle=True)
    found = facts(tmp_path, "a.npy", stream.getvalue())
    assert (found["shape"], found["dtype"]) == ([1], "object")
    assert not (tmp_path / "evil").exists()


def picture(form: str, size: tuple[int, int] = (37, 21), **options: Any) -> bytes:
    image = pytest.importorskip("PIL.Image")
    stream = io.BytesIO()
    image.new(options.pop("mode", "RGB"), size, 1).save(stream, form, **options)
    return stream.getvalue()


PICTURES: list[tuple[str, dict[str, Any]]] = [
    ("png", {}),
    ("png", {"mode": "1"}),
    ("jpeg", {}),
    ("jpeg", {"progressive": True, "comment": b"x" * 60_000}),
    ("jpeg", {"icc_profile": b"x" * 200_000, "mode": "L"}),
    ("gif", {"mode": "P"}),
    ("bmp", {}),
    ("webp", {}),
    ("webp", {"lossless": True}),
    ("webp", {"lossless": True, "mode": "RGBA"}),
    ("webp", {"exif": b"Exif\x00\x00x"}),
]


@pytest.mark.parametrize(("form", "options"), PICTURES)
@pytest.mark.parametrize("size", [(1, 1), (37, 21), (300, 5000)])
def test_pictures_have_the_size_that_pillow_reads(
    tmp_path: Path, form: str, options: dict[str, Any], size: tuple[int, int]
) -> None:
    image = pytest.importorskip("PIL.Image")
    content = picture(form, size, **options)
    found = facts(tmp_path, f"a.{form}", content)
    assert (found["width"], found["height"]) == image.open(io.BytesIO(content)).size == size
    assert found["content_type"] == f"image/{form}"


def test_bitmaps_of_either_header_and_from_the_top_down(tmp_path: Path) -> None:
    for header in (struct.pack("<IHH", 12, 3, 4), struct.pack("<Iii", 40, 3, -4)):
        found = facts(tmp_path, "a.bmp", b"BM" + bytes(12) + header + bytes(40))
        assert (found["width"], found["height"]) == (3, 4)


def parquet_file() -> bytes:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    stream = io.BytesIO()
    table = pyarrow.table({"x": list(range(5000)), "deep": [{"a": 1}] * 5000})
    parquet.write_table(table, stream, row_group_size=1000)
    return stream.getvalue()


def test_parquet_says_what_its_footer_does(tmp_path: Path) -> None:
    assert facts(tmp_path, "a.parquet", parquet_file()) == {
        "content_type": "application/vnd.apache.parquet",
        "rows": 5000,
        "columns": ["x", "deep"],
        "column_count": 2,
    }


def test_a_big_parquet_file_is_not_read_whole(tmp_path: Path) -> None:
    content = parquet_file()
    path = tmp_path / "big"
    with path.open("wb") as file:  # with a hole before the footer, of which sizes are no part
        file.write(content[:4])
        file.seek(1 << 40)
        file.write(content[4:])
    assert facts_of(str(path), "a.parquet", path.stat().st_size)["rows"] == 5000


def test_tables_have_the_rows_and_columns_that_pandas_reads(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a b": [1, 2, 3], 'q"': ["x\ny", "", "z,"], "c": [None, 1.5, 2]})
    for name, content in (
        ("a.csv", frame.to_csv(index=False)),
        ("a.tsv", frame.to_csv(index=False, sep="\t")),
        ("a.jsonl", frame.to_json(orient="records", lines=True)),
    ):
        found = facts(tmp_path, name, content.encode())
        assert (found["rows"], found["columns"]) == (len(frame), list(frame.columns))


def test_safetensors_are_counted_without_being_read(tmp_path: Path) -> None:
    save = pytest.importorskip("safetensors.numpy").save
    np = pytest.importorskip("numpy")
    tensors = {"w": np.zeros((3, 4), "f4"), "b": np.zeros(3, "f4"), "n": np.zeros((), "i8")}
    content = save(tensors, {"format": "pt"})
    expected = {
        "content_type": "application/x-safetensors",
        "tensors": 3,
        "dtypes": ["F32", "I64"],
        "parameters": 16,
    }
    assert facts(tmp_path, "a.safetensors", content) == expected


# Files that lie


def safetensors_file(header: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header


def jpeg_without_end() -> bytes:
    return b"\xff\xd8" + b"\xff\xe0\x00\x02" * 100_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"\xff\xfe\x00x"),
        ("a.csv", b'x\n"never closed' + b"z\n" * 1_000_000),
        ("a.csv", b"\x00" * 100),
        ("a.jsonl", b"{"),
        ("a.jsonl", b"[" * 200_000),
        ("a.jsonl", b"[" + b"[]," * 2_000_000 + b"[]]"),
        ("a.jsonl", b"9" * 5000),
        ("a.npy", b"\x93NUMPY\x01\x00"),
        ("a.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff"),
        ("a.npy", b"\x93NUMPY\x09\x00\x10\x00" + b"x" * 100),
        ("a.npy", b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535),
        ("a.npy", b"\x93NUMPY\x01\x00\xff\xff" + b"'shape': (".ljust(65535, b"1")),
        ("a.npy", b"\x93NUMPY\x01\x00\xff\xff" + b"'shape': (%s)".ljust(65535) % (b"9" * 6000)),
        ("a.npy", b"\x93NUMPY\x01\x00\xff\xff" + b"'shape': (1,1 1)".ljust(65535)),
        ("a.npy", b"\x93NUMPY\x01\x00\xff\xff" + b"'shape' : " * 6553 + b"     "),
        ("a.safetensors", b""),
        ("a.safetensors", b"\xff" * 8),
        ("a.safetensors", safetensors_file(b"{}")),
        ("a.safetensors", safetensors_file(b"[]")),
        ("a.safetensors", safetensors_file(b"{}", 1 << 40)),
        ("a.safetensors", safetensors_file(b"[" * 1_000_000)),
        ("a.safetensors", safetensors_file(b'{"x": 1}')),
        ("a.safetensors", safetensors_file(b'{"x": {"dtype": "F32"}}')),
        ("a.safetensors", safetensors_file(b'{"x": {"dtype": [], "shape": []}}')),
        ("a.safetensors", safetensors_file(b'{"x": {"dtype": "\\ud800", "shape": []}}')),
        ("a.safetensors", safetensors_file(b'{"x": {"dtype": "F32", "shape": [-1]}}')),
        (
            "a.safetensors",
            safetensors_file(b'{"x": {"dtype": "F32", "shape": [%s]}}' % (b"9" * 4000)),
        ),
        (
            "a.safetensors",
            safetensors_file(
                b'{"x": {"dtype": "F32", "shape": [%s9]}}' % (b"999999999999999999," * 50)
            ),
        ),
        ("a.jpg", jpeg_without_end()),
        ("a.jpg", b"\xff\xd8" + b"\xff" * 100_000),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x00" * 1000),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        ("a.gif", b"GIF89a" + bytes(4)),
        ("a.bmp", b"BM" + bytes(12) + struct.pack("<Iii", 40, -1, 5)),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(20)),
        ("a.parquet", b"PAR1PAR1"),
        ("a.parquet", b"PAR1" + b"\xff\xff\xff\xffPAR1"),
        ("a.parquet", b"PAR1" + bytes(100) + b"\x64\x00\x00\x00PAR1"),
    ],
)
def test_files_that_lie_have_a_type_and_nothing_else_soon_and_in_little_memory(
    tmp_path: Path, name: str, content: bytes
) -> None:
    tracemalloc.start()
    with counted() as effort:
        found = facts(tmp_path, name, content)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert set(found) == {"content_type"}, found
    assert most < 64 << 20
    assert effort.calls < 1_000_000, effort


MAKERS: dict[str, Callable[[], bytes]] = {
    "a.csv": lambda: b'x,y\n"1\n",2\n3,\xc3\xb6\n',
    "a.jsonl": lambda: b'{"x": 1, "\xc3\xb6": [1]}\n{"y": "\\u00e4"}\n',
    "a.npy": lambda: numpy_file(pytest.importorskip("numpy").zeros((3, 4))),
    "a.png": lambda: picture("png"),
    "a.jpeg": lambda: picture("jpeg"),
    "a.gif": lambda: picture("gif", mode="P"),
    "a.bmp": lambda: picture("bmp"),
    "a.webp": lambda: picture("webp"),
    "b.webp": lambda: picture("webp", lossless=True),
    "c.webp": lambda: picture("webp", exif=b"Exif\x00\x00x"),
    "a.safetensors": lambda: (
        safetensors_file(b'{"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}')
        + bytes(24)
    ),
    "a.parquet": parquet_file,
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_valid_file_has_more_than_a_type_and_no_truncation_of_it_raises(
    tmp_path: Path, name: str
) -> None:
    content = MAKERS[name]()
    assert len(facts(tmp_path, name, content)) > 1
    step = max(1, len(content) // 300)
    for end in (*range(0, len(content), step), *range(max(0, len(content) - 20), len(content))):
        assert "content_type" in facts(tmp_path, name, content[:end])


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contents")


@given(data=st.data(), name=st.sampled_from(sorted(MAKERS)))
def test_no_byte_that_was_changed_raises(place: Path, data: st.DataObject, name: str) -> None:
    content = bytearray(_valid(name))
    places = st.integers(0, min(len(content), 2000) - 1)
    for position, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=8)):
        # Where headers are: at the start, and of Parquet at the end.
        content[-1 - position if name == "a.parquet" else position] = byte
    assert "content_type" in facts(place, name, bytes(content))


@given(
    content=st.binary(max_size=300),
    name=st.sampled_from([*sorted(MAKERS), "a", "a.txt", "a.tsv", "a.zip"]),
    keeps_magic=st.booleans(),
)
@example(content=b"\xff\xd8\xff\xe0\x00\x01", name="a.jpeg", keeps_magic=False)
def test_no_bytes_raise(place: Path, content: bytes, name: str, keeps_magic: bool) -> None:
    start = _valid(name)[:10] if keeps_magic and name in MAKERS else b""
    assert "content_type" in facts(place, name, start + content)


_made: dict[str, bytes] = {}


def _valid(name: str) -> bytes:
    if name not in _made:
        _made[name] = MAKERS[name]()
    return _made[name]
