"""Digests, and the paths in a store that are made from them.

A digest is `blake3:` and 64 hexadecimal digits, over the bytes alone (BLAKE3, as `b3sum` prints
it).
"""

import re
from collections.abc import Collection, Iterable

from artifactctl.errors import IntegrityError

PREFIX = "blake3:"
DIGEST_BYTES = 32

_DIGEST = re.compile(r"blake3:[0-9a-f]{64}")
_DIGESTS = re.compile(r"(?:blake3:[0-9a-f]{64})*")
_LENGTH = len(PREFIX) + 2 * DIGEST_BYTES


def digest_of(content: bytes) -> str:
    """Return the digest of some bytes, with its prefix."""
    # Imported on first use: a listing hashes nothing.
    from blake3 import blake3  # noqa: PLC0415

    return PREFIX + blake3(content).hexdigest()


def digest_of_parts(parts: Iterable[bytes]) -> str:
    """Return the digest of bytes that come in parts."""
    from blake3 import blake3  # noqa: PLC0415 (see digest_of)

    hasher = blake3()
    for part in parts:
        hasher.update(part)
    return PREFIX + hasher.hexdigest()


def is_digest(value: object) -> bool:
    """Return whether `value` has the form of a digest, and so is safe in a path."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def are_digests(values: Collection[str]) -> bool:
    """Return whether all of many texts have the form of a digest."""
    return _DIGESTS.fullmatch("".join(values)) is not None and all(
        len(value) == _LENGTH for value in values
    )


def bytes_of(digest: str) -> bytes:
    """Return the bytes of a digest, as many as `DIGEST_BYTES`."""
    return bytes.fromhex(digest[len(PREFIX) :])


def blob_key(digest: str) -> str:
    """Return the path of a blob, relative to its store."""
    return _key("blobs", digest)


def manifest_key(digest: str) -> str:
    """Return the path of a manifest, relative to its store."""
    return _key("manifests", digest) + ".json"


def _key(folder: str, digest: str) -> str:
    if not is_digest(digest):
        raise IntegrityError(f"{digest!r} is not a digest")
    name = digest.removeprefix(PREFIX)
    return f"{folder}/{name[:2]}/{name}"
