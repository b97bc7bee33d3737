"""Digests, and the places in a store that they name.

A digest is `blake3:` and 64 hexadecimal digits, over the bytes alone (BLAKE3, as `b3sum` prints
it).
"""

import re
from collections.abc import Iterable

from artifactctl.errors import IntegrityError

PREFIX = "blake3:"

_DIGEST = re.compile(r"blake3:[0-9a-f]{64}")


def digest_of(content: bytes) -> str:
    """The digest of some bytes, with its prefix."""
    return digest_of_parts([content])


def digest_of_parts(parts: Iterable[bytes]) -> str:
    """The digest of bytes that come in parts."""
    # Listings hash nothing, and loading this library would cost them time.
    from blake3 import blake3  # noqa: PLC0415

    hasher = blake3()
    for part in parts:
        hasher.update(part)
    return PREFIX + hasher.hexdigest()


def is_digest(value: object) -> bool:
    """Whether `value` has the form of a digest, and so may become a part of a path."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def blob_key(digest: str) -> str:
    """Where a blob is, relative to its store."""
    return _key("blobs", digest)


def manifest_key(digest: str) -> str:
    """Where a manifest is, relative to its store."""
    return _key("manifests", digest) + ".json"


def _key(folder: str, digest: str) -> str:
    if not is_digest(digest):
        raise IntegrityError(f"{digest!r} is not a digest")
    name = digest.removeprefix(PREFIX)
    return f"{folder}/{name[:2]}/{name}"
