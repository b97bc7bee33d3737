"""Named parameters: from `:name` of our statements to `%(name)s` of psycopg."""

import re
from functools import lru_cache

# Text in quotes and casts are passed over; a percent sign is a placeholder's start for psycopg.
_PART = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|::|:(?P<name>[A-Za-z_]\w*)|%""")


@lru_cache(maxsize=512)
def for_psycopg(sql: str) -> str:
    """The statement with psycopg's placeholders; it must be run with parameters, if only `{}`."""
    return _PART.sub(_as_psycopg, sql)


def _as_psycopg(found: re.Match[str]) -> str:
    name = found["name"]
    return f"%({name})s" if name else found[0].replace("%", "%%")
