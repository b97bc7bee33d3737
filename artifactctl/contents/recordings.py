"""The MIME type of image, sound and video containers, by their content.

Sources: ISO/IEC 14496-12 (boxes and brands) and the registered brands of mp4ra.org, ISO 23008-12
(HEIF), AVIF 1.1, ISO 15444-1 (JPEG 2000), RFC 8794 and RFC 9559 (EBML, Matroska), RFC 3533 and RFC
5334 (Ogg), Microsoft's RIFF.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

_BOXES = 200
_MOVIE_BYTES = 4 << 20

_BRANDS = {
    "image/heic": "heic heix heim heis",
    "image/heic-sequence": "hevc hevx hevm hevs",
    "image/avif": "avif avis avio",
    "image/heif": "mif1 mif2 miaf",
    "image/heif-sequence": "msf1",
    "image/x-canon-cr3": "crx ",
    "image/jp2": "jp2 ",
    "image/jpx": "jpx ",
    "image/jpm": "jpm ",
    "image/jph": "jph ",
    "video/mj2": "mjp2 mj2s",
    "audio/mp4": "M4A  M4B  M4P  F4A  F4B ",
    "video/quicktime": "qt  ",
    "video/3gpp": "3gp4 3gp5 3gp6 3gp7 3gp8 3gp9 3gr6 3gs6 3gs7 3ge6 3ge7 3gg6",
    "video/3gpp2": "3g2a 3g2b 3g2c",
}
_BY_BRAND = {
    brand.ljust(4).encode(): kind
    for kind, brands in _BRANDS.items()
    for brand in re.findall(r"\S[^ ]{0,3}", brands)
}
# These brands describe the structure of the boxes; other brands describe their content.
_STRUCTURAL = ("image/heif", "image/heif-sequence")
_FILM = re.compile(
    rb"iso[2-9a-m]|mp4[12]|avc1|dash|M4V.|MSNV|f4v |XAVC|mmp4|NDS[CSHMP]|cmf[c2]|hlsf"
)
_HANDLER = re.compile(rb"hdlr.{8}(vide|soun)", re.DOTALL)
_DOCTYPE = re.compile(rb"\x42\x82[\x80-\xff](webm|matroska)")


def type_of_boxes(stream: BinaryIO, size_bytes: int, head: bytes) -> str | None:
    """Return the type of a file of ISO boxes by its brands; None when no brand is known."""
    length = int.from_bytes(head[:4], "big")
    start = 12 if head[4:8] == b"jP  " else 0  # JPEG 2000 begins with its signature box
    if start:
        length = int.from_bytes(head[start : start + 4], "big")
    box = head[start : start + length]
    brands = [box[8:12], *(box[at : at + 4] for at in range(16, len(box) - 3, 4))]
    major = _BY_BRAND.get(brands[0])
    if major in _STRUCTURAL:
        others = (_BY_BRAND.get(brand) for brand in brands[1:])
        return next((kind for kind in others if kind and kind not in _STRUCTURAL), major)
    if major is not None:
        return major
    if not any(map(_FILM.match, brands)):
        return None
    tracks = _tracks(stream, size_bytes)
    if b"vide" in tracks:
        return "video/mp4"
    return "audio/mp4" if tracks else None


def _tracks(stream: BinaryIO, size_bytes: int) -> set[bytes]:
    """Return the kinds of tracks of a movie, when its `moov` box is near the start."""
    at = 0
    for _ in range(_BOXES):
        stream.seek(at)
        start = stream.read(16)
        length, name = int.from_bytes(start[:4], "big"), start[4:8]
        if name == b"moov":
            return set(_HANDLER.findall(stream.read(min(length, _MOVIE_BYTES))))
        # 1 stands for a length of 64 bits after the name.
        length = int.from_bytes(start[8:], "big") if length == 1 else length
        at += length
        if length < 8 or at >= size_bytes:
            break
    return set()


def type_of_matroska(_stream: BinaryIO, _size_bytes: int, head: bytes) -> str | None:
    """Return WebM or Matroska, by the document type in the header."""
    found = _DOCTYPE.search(head, 0, 128)
    kinds = {b"webm": "video/webm", b"matroska": "video/x-matroska"}
    return kinds[found[1]] if found else None


_OGG_FILM = (b"\x80theora", b"BBCD\x00", b"\x01video\x00")
_OGG_SOUND = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ", b"PCM     ")


def type_of_ogg(_stream: BinaryIO, _size_bytes: int, head: bytes) -> str | None:
    """Return the type of an Ogg file by its streams: video before sound; None without streams."""
    starts = list(_ogg_streams(head))
    if any(start.startswith(_OGG_FILM) for start in starts):
        return "video/ogg"
    if any(start.startswith(_OGG_SOUND) for start in starts):
        return "audio/ogg"
    return "application/ogg" if starts else None


def _ogg_streams(head: bytes) -> Iterator[bytes]:
    """Yield the first bytes of each stream; the first pages of all streams precede other pages."""
    at = 0
    while head[at : at + 4] == b"OggS" and len(head) > at + 27 and head[at + 5] & 2:
        segments = head[at + 27 : at + 27 + head[at + 26]]
        start = at + 27 + len(segments)
        yield head[start : start + 16]
        at = start + sum(segments)


def type_of_riff(_stream: BinaryIO, _size_bytes: int, head: bytes) -> str | None:
    """Return the type of a RIFF file by its form."""
    return {
        b"WAVE": "audio/x-wav",
        b"AVI ": "video/x-msvideo",
        b"WEBP": "image/webp",
        b"ACON": "application/x-navi-animation",
        b"RMID": "audio/midi",
    }.get(head[8:12])
