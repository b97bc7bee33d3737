"""What a search found, as rows and as an object."""

import re
from collections.abc import Sequence
from functools import partial
from typing import TextIO

from artifactctl.enums import OutputFormat
from artifactctl.json_text import JsonObject
from artifactctl.plain_text import escape
from artifactctl.render.printing import print_table
from artifactctl.results.findings import Findings, apart

COLUMNS = ["kind", "where", "ref", "snippet"]
_SEARCHED = ("ref", "snippet")


def print_findings(
    found: Findings, output: OutputFormat, out: TextIO, *, is_wide: bool = False
) -> list[str]:
    """Print a row for each finding; return the columns that a narrow terminal has no room for.

    On a terminal the words that were searched for have a colour.
    """
    rows = [
        {"kind": item.kind.value, "where": item.where, "ref": item.ref, "snippet": item.snippet}
        for item in found
    ]
    if output is not OutputFormat.TABLE:
        return print_table(COLUMNS, rows, output, out)
    from artifactctl.render.table import Spelling, print_rows  # noqa: PLC0415 (CSV needs no table)

    words = [re.compile(re.escape(escape(word)), re.IGNORECASE) for word in found.words]
    spelling = Spelling(matches=partial(_matches, words))
    return print_rows(COLUMNS, rows, out, is_wide=is_wide, spelling=spelling)


def as_json(found: Findings) -> JsonObject:
    """The object that JSON and YAML show."""
    return {
        "items": [item.as_json() for item in found],
        "more": [kind.value for kind in found.more],
    }


def _matches(
    words: "Sequence[re.Pattern[str]]", column: str, text: str
) -> Sequence[tuple[int, int]]:
    if column not in _SEARCHED:
        return ()
    return apart(sorted(found.span() for word in words for found in word.finditer(text)))
