"""What a search found, as rows and as an object."""

from artifactctl.json_text import JsonObject
from artifactctl.results.findings import Findings

COLUMNS = ["kind", "where", "ref", "snippet"]


def as_json(found: Findings) -> JsonObject:
    """The object that JSON and YAML show."""
    return {
        "items": [item.as_json() for item in found],
        "more": [kind.value for kind in found.more],
    }


def rows(found: Findings) -> list[JsonObject]:
    """A row for each finding, with `COLUMNS`; in a snippet `**` stands around matches."""
    return [
        {"kind": item.kind.value, "where": item.where, "ref": item.ref, "snippet": item.marked}
        for item in found
    ]
