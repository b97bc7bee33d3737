"""Completions of names, versions, tags, runs, pipelines and steps for a prefix typed in a shell.

The user waits for them, so each statement reads a bounded number of rows, whatever the size of the
catalog.
"""

import unicodedata
from typing import Literal

from artifactctl.catalog.engine.protocol import Database, Params

Kind = Literal["name", "version", "tag", "run", "pipeline", "step"]

_MOST = 200  # completions offered at once
_BEHIND = "\U0010ffff"  # the last code point, which no name, version or tag contains
_RECENT = 5000  # the newest versions of an artifact: users mostly mean one of these

_OF_ARTIFACT = "artifact_seq = (SELECT a.seq FROM artifact a WHERE a.name = :artifact)"
_RECENT_VERSIONS = f"""
    (SELECT seq, version FROM artifact_version WHERE {_OF_ARTIFACT}
     ORDER BY seq DESC LIMIT {_RECENT})
"""
# Jumps through the index from each text to the next one, so that a tag of a million versions costs
# one lookup. SELECT DISTINCT would read every row.
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


def complete(db: Database, kind: Kind, start: str, of: str | None) -> list[str]:
    """The completions of `start` in a catalog.

    `of` is the artifact of versions and tags, and the run of steps.
    """
    match kind:
        case "name":
            return artifact_names(db, start, _MOST)
        case "version":
            return version_names(db, of or "", start, _MOST)
        case "tag":
            return tag_names(db, start, _MOST, of)
        case "run":
            return run_names(db, start, _MOST)
        case "pipeline":
            return pipeline_names(db, start, _MOST)
        case "step":
            return step_names(db, of or "", start, _MOST)


def artifact_names(db: Database, prefix: str, limit: int) -> list[str]:
    """The names of artifacts that start with `prefix`, sorted."""
    return _texts(
        db,
        "SELECT name FROM artifact WHERE name >= :first AND name < :behind"
        " AND deleted IS NULL ORDER BY name LIMIT :limit",
        _range(prefix, limit),
    )


def version_names(db: Database, artifact: str, prefix: str, limit: int) -> list[str]:
    """An artifact's versions that start with `prefix`: recent ones, newest first, then others."""
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
    """The tags that start with `prefix`, of all rows or of the recent versions of an artifact."""
    params = _range(prefix, limit, artifact)
    if artifact is not None:
        return _texts(
            db,
            f"SELECT t.tag FROM {_RECENT_VERSIONS} v JOIN version_tag t ON t.version_seq = v.seq"
            " WHERE t.tag >= :first AND t.tag < :behind"
            " GROUP BY t.tag ORDER BY MAX(v.seq) DESC LIMIT :limit",
            params,
        )
    return _texts(
        db,
        "SELECT name FROM tag WHERE name >= :first AND name < :behind"
        " AND deleted IS NULL ORDER BY name LIMIT :limit",
        params,
    )


def run_names(db: Database, prefix: str, limit: int) -> list[str]:
    """The names of runs that start with `prefix`, sorted."""
    return _texts(db, _DISTINCT.format(table="run", column="name"), _range(prefix, limit))


def pipeline_names(db: Database, prefix: str, limit: int) -> list[str]:
    """The names of pipelines with runs that start with `prefix`, sorted."""
    return _texts(db, _DISTINCT.format(table="run", column="pipeline"), _range(prefix, limit))


def step_names(db: Database, run: str, prefix: str, limit: int) -> list[str]:
    """The steps of the newest run named `run` that start with `prefix`, in order of their start."""
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
