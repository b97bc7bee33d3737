"""The immutable facts of a version, and the hash of them that its row stores."""

from collections.abc import Mapping

from artifactctl.catalog.rows import Version
from artifactctl.digests import digest_of
from artifactctl.json_text import canonical_json

FACTS = (
    "id",
    "artifact_id",
    "version",
    "type",
    "kind",
    "digest",
    "source_checksum",
    "manifest",
    "link",
    "size_bytes",
    "file_count",
    "created",
)


def facts_of(version: Mapping[str, object]) -> str:
    """The digest of a version's `FACTS`, by which a changed row is found.

    SQLite's integrity check looks at the structure of the file, and not at the data in it.
    """
    return digest_of(canonical_json([version[fact] for fact in FACTS]))


def is_unchanged(version: Version) -> bool:
    """Whether the immutable facts of a row match the hash that was stored with them."""
    return facts_of({fact: getattr(version, fact) for fact in FACTS}) == version.facts
