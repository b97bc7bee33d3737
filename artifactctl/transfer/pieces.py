"""A file's bytes one after another, none of them given away unverified without saying so."""

from collections.abc import Iterator

from artifactctl.errors import IntegrityError
from artifactctl.manifest import Entry, Manifest
from artifactctl.store import Store
from artifactctl.store.links import open_linked
from artifactctl.transfer.verified_stream import VerifiedStream

WHOLE_BYTES = 32 << 20
"""A file of up to this size is verified before its first byte is given away."""

_PIECE_BYTES = 1 << 20


def verified_pieces(manifest: Manifest, entry: Entry, store: Store) -> Iterator[bytes]:
    """Yield a file's bytes in pieces; raises `IntegrityError` unless they are the entry's.

    Of a file of up to `WHOLE_BYTES` nothing comes before all of it is verified. A bigger one would
    have to be read twice for that, or kept; instead its last piece is held back until all of it is
    verified, so that nobody gets the whole of a damaged file.
    """
    if entry.size_bytes > WHOLE_BYTES:
        yield from _held_back(manifest, entry, store)
        return
    try:
        content = _whole(manifest, entry, store)
    except IntegrityError:
        content = _whole(manifest, entry, store)  # a bit may have been flipped on the way
    yield from (content[at : at + _PIECE_BYTES] for at in range(0, len(content), _PIECE_BYTES))


def _whole(manifest: Manifest, entry: Entry, store: Store) -> bytes:
    linked = manifest.link is not None
    with (
        open_linked(manifest, entry, store) if linked else store.open(entry.digest or "") as source
    ):
        stream = VerifiedStream(source, entry)
        return b"".join(iter(lambda: stream.read(_PIECE_BYTES), b""))


def _held_back(manifest: Manifest, entry: Entry, store: Store) -> Iterator[bytes]:
    linked = manifest.link is not None
    opened = open_linked(manifest, entry, store) if linked else store.open_parts(entry.digest or "")
    with opened as source:
        stream = VerifiedStream(source, entry)
        held = stream.read(_PIECE_BYTES)
        while piece := stream.read(_PIECE_BYTES):
            yield held
            held = piece
        yield held
