"""Files that begin alike, or are called what they are not, have the type of what is inside."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.contents import facts_of

OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENT = OFFICE + "wordprocessingml.document"
SHEET = OFFICE + "spreadsheetml.sheet"
MACROS = "application/vnd.ms-excel.sheet.macroEnabled"
OPEN_SHEET = "application/vnd.oasis.opendocument.spreadsheet"
FILE, STREAM = "application/vnd.apache.arrow.file", "application/vnd.apache.arrow.stream"


def content_type(folder: Path, name: str, content: bytes) -> str:
    path = folder / "file"
    path.write_bytes(content)
    found: str = facts_of(str(path), name, len(content))["content_type"]
    return found


def zipped(*members: tuple[str, str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            stored = name == "mimetype"
            archive.writestr(name, content, zipfile.ZIP_STORED if stored else method)
    return stream.getvalue()


def office(main_part: str) -> bytes:
    """ECMA-376, part 2: a zip whose `[Content_Types].xml` names the kind of its main part."""
    part = f'<Override PartName="/main" ContentType="{main_part}.main+xml"/>'
    return zipped(("[Content_Types].xml", f"<Types>{part}</Types>"), ("main", "x"))


def compound(*names: str, inside: str = "", sector_bytes: int = 512) -> bytes:
    """MS-CFB, 2.2 to 2.6: a header, one sector of the table of chains, and the directory.

    Streams of `names` are siblings below the root; `inside` is one of a storage among them.
    """
    names = (*names, "Pool") if inside else names
    chain = -(-(len(names) + 2) * 128 // sector_bytes)
    shift = sector_bytes.bit_length() - 1
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIII", 62, 3, 0xFFFE, shift, 6, 0, 1, 1, 0)
    header += struct.pack("<IIIII", 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    links = [0xFFFFFFFD, *range(2, chain + 1), 0xFFFFFFFE]
    links += [0xFFFFFFFF] * (sector_bytes // 4 - len(links))
    none = 0xFFFFFFFF
    entries = [entry("Root Entry", 5, child=1 if names else none)]
    for number, name in enumerate(names, 1):
        right = number + 1 if number < len(names) else none
        is_storage = bool(inside) and name == "Pool"
        child = len(names) + 1 if is_storage else none
        entries.append(entry(name, 1 if is_storage else 2, right, child))
    entries += [entry(inside, 2)] if inside else []
    directory = b"".join(entries).ljust(chain * sector_bytes, b"\0")
    table = struct.pack(f"<{len(links)}I", *links)
    return header.ljust(sector_bytes, b"\0") + table + directory


def entry(name: str, kind: int, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    parts = struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child)
    return (text.ljust(64, b"\0") + parts).ljust(128, b"\0")


def boxes(major: bytes, *others: bytes, tracks: tuple[bytes, ...] = ()) -> bytes:
    """ISO/IEC 14496-12: brands, media, and a film with a handler for each track."""
    brands = box(b"ftyp", major + bytes(4) + b"".join(others))
    handlers = (box(b"hdlr", bytes(8) + track + bytes(12)) for track in tracks)
    film = box(b"moov", b"".join(box(b"trak", box(b"mdia", one)) for one in handlers))
    return brands + box(b"mdat", bytes(5000)) + (film if tracks else b"")


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def pages(*starts: bytes) -> bytes:
    """RFC 3533: the first page of each stream."""
    return b"".join(
        b"OggS\0\2" + bytes(20) + bytes([1, len(start) + 9]) + start + bytes(9) for start in starts
    )


def ebml(kind: bytes) -> bytes:
    """RFC 8794, 11.2: the header of an EBML file, with its type among other elements."""
    fields = b"\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82" + bytes([0x80 | len(kind)]) + kind
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(fields)]) + fields


ZIPS = [
    ("a.zip", zipped(("mimetype", "application/epub+zip")), "application/epub+zip"),
    ("a.docx", zipped(("mimetype", OPEN_SHEET), ("content.xml", "")), OPEN_SHEET),
    ("a.xlsx", office(DOCUMENT), DOCUMENT),
    ("data", office(SHEET), SHEET),
    ("a.xlsm", office(MACROS), MACROS + ".12"),
    ("a.xlsx", zipped(("a.txt", "x")), "application/zip"),
    ("a.npz", zipped(("a.txt", "x")), "application/zip"),
    ("a.zip", zipped(("META-INF/MANIFEST.MF", "")), "application/java-archive"),
    (
        "a.jar",
        zipped(("AndroidManifest.xml", ""), ("classes.dex", ""), ("META-INF/MANIFEST.MF", "")),
        "application/vnd.android.package-archive",
    ),
    ("a.whl", zipped(("a/__init__.py", ""), ("a-1.dist-info/WHEEL", "")), "application/zip"),
    ("a.docx", office(SHEET)[:-30], DOCUMENT),  # its directory is cut off
]
DOC, XLS = "application/msword", "application/vnd.ms-excel"
COMPOUNDS = [
    ("a.doc", compound("WordDocument", "1Table"), DOC),
    ("a.doc", compound("Workbook"), XLS),
    ("data", compound("x", "y", "z", "a", "b", "Book"), XLS),
    ("a.ppt", compound("PowerPoint Document"), "application/vnd.ms-powerpoint"),
    ("a.msg", compound("__properties_version1.0"), "application/vnd.ms-outlook"),
    ("a.xls", compound("WordDocument", inside="Workbook"), DOC),
    ("Thumbs.db", compound("Catalog"), "application/x-ole-storage"),
    ("a.xlsx", compound("EncryptedPackage", "EncryptionInfo"), "application/x-ole-storage"),
    ("a.doc", compound("Workbook", sector_bytes=4096), XLS),
    ("a.doc", compound()[:600], DOC),  # its directory is cut off
    ("Thumbs.db", compound()[:600], "application/x-ole-storage"),
]
RECORDINGS = [
    ("a.mp4", boxes(b"heic", b"mif1"), "image/heic"),
    ("a.heic", boxes(b"mif1", b"mif1", b"avif"), "image/avif"),
    ("a.heic", boxes(b"mif1", b"miaf", b"heic"), "image/heic"),
    ("a.heif", boxes(b"mif1", b"miaf"), "image/heif"),
    ("a.avif", boxes(b"avis", b"msf1"), "image/avif"),
    ("a.mp4", boxes(b"M4A ", b"isom"), "audio/mp4"),
    ("a.mp4", boxes(b"crx "), "image/x-canon-cr3"),
    ("a.mp4", boxes(b"qt  "), "video/quicktime"),
    ("a.mov", boxes(b"mp42", b"isom", tracks=(b"vide", b"soun")), "video/mp4"),
    ("a.mp4", boxes(b"isom", tracks=(b"soun",)), "audio/mp4"),
    ("a.m4a", boxes(b"isom", tracks=(b"soun", b"vide")), "video/mp4"),
    ("a.m4a", boxes(b"isom"), "audio/mp4"),
    ("data", boxes(b"isom"), "video/mp4"),
    ("a.mkv", ebml(b"webm"), "video/webm"),
    ("a.webm", ebml(b"matroska"), "video/x-matroska"),
    ("a.mka", ebml(b"matroska"), "audio/x-matroska"),
    ("a.ogv", pages(b"\x01vorbis"), "audio/ogg"),
    ("a.opus", pages(b"OpusHead"), "audio/ogg"),
    ("a.ogg", pages(b"fishead\0", b"\x80theora", b"\x01vorbis"), "video/ogg"),
    ("a.ogg", pages(b"anything"), "application/ogg"),
    ("a.wav", b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"),
    ("a.avi", b"RIFF\x10\0\0\0WAVEfmt ", "audio/x-wav"),
    ("a.webp", b"RIFF\x10\0\0\0????", "image/webp"),
]
OTHERS = [
    ("a.csv", zipped(("a.txt", "x")), "application/zip"),
    ("a.csv", b"SQLite format 3\0" + bytes(100), "application/vnd.sqlite3"),
    ("a.csv", "ORCID;é\n".encode("latin-1"), "text/csv"),
    ("a.csv", "a,b\n1,2\n".encode("utf-16"), "text/csv"),
    ("notes", "ID3 is no é\n".encode("latin-1"), "application/octet-stream"),
    ("a.parquet", b"PARE" + bytes(20) + b"PARE", "application/vnd.apache.parquet"),
    ("a.feather", b"FEA1" + bytes(20), "application/x-feather"),
    ("a.bin", b"GGUF\3\0\0\0", "application/x-gguf"),
    ("a.onnx", b"\x08\x07\x12\x04abcd\x3a\x05graph", "application/x-onnx"),
    ("a.onnx", b"\x08\x07\x12\x04abcd\x3a\x7fgraph", "application/octet-stream"),
    ("a.bin", b"\x08\x07\x12\x04abcd\x3a\x05graph", "application/octet-stream"),
    ("data", struct.pack("<Q", 12) + b'{"x":{     }', "application/x-safetensors"),
    ("a.safetensors", b"version https://git-lfs.github.com/spec/v1\n", "text/plain"),
    ("a.ico", b"\0\0\1\0\1\0" + bytes(16), "application/octet-stream"),
]


@pytest.mark.parametrize(("name", "content", "expected"), ZIPS + COMPOUNDS + RECORDINGS + OTHERS)
def test_the_type_is_that_of_what_is_inside(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    assert content_type(tmp_path, name, content) == expected


@pytest.mark.parametrize(
    ("form", "options", "expected"),
    [
        ("AVIF", {}, "image/avif"),
        ("JPEG2000", {}, "image/jp2"),
        ("ICO", {}, "image/vnd.microsoft.icon"),
        ("TIFF", {}, "image/tiff"),
        ("TIFF", {"big_tiff": True}, "image/tiff"),
        ("WEBP", {}, "image/webp"),
    ],
)
def test_pictures_have_their_type_under_any_name(
    tmp_path: Path, form: str, options: dict[str, Any], expected: str
) -> None:
    image = pytest.importorskip("PIL.Image")
    stream = io.BytesIO()
    if form not in image.registered_extensions().values():
        pytest.skip(f"Pillow was built without {form}")
    image.new("RGB", (32, 16)).save(stream, form, **options)
    for name in ("data", "a.mp4", "a.csv", "a.bin"):
        assert content_type(tmp_path, name, stream.getvalue()) == expected
    pointer = stream.getvalue().replace(b"\0\0\1\0", b"\0\0\2\0", 1)
    if form == "ICO":
        assert content_type(tmp_path, "a.cur", pointer) == "image/x-win-bitmap"


@pytest.mark.parametrize(("maker", "expected"), [("new_file", FILE), ("new_stream", STREAM)])
def test_arrow_files_and_streams_are_told_apart(tmp_path: Path, maker: str, expected: str) -> None:
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"a": [1, 2], "b": ["x", None]})
    stream = io.BytesIO()
    with getattr(arrow.ipc, maker)(stream, table.schema) as writer:
        writer.write_table(table)
    for name in ("a.arrow", "a.arrows", "data"):
        assert content_type(tmp_path, name, stream.getvalue()) == expected


@pytest.mark.parametrize("save", ["savez", "savez_compressed"])
def test_archives_of_arrays_have_their_type_under_any_name(tmp_path: Path, save: str) -> None:
    numpy = pytest.importorskip("numpy")
    stream = io.BytesIO()
    getattr(numpy, save)(stream, a=numpy.zeros(3), b=numpy.ones((2, 2)))
    for name in ("a.npz", "a.zip", "model.bin"):
        assert content_type(tmp_path, name, stream.getvalue()) == "application/x-npz"


def test_a_tar_of_the_time_before_signatures_has_its_sum(tmp_path: Path) -> None:
    header = bytearray(b"name".ljust(100, b"\0") + b"0000644\0" + bytes(404))
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    assert content_type(tmp_path, "a.tar", bytes(header)) == "application/x-tar"
    header[0] += 1
    assert content_type(tmp_path, "a.tar", bytes(header)) == "application/octet-stream"


def test_a_directory_that_leads_in_a_circle_ends(tmp_path: Path) -> None:
    content = bytearray(compound("a", "b"))
    content[512 + 4 : 512 + 8] = struct.pack("<I", 1)  # the sector of the directory after itself
    content[1024 + 128 + 72 : 1024 + 128 + 76] = struct.pack("<I", 1)  # and a sibling of itself
    assert content_type(tmp_path, "a.doc", bytes(content)) == "application/x-ole-storage"


def test_a_huge_directory_of_a_zip_is_not_read(tmp_path: Path) -> None:
    content = bytearray(zipped(("a.txt", "x")))
    content[-12:-8] = struct.pack("<I", 0xFFFFFFFF)
    assert content_type(tmp_path, "a.jar", bytes(content)) == "application/java-archive"


SAMPLES = [content for _, content, _ in ZIPS + COMPOUNDS + RECORDINGS]


@given(data=st.data(), content=st.sampled_from(SAMPLES), name=st.sampled_from(["x", "a.csv.gz"]))
def test_no_change_of_bytes_and_no_truncation_raises(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, content: bytes, name: str
) -> None:
    changed = bytearray(content)
    places = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for place, byte in data.draw(st.lists(places, max_size=8)):
        changed[place] = byte
    del changed[data.draw(st.integers(8, len(content))) :]
    folder = tmp_path_factory.getbasetemp()
    assert "/" in content_type(folder, name, bytes(changed))
