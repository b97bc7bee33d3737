"""What a shell offers for the beginning of a word: names, versions, tags, and names of runs.

The user waits for it, so each statement looks at a bounded number of rows, however big the catalog
is.
"""

import unicodedata
from contextlib import closing
from pathlib import Path
from typing import Literal

from artifactctl.catalog.engine.glance import Glance
from artifactctl.catalog.engine.protocol import Database, Params

Kind = Literal["name", "version", "tag", "run", "pipeline", "step"]

_MOST = 200  # more than anybody reads
_BEHIND = "\U0010ffff"  # no name, version or tag has it, and nothing sorts after it
_RECENT = 5000  # versions of one artifact that are looked at in order of their age

_OF_ARTIFACT = "artifact_seq = (SELECT a.seq FROM artifact a WHERE a.name = :artifact)"
_RECENT_VERSIONS = f"""
    (SELECT seq, version FROM artifact_version WHERE {_OF_ARTIFACT}
     ORDER BY seq DESC LIMIT {_RECENT})
"""
# From each text straight to the next: a tag that a million versions carry costs one look.
_DISTINCT = """
    WITH RECURSIVE found (text, place) AS (
        SELECT MIN({column}), 1 FROM {table} WHERE {column} >= :first AND {column} < :behind
        UNION ALL
        SELECT (SELECT MIN(t.{column}) FROM {table} t
                WHERE t.{column} > found.text AND t.{column} < :behind), found.place + 1
        FROM found WHERE found.text IS NOT NULL AND found.place < :limit
    )
    SELECT text FROM found WHERE text IS NOT NULL ORDER BY place
"""
_NEWEST_RUN = "(SELECT r.seq FROM run r WHERE r.name = :artifact ORDER BY r.seq DESC LIMIT 1)"


def complete(path: Path, kind: Kind, start: str, of: str | None) -> list[str]:
    """What begins with `start` in the catalog at `path`: versions, tags and steps are of `of`."""
    by_start = {"name": artifact_names, "run": run_names, "pipeline": pipeline_names}
    with closing(Glance(path)) as catalog:
        if kind == "version":
            return version_names(catalog, of or "", start, _MOST)
        if kind == "step":
            return step_names(catalog, of or "", start, _MOST)
        if kind == "tag":
            return tag_names(catalog, start, _MOST, of)
        return by_start[kind](catalog, start, _MOST)


def artifact_names(db: Database, prefix: str, limit: int) -> list[str]:
    """Names of artifacts that start with `prefix`, in their order as text."""
    return _texts(
        db,
        "SELECT name FROM artifact WHERE name >= :first AND name < :behind"
        " AND deleted IS NULL ORDER BY name LIMIT :limit",
        _range(prefix, limit),
    )


def version_names(db: Database, artifact: str, prefix: str, limit: int) -> list[str]:
    """Versions of an artifact that start with `prefix`: recent ones, newest first, then others."""
    params = _range(prefix, limit, artifact)
    recent = _texts(
        db,
        f"SELECT version FROM {_RECENT_VERSIONS} v"
        " WHERE version >= :first AND version < :behind ORDER BY seq DESC LIMIT :limit",
        params,
    )
    if len(recent) == limit:
        return recent
    others = _texts(
        db,
        f"SELECT version FROM artifact_version WHERE {_OF_ARTIFACT}"
        " AND version >= :first AND version < :behind ORDER BY version LIMIT :limit",
        params,
    )
    return list(dict.fromkeys([*recent, *others]))[:limit]


def tag_names(db: Database, prefix: str, limit: int, artifact: str | None = None) -> list[str]:
    """Tags that start with `prefix`: of anything, or of the recent versions of an artifact."""
    params = _range(prefix, limit, artifact)
    if artifact is not None:
        return _texts(
            db,
            f"SELECT t.tag FROM {_RECENT_VERSIONS} v JOIN version_tag t ON t.version_seq = v.seq"
            " WHERE t.tag >= :first AND t.tag < :behind"
            " GROUP BY t.tag ORDER BY MAX(v.seq) DESC LIMIT :limit",
            params,
        )
    found = {
        tag
        for table in ("version_tag", "artifact_tag", "run_tag")
        for tag in _texts(db, _DISTINCT.format(table=table, column="tag"), params)
    }
    return sorted(found)[:limit]


def run_names(db: Database, prefix: str, limit: int) -> list[str]:
    """Names of runs that start with `prefix`, in their order as text."""
    return _texts(db, _DISTINCT.format(table="run", column="name"), _range(prefix, limit))


def pipeline_names(db: Database, prefix: str, limit: int) -> list[str]:
    """Names of pipelines that have run and start with `prefix`, in their order as text."""
    return _texts(db, _DISTINCT.format(table="run", column="pipeline"), _range(prefix, limit))


def step_names(db: Database, run: str, prefix: str, limit: int) -> list[str]:
    """Steps of a run, by its name, that start with `prefix`, in the order in which they began."""
    return _texts(
        db,
        f"SELECT name FROM run_step WHERE run_seq = {_NEWEST_RUN}"
        " AND name >= :first AND name < :behind ORDER BY seq LIMIT :limit",
        _range(prefix, limit, run),
    )


def _range(prefix: str, limit: int, artifact: str | None = None) -> Params:
    first = unicodedata.normalize("NFC", prefix)
    name = unicodedata.normalize("NFC", artifact or "")
    return {"first": first, "behind": first + _BEHIND, "limit": limit, "artifact": name}


def _texts(db: Database, sql: str, params: Params) -> list[str]:
    return [text for (text,) in db.rows(sql, params) if isinstance(text, str)]
