"""Which versions share which blobs, in a temporary SQLite database: there may be millions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat

from artifactctl.catalog.engine.temporary import CACHE_KIB, batches_of, filling, open_temporary

_TABLES = """
    CREATE TABLE manifest (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE,
        count INTEGER, low INTEGER, high INTEGER);
    CREATE TABLE holder (seq INTEGER PRIMARY KEY, artifact INTEGER NOT NULL,
        manifest INTEGER NOT NULL);
    CREATE TABLE blob (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE,
        size INTEGER NOT NULL, others INTEGER NOT NULL DEFAULT 0,
        uses INTEGER, low INTEGER, high INTEGER);
    CREATE TABLE content (manifest INTEGER NOT NULL, blob INTEGER NOT NULL,
        PRIMARY KEY (manifest, blob)) WITHOUT ROWID;
"""
# `low` and `high` are artifacts: where they are equal, no other artifact has the blob.
_COUNTED = """
    CREATE INDEX holder_manifest ON holder (manifest);
    CREATE INDEX holder_artifact ON holder (artifact);
    CREATE INDEX content_blob ON content (blob);
    UPDATE manifest SET (count, low, high) = (SELECT COUNT(*), MIN(h.artifact), MAX(h.artifact)
        FROM holder h WHERE h.manifest = manifest.id);
    UPDATE blob SET (uses, low, high) = (SELECT COALESCE(SUM(m.count), 0), MIN(m.low), MAX(m.high)
        FROM content c JOIN manifest m ON m.id = c.manifest WHERE c.blob = blob.id);
"""
_OF_ARTIFACTS = """
    SELECT used.artifact, COUNT(*), SUM(b.size),
        SUM(CASE WHEN b.low = b.high AND b.others = 0 THEN b.size ELSE 0 END)
    FROM (SELECT DISTINCT h.artifact, c.blob FROM (SELECT DISTINCT artifact, manifest FROM holder) h
        JOIN content c ON c.manifest = h.manifest) used
    JOIN blob b ON b.id = used.blob GROUP BY used.artifact
"""
_OF_VERSIONS = """
    SELECT h.seq, COUNT(*), SUM(b.size),
        SUM(CASE WHEN b.uses = 1 AND b.others = 0 THEN b.size ELSE 0 END)
    FROM holder h JOIN content c ON c.manifest = h.manifest JOIN blob b ON b.id = c.blob
    WHERE h.artifact = ? GROUP BY h.seq
"""


class Shares:
    """The blobs of versions: first everything is added, then `count` is called, then questions."""

    def __init__(self) -> None:
        self._connection = open_temporary()
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Close the database, which frees its disk space."""
        self._connection.close()

    def add_versions(self, versions: Iterable[tuple[int, int, str]]) -> None:
        """Add versions: the seq, the seq of the artifact, and the digest of the manifest."""
        with filling(self._connection):
            for seq, artifact, manifest in versions:
                self._connection.execute(
                    "INSERT OR IGNORE INTO manifest (digest) VALUES (?)", (manifest,)
                )
                self._connection.execute(
                    "INSERT INTO holder SELECT ?, ?, id FROM manifest WHERE digest = ?",
                    (seq, artifact, manifest),
                )

    def manifests(self) -> Iterator[str]:
        """Yield each manifest once; blobs may be added meanwhile."""
        last = 0
        while rows := self._connection.execute(
            "SELECT id, digest FROM manifest WHERE id > ? ORDER BY id LIMIT 500", (last,)
        ).fetchall():
            last = rows[-1][0]
            yield from (digest for _, digest in rows)

    def add_blobs(self, contents: Iterable[tuple[str, Mapping[str, int]]]) -> None:
        """Add the blobs of manifests, with their sizes."""
        with filling(self._connection):
            for manifest, sizes in contents:
                self._connection.executemany(
                    "INSERT OR IGNORE INTO blob (digest, size) VALUES (?, ?)", sizes.items()
                )
                (number,) = self._connection.execute(
                    "SELECT id FROM manifest WHERE digest = ?", (manifest,)
                ).fetchone()
                self._connection.executemany(
                    "INSERT OR IGNORE INTO content SELECT ?, id FROM blob WHERE digest = ?",
                    zip(repeat(number), sizes, strict=False),
                )

    def add_others(self, digests: Iterable[str]) -> None:
        """Add blobs that something other than a version refers to, or refers to too."""
        with filling(self._connection):
            self._connection.executemany(
                "INSERT INTO blob (digest, size, others) VALUES (?, 0, 1)"
                " ON CONFLICT (digest) DO UPDATE SET others = 1",
                ((digest,) for digest in digests),
            )

    def count(self) -> None:
        """Count how many versions have each blob."""
        with filling(self._connection):
            for statement in _COUNTED.split(";"):
                self._connection.execute(statement)

    def of_artifacts(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield for each artifact its seq, its blobs, their size, and that of its own ones."""
        yield from self._connection.execute(_OF_ARTIFACTS)

    def of_versions(self, artifact: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield the same for each version of an artifact."""
        yield from self._connection.execute(_OF_VERSIONS, (artifact,))

    def uses_of(self, digests: Sequence[str]) -> dict[str, bool]:
        """Those of the digests that something refers to, and whether versions do."""
        found: dict[str, bool] = {}
        for batch in batches_of(digests):
            places = ", ".join("?" * len(batch))
            rows = self._connection.execute(
                f"SELECT digest, uses > 0 FROM blob WHERE digest IN ({places})", batch
            )
            found |= {digest: bool(is_of_version) for digest, is_of_version in rows}
        return found

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Have what is given up in the block be there again behind it."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def give_up(self, seq: int) -> int:
        """Take a version away; return the size of the blobs that nothing else refers to now."""
        (freed,) = self._connection.execute(
            "SELECT COALESCE(SUM(b.size), 0) FROM holder h"
            " JOIN content c ON c.manifest = h.manifest JOIN blob b ON b.id = c.blob"
            " WHERE h.seq = ? AND b.uses = 1 AND b.others = 0",
            (seq,),
        ).fetchone()
        self._connection.execute(
            "UPDATE blob SET uses = uses - 1 WHERE id IN (SELECT c.blob FROM content c"
            " JOIN holder h ON h.manifest = c.manifest WHERE h.seq = ?)",
            (seq,),
        )
        return int(freed)
