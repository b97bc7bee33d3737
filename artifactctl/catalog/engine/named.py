"""Named parameters: from `:name` of our statements to `%(name)s` of psycopg."""

import re
from functools import lru_cache

# Comments, text in quotes and casts are passed over; for psycopg, a placeholder begins with %.
_PART = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"[^"]*"|::|:(?P<name>[A-Za-z_]\w*)|%""",
    re.DOTALL,
)


@lru_cache(maxsize=512)
def for_psycopg(sql: str) -> str:
    """The statement with psycopg's placeholders; it must be run with parameters, if only `{}`."""
    return _PART.sub(_as_psycopg, sql)


def _as_psycopg(found: re.Match[str]) -> str:
    name = found["name"]
    return f"%({name})s" if name else found[0].replace("%", "%%")
