"""What never changes of a version, and the hash over it that its row keeps."""

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
    """The hash over a version's `FACTS`: a check of the database's pages misses changed data."""
    return digest_of(canonical_json([version[fact] for fact in FACTS]))


def is_unchanged(version: Version) -> bool:
    """Whether a row still says what was registered."""
    return facts_of({fact: getattr(version, fact) for fact in FACTS}) == version.facts
