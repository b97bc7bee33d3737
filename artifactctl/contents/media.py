"""The MIME type of a file, by its content where possible, else by its name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from artifactctl.contents.compound import PLAIN as COMPOUND
from artifactctl.contents.compound import type_of_compound
from artifactctl.contents.endings import BY_ENDING, TEXT, UNKNOWN, type_by_name
from artifactctl.contents.layouts import (
    is_arrow_stream,
    is_cursor,
    is_icon,
    is_old_tar,
    is_onnx,
    is_safetensors,
)
from artifactctl.contents.recordings import (
    type_of_boxes,
    type_of_matroska,
    type_of_ogg,
    type_of_riff,
)
from artifactctl.contents.zips import PLAIN as ZIP
from artifactctl.contents.zips import type_of_zip

HEAD_BYTES = 4096  # the start of a file, which decides its type

Signatures = tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class _Container:
    """Formats with the same signature, which the content of the file tells apart.

    When the content cannot be read, the name decides, or the type is `otherwise`.
    """

    signatures: Signatures
    look: Callable[[BinaryIO, int, bytes], str | None]
    otherwise: str
    endings: str

    def type_of(self, stream: BinaryIO, size_bytes: int, head: bytes, named: str | None) -> str:
        inside = self.look(stream, size_bytes, head)
        is_named = named in {BY_ENDING[ending] for ending in self.endings.split()}
        if inside is None:
            return named if named and is_named else self.otherwise
        return named if named and _SOUND_OF.get(named) == inside else inside


# Matroska and WebM files without video differ from others only in their names.
_SOUND_OF = {"audio/x-matroska": "video/x-matroska", "audio/webm": "video/webm"}

_CONTAINERS = (
    _Container(
        ((0, b"PK\x03\x04"), (0, b"PK\x05\x06")),
        type_of_zip,
        ZIP,
        "zip npz jar apk docx xlsx pptx odt ods odp odg epub",
    ),
    _Container(
        ((0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),),
        type_of_compound,
        COMPOUND,
        "doc xls ppt msg vsd",
    ),
    _Container(
        ((4, b"ftyp"), (4, b"jP  \r\n\x87\n")),
        type_of_boxes,
        "video/mp4",
        "mp4 m4a m4v mov 3gp 3g2 heic heif avif cr3 jp2",
    ),
    _Container(
        ((0, b"\x1a\x45\xdf\xa3"),), type_of_matroska, "video/x-matroska", "mkv mka webm weba"
    ),
    _Container(((0, b"OggS\x00"),), type_of_ogg, "application/ogg", "ogg oga ogv opus"),
    _Container(((0, b"RIFF"), (0, b"RIFX"), (0, b"RF64")), type_of_riff, UNKNOWN, "wav avi webp"),
)

# The bytes at an offset that identify a type; one match is enough. A file without a known ending is
# compared with the types in this order.
_SIGNATURES: Mapping[str, Signatures] = {
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/gif": ((0, b"GIF87a"), (0, b"GIF89a")),
    "image/bmp": ((0, b"BM"),),
    "image/tiff": ((0, b"II*\x00"), (0, b"MM\x00*"), (0, b"II+\x00"), (0, b"MM\x00+")),
    "image/jxl": ((0, b"\x00\x00\x00\x0cJXL \r\n\x87\n"), (0, b"\xff\x0a")),
    "image/j2c": ((0, b"\xff\x4f\xff\x51"),),
    "application/pdf": ((0, b"%PDF-"),),
    "application/vnd.apache.parquet": ((0, b"PAR1"), (0, b"PARE")),
    "application/vnd.apache.arrow.file": ((0, b"ARROW1"),),
    "application/x-feather": ((0, b"FEA1"),),
    "application/x-npy": ((0, b"\x93NUMPY"),),
    "application/x-hdf5": ((0, b"\x89HDF\r\n\x1a\n"), (512, b"\x89HDF\r\n\x1a\n")),
    "application/vnd.sqlite3": ((0, b"SQLite format 3\x00"),),
    "application/avro": ((0, b"Obj\x01"),),
    "application/x-orc": ((0, b"ORC"),),
    "application/x-gguf": ((0, b"GGUF"),),
    "application/x-netcdf": ((0, b"CDF\x01"), (0, b"CDF\x02"), (0, b"CDF\x05")),
    "application/dicom": ((128, b"DICM"),),
    "application/gzip": ((0, b"\x1f\x8b\x08"),),
    "application/x-bzip2": ((4, b"1AY&SY"), (4, b"\x17rE8P\x90")),
    "application/x-xz": ((0, b"\xfd7zXZ\x00"),),
    "application/zstd": ((0, b"\x28\xb5\x2f\xfd"),),
    "application/x-lz4": ((0, b"\x04\x22\x4d\x18"),),
    "application/x-7z-compressed": ((0, b"7z\xbc\xaf\x27\x1c"),),
    "application/vnd.rar": ((0, b"Rar!\x1a\x07"),),
    "application/x-tar": ((257, b"ustar"),),
    "audio/flac": ((0, b"fLaC"),),
    "audio/mpeg": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2")),
    "audio/x-aiff": ((8, b"AIFF"), (8, b"AIFC")),
    "video/quicktime": ((4, b"moov"), (4, b"mdat"), (4, b"wide"), (4, b"free")),
}
_SHORTEST = 3  # bytes; a shorter signature counts only together with the name

# Formats without a signature, by their layout.
_LAYOUTS: Mapping[str, Callable[[bytes, int], bool]] = {
    "application/x-safetensors": is_safetensors,
    "application/vnd.apache.arrow.stream": is_arrow_stream,
    "image/vnd.microsoft.icon": is_icon,
    "image/x-win-bitmap": is_cursor,
    "application/x-tar": is_old_tar,
    "application/x-onnx": is_onnx,
}
_WEAK = frozenset({"application/x-onnx"})  # recognised only together with the name
_BINARY = frozenset(_SIGNATURES).union(
    _LAYOUTS, (BY_ENDING[ending] for one in _CONTAINERS for ending in one.endings.split())
)

# Control characters that texts do not contain; logs may contain escape codes.
_CONTROL = frozenset(range(0x20)) - set(b"\t\n\v\f\r\b\x1b") | {0x7F}


def type_of(name: str, stream: BinaryIO | None = None, size_bytes: int = 0) -> str:
    """Return the MIME type of a file by its content and name; without a stream, by its name.

    A name with the ending of a binary format counts only when the file has the layout of that
    format.
    """
    named = type_by_name(name)
    if stream is None:
        return named or UNKNOWN
    head = stream.read(HEAD_BYTES)
    # Together with the name even a signature of two bytes counts, which alone says too little.
    if named and _starts(_SIGNATURES.get(named, ()), head):
        return named
    if is_text(head):
        return TEXT if named is None or named in _BINARY else named
    is_binary = not _CONTROL.isdisjoint(head)  # otherwise a text in another encoding
    if is_binary and (found := _container(head)):
        return found.type_of(stream, size_bytes, head, named)
    if named and named in _LAYOUTS and _LAYOUTS[named](head, size_bytes):
        return named
    if is_binary and (kind := next(_known_by(head, size_bytes), None)):
        return kind
    return UNKNOWN if named is None or named in _BINARY else named


def _container(head: bytes) -> _Container | None:
    return next((one for one in _CONTAINERS if _starts(one.signatures, head)), None)


def _starts(signatures: Signatures, head: bytes, shortest: int = 0) -> bool:
    return any(
        head.startswith(magic, offset) for offset, magic in signatures if len(magic) >= shortest
    )


def _known_by(head: bytes, size_bytes: int) -> Iterator[str]:
    for kind, signatures in _SIGNATURES.items():
        if _starts(signatures, head, _SHORTEST):
            yield kind
    for kind, is_laid_out in _LAYOUTS.items():
        if kind not in _WEAK and is_laid_out(head, size_bytes):
            yield kind


def is_text(head: bytes) -> bool:
    """Return whether the first `HEAD_BYTES` of a file are text in UTF-8; False for none."""
    if not head or not _CONTROL.isdisjoint(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The head may end within a character.
        return len(head) == HEAD_BYTES and error.start > HEAD_BYTES - 4
    return True
