"""The tables of former schemas, and the statements that make today's of them.

A migration never changes once it is released, so its statements are written out, and are not taken
from `tables`. Schema n differs from the one before it by `FORMER[n]`: the parts of the schema, by
name, as they were before; None for one that was not there.
"""

from collections.abc import Mapping, Sequence

TAGS_AS_ROWS: Sequence[str] = (
    "ALTER TABLE tag RENAME TO former_tag",
    """
    CREATE TABLE tag (
        seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        color TEXT NOT NULL,
        "exclusive" BOOLEAN NOT NULL,
        "cascade" BOOLEAN NOT NULL,
        protected BOOLEAN NOT NULL,
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        revision BIGINT NOT NULL,
        recorded BIGINT NOT NULL,
        deleted TEXT,
        UNIQUE (id)
    )
    """,
    "INSERT INTO tag (seq, id, name, color, exclusive, cascade, protected, created, updated,"
    " revision, recorded) SELECT seq, id, name, 'grey', exclusive, 0, 0, created, updated,"
    " revision + 1, recorded FROM former_tag",
    "DROP TABLE former_tag",
    "CREATE UNIQUE INDEX tag_living ON tag (name) WHERE deleted IS NULL",
    "CREATE INDEX tag_unrecorded ON tag (seq) WHERE recorded < revision",
    """
    CREATE TABLE pipeline (
        seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        revision BIGINT NOT NULL,
        recorded BIGINT NOT NULL,
        UNIQUE (id),
        UNIQUE (name)
    )
    """,
    "CREATE INDEX pipeline_unrecorded ON pipeline (seq) WHERE recorded < revision",
    """
    CREATE TABLE pipeline_tag (
        pipeline_seq BIGINT NOT NULL,
        tag TEXT NOT NULL,
        PRIMARY KEY (pipeline_seq, tag),
        FOREIGN KEY(pipeline_seq) REFERENCES pipeline (seq) DEFERRABLE
    )
    """,
    "CREATE INDEX pipeline_tag_tag ON pipeline_tag (tag, pipeline_seq)",
)

CONDEMNED_AND_LEASES: Sequence[str] = (
    "ALTER TABLE catalog RENAME TO former_catalog",
    """
    CREATE TABLE catalog (
        id TEXT NOT NULL,
        schema_version BIGINT NOT NULL,
        incarnation BIGINT NOT NULL,
        epoch BIGINT NOT NULL,
        forgotten BIGINT NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    "INSERT INTO catalog (id, schema_version, incarnation, epoch, forgotten)"
    " SELECT id, schema_version, incarnation, 0, 0 FROM former_catalog",
    "DROP TABLE former_catalog",
    """
    CREATE TABLE condemned (
        digest TEXT NOT NULL,
        epoch BIGINT NOT NULL,
        pending BOOLEAN NOT NULL,
        lease_ends_ms BIGINT NOT NULL,
        condemned_by TEXT NOT NULL,
        PRIMARY KEY (digest)
    )
    """,
    "CREATE INDEX condemned_epoch ON condemned (epoch)",
    "CREATE INDEX condemned_pending ON condemned (condemned_by) WHERE pending",
    """
    CREATE TABLE lease (
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        host TEXT NOT NULL,
        machine TEXT,
        process BIGINT NOT NULL,
        birth BIGINT,
        ends_ms BIGINT NOT NULL,
        PRIMARY KEY (id)
    )
    """,
)

DESCRIPTIONS_AND_FORMER: Sequence[str] = (
    "ALTER TABLE artifact ADD COLUMN description {text}",
    "ALTER TABLE artifact_version ADD COLUMN description {text}",
    "ALTER TABLE run ADD COLUMN description {text}",
    "ALTER TABLE deleted_version ADD COLUMN former {text}",
)
"""The first statements for PostgreSQL too; `{text}` is its type of texts, or SQLite's."""

FORMER: Mapping[int, Mapping[str, str | None]] = {
    8: {
        "tag": """
        CREATE TABLE tag (
            seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            exclusive BOOLEAN NOT NULL,
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            revision BIGINT NOT NULL,
            recorded BIGINT NOT NULL,
            UNIQUE (id),
            UNIQUE (name)
        )
        """,
        "tag_living": None,
        "pipeline": None,
        "pipeline_unrecorded": None,
        "pipeline_tag": None,
        "pipeline_tag_tag": None,
    },
    9: {
        "catalog": """
        CREATE TABLE catalog (
            id TEXT NOT NULL,
            schema_version BIGINT NOT NULL,
            incarnation BIGINT NOT NULL,
            PRIMARY KEY (id)
        )
        """,
        "condemned": None,
        "condemned_epoch": None,
        "condemned_pending": None,
        "lease": None,
    },
    10: {
        "artifact": """
        CREATE TABLE artifact (
            seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            has_custom_name BOOLEAN NOT NULL,
            last_number BIGINT DEFAULT 0 NOT NULL,
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            revision BIGINT NOT NULL,
            recorded BIGINT NOT NULL,
            deleted TEXT,
            description TEXT,
            UNIQUE (id),
            UNIQUE (name)
        )
        """,
        "artifact_version": """
        CREATE TABLE artifact_version (
            seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL,
            artifact_seq BIGINT NOT NULL,
            version TEXT NOT NULL,
            number BIGINT,
            type TEXT NOT NULL,
            kind TEXT NOT NULL,
            digest TEXT,
            source_checksum TEXT,
            manifest TEXT NOT NULL,
            link TEXT,
            size_bytes BIGINT NOT NULL,
            file_count BIGINT NOT NULL,
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            facts TEXT NOT NULL,
            revision BIGINT NOT NULL,
            recorded BIGINT NOT NULL,
            data_type TEXT,
            materializer TEXT,
            producer_run TEXT,
            producer_step TEXT,
            data_deleted TEXT,
            save_type TEXT,
            description TEXT,
            CHECK (kind IN ('file', 'folder')),
            UNIQUE (id),
            FOREIGN KEY(artifact_seq) REFERENCES artifact (seq) DEFERRABLE
        )
        """,
        "deleted_version": """
        CREATE TABLE deleted_version (
            seq BIGINT NOT NULL,
            id TEXT NOT NULL,
            artifact_seq BIGINT NOT NULL,
            version TEXT NOT NULL,
            number BIGINT,
            created TEXT NOT NULL,
            deleted TEXT NOT NULL,
            revision BIGINT NOT NULL,
            recorded BIGINT NOT NULL,
            former TEXT,
            PRIMARY KEY (seq),
            UNIQUE (id),
            FOREIGN KEY(artifact_seq) REFERENCES artifact (seq) DEFERRABLE
        )
        """,
        "run": """
        CREATE TABLE run (
            seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            pipeline TEXT NOT NULL,
            status TEXT NOT NULL,
            started TEXT NOT NULL,
            ended TEXT,
            details TEXT NOT NULL,
            revision BIGINT NOT NULL,
            recorded BIGINT NOT NULL,
            description TEXT,
            UNIQUE (id)
        )
        """,
    },
}
