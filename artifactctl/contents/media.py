"""The MIME type of a file, by the ending of its name and by how it begins.

The tables are fixed: those of the machine (`mimetypes`) differ from one to the next, and so would
what is kept of equal files.
"""

from collections.abc import Iterator, Mapping

HEAD_BYTES = 4096  # of a file, to know it by

UNKNOWN = "application/octet-stream"
_TEXT = "text/plain"
_ZIP = "application/zip"

_BY_ENDING = {
    # Tables and records
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "geojson": "application/geo+json",
    "ipynb": "application/x-ipynb+json",
    "jsonl": "application/x-ndjson",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.file",
    "feather": "application/vnd.apache.arrow.file",
    "avro": "application/avro",
    "orc": "application/x-orc",
    "db": "application/vnd.sqlite3",
    "sqlite": "application/vnd.sqlite3",
    "sqlite3": "application/vnd.sqlite3",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    # Arrays and models; what has no type of its own is bytes
    "npy": "application/x-npy",
    "npz": "application/x-npz",
    "safetensors": "application/x-safetensors",
    "h5": "application/x-hdf5",
    "hdf5": "application/x-hdf5",
    "bin": UNKNOWN,
    "joblib": UNKNOWN,
    "onnx": UNKNOWN,
    "pb": UNKNOWN,
    "pickle": UNKNOWN,
    "pkl": UNKNOWN,
    # Text
    "cfg": _TEXT,
    "css": "text/css",
    "htm": "text/html",
    "html": "text/html",
    "ini": _TEXT,
    "js": "text/javascript",
    "log": _TEXT,
    "md": "text/markdown",
    "py": "text/x-python",
    "rst": "text/x-rst",
    "sh": "application/x-sh",
    "sql": "application/sql",
    "svg": "image/svg+xml",
    "tex": "text/x-tex",
    "toml": "application/toml",
    "txt": _TEXT,
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    # Documents, pictures, sound
    "bmp": "image/bmp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "flac": "audio/flac",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "wav": "audio/x-wav",
    "webm": "video/webm",
    "webp": "image/webp",
    # Archives
    "7z": "application/x-7z-compressed",
    "bz2": "application/x-bzip2",
    "gz": "application/gzip",
    "jar": "application/java-archive",
    "tar": "application/x-tar",
    "tgz": "application/gzip",
    "whl": _ZIP,
    "xz": "application/x-xz",
    "zip": _ZIP,
    "zst": "application/zstd",
}

_ZIPPED = ((0, b"PK\x03\x04"), (0, b"PK\x05\x06"))
_MATROSKA = ((0, b"\x1a\x45\xdf\xa3"),)
# Where in a file of a type which bytes are; one of them is enough. The types come in the order
# in which a file without a known ending is compared with them.
_SIGNATURES: Mapping[str, tuple[tuple[int, bytes], ...]] = {
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/gif": ((0, b"GIF87a"), (0, b"GIF89a")),
    "image/webp": ((8, b"WEBP"),),
    "image/bmp": ((0, b"BM"),),
    "image/tiff": ((0, b"II*\x00"), (0, b"MM\x00*")),
    "application/pdf": ((0, b"%PDF-"),),
    "application/vnd.apache.parquet": ((0, b"PAR1"),),
    "application/vnd.apache.arrow.file": ((0, b"ARROW1"), (0, b"FEA1")),
    "application/x-npy": ((0, b"\x93NUMPY"),),
    "application/x-hdf5": ((0, b"\x89HDF\r\n\x1a\n"),),
    "application/vnd.sqlite3": ((0, b"SQLite format 3\x00"),),
    "application/avro": ((0, b"Obj\x01"),),
    "application/x-orc": ((0, b"ORC"),),
    _ZIP: _ZIPPED,
    "application/x-npz": _ZIPPED,
    "application/java-archive": _ZIPPED,
    _BY_ENDING["xlsx"]: _ZIPPED,
    _BY_ENDING["docx"]: _ZIPPED,
    _BY_ENDING["pptx"]: _ZIPPED,
    "application/vnd.ms-excel": ((0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),),
    "application/gzip": ((0, b"\x1f\x8b\x08"),),
    "application/x-bzip2": ((4, b"1AY&SY"), (4, b"\x17rE8P\x90")),
    "application/x-xz": ((0, b"\xfd7zXZ\x00"),),
    "application/zstd": ((0, b"\x28\xb5\x2f\xfd"),),
    "application/x-7z-compressed": ((0, b"7z\xbc\xaf\x27\x1c"),),
    "application/x-tar": ((257, b"ustar"),),
    "audio/flac": ((0, b"fLaC"),),
    "audio/mpeg": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2")),
    "audio/ogg": ((0, b"OggS"),),
    "audio/x-wav": ((8, b"WAVE"),),
    "video/mp4": ((4, b"ftyp"),),
    "video/quicktime": ((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (4, b"free")),
    "video/webm": _MATROSKA,
    "video/x-matroska": _MATROSKA,
}
_SHORTEST = 3  # bytes that say something without a name that says the same

# What text has of the control characters; escapes are in logs.
_CONTROL = frozenset(range(0x20)) - set(b"\t\n\v\f\r\b\x1b") | {0x7F}


def type_of(name: str, head: bytes | None) -> str:
    """The MIME type of a file by its name, and by its first bytes as far as they are known.

    A binary format is believed only when the file begins like one.
    """
    stem, dot, ending = name.rpartition(".")
    named = _BY_ENDING.get(ending.lower()) if stem and dot else None
    if head is None:
        return named or UNKNOWN
    if named is not None and (named not in _SIGNATURES or _has_signature(named, head)):
        return named
    if _is_text(head):
        return _TEXT
    return next(_known_by(head), UNKNOWN)


def _has_signature(content_type: str, head: bytes, shortest: int = 0) -> bool:
    return any(
        head.startswith(magic, offset)
        for offset, magic in _SIGNATURES[content_type]
        if len(magic) >= shortest
    )


def _known_by(head: bytes) -> Iterator[str]:
    return (kind for kind in _SIGNATURES if _has_signature(kind, head, _SHORTEST))


def _is_text(head: bytes) -> bool:
    if not head or not _CONTROL.isdisjoint(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The head may end inside of a character.
        return len(head) == HEAD_BYTES and error.start > HEAD_BYTES - 4
    return True
