"""The tables of a new SQLite catalog, written out: making one loads no SQLModel.

`tables` defines them. After a change there `cog -r artifactctl/catalog/sqlite_tables.py` writes
them anew.
"""

# [[[cog
# from sqlalchemy import create_mock_engine
#
# from artifactctl.catalog.tables import METADATA
#
# def collect(part, *_, **__):
#     lines = str(part.compile(dialect=engine.dialect)).strip().expandtabs(4).splitlines()
#     statement = "\n".join(line.rstrip() for line in lines)
#     statements.append(statement.replace(" WHERE ", "\n    WHERE "))
#
# statements = []
# engine = create_mock_engine("sqlite://", collect)
# METADATA.create_all(engine, checkfirst=False)
# # Tables in the order of their keys, then indexes: SQLAlchemy has these in no order.
# tables = [text for text in statements if text.startswith("CREATE TABLE")]
# indexes = sorted(set(statements) - set(tables))
# cog.outl('SQLITE_TABLES = """')
# cog.outl(";\n".join(tables + indexes))
# cog.outl('"""')
# ]]]
SQLITE_TABLES = """
CREATE TABLE catalog (
    id TEXT NOT NULL,
    schema_version BIGINT NOT NULL,
    incarnation BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    forgotten BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE condemned (
    digest TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    pending BOOLEAN NOT NULL,
    lease_ends_ms BIGINT NOT NULL,
    condemned_by TEXT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE TABLE lease (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    machine TEXT,
    process BIGINT NOT NULL,
    birth BIGINT,
    ends_ms BIGINT NOT NULL,
    PRIMARY KEY (id)
);
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
);
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
);
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
);
CREATE TABLE deleted_run (
    seq BIGINT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    started TEXT NOT NULL,
    deleted TEXT NOT NULL,
    revision BIGINT NOT NULL,
    recorded BIGINT NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE (id)
);
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
);
CREATE TABLE series (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    "key" TEXT NOT NULL,
    first_step BIGINT NOT NULL,
    last_step BIGINT NOT NULL,
    count BIGINT NOT NULL,
    low DOUBLE,
    high DOUBLE,
    final DOUBLE,
    revision BIGINT NOT NULL,
    recorded BIGINT NOT NULL,
    points TEXT NOT NULL,
    UNIQUE (id)
);
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
);
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
);
CREATE TABLE artifact_tag (
    artifact_seq BIGINT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (artifact_seq, tag),
    FOREIGN KEY(artifact_seq) REFERENCES artifact (seq) DEFERRABLE
);
CREATE TABLE run_step (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    run_seq BIGINT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    details TEXT NOT NULL,
    started TEXT,
    ended TEXT,
    cache_key TEXT,
    log TEXT,
    log_bytes BIGINT,
    UNIQUE (id),
    FOREIGN KEY(run_seq) REFERENCES run (seq) DEFERRABLE
);
CREATE TABLE run_tag (
    run_seq BIGINT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (run_seq, tag),
    FOREIGN KEY(run_seq) REFERENCES run (seq) DEFERRABLE
);
CREATE TABLE pipeline_tag (
    pipeline_seq BIGINT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (pipeline_seq, tag),
    FOREIGN KEY(pipeline_seq) REFERENCES pipeline (seq) DEFERRABLE
);
CREATE TABLE run_metadata (
    "key" TEXT NOT NULL,
    number NUMERIC,
    text TEXT,
    value TEXT NOT NULL,
    run_seq BIGINT NOT NULL,
    PRIMARY KEY (run_seq, "key"),
    FOREIGN KEY(run_seq) REFERENCES run (seq) DEFERRABLE
);
CREATE TABLE run_metadata_leaf (
    "key" TEXT NOT NULL,
    number NUMERIC,
    text TEXT,
    run_seq BIGINT NOT NULL,
    PRIMARY KEY (run_seq, "key"),
    FOREIGN KEY(run_seq) REFERENCES run (seq) DEFERRABLE
);
CREATE TABLE version_input (
    version_seq BIGINT NOT NULL,
    input_seq BIGINT NOT NULL,
    PRIMARY KEY (version_seq, input_seq),
    FOREIGN KEY(version_seq) REFERENCES artifact_version (seq) DEFERRABLE
);
CREATE TABLE version_tag (
    version_seq BIGINT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (version_seq, tag),
    FOREIGN KEY(version_seq) REFERENCES artifact_version (seq) DEFERRABLE
);
CREATE TABLE version_metadata (
    "key" TEXT NOT NULL,
    number NUMERIC,
    text TEXT,
    value TEXT NOT NULL,
    version_seq BIGINT NOT NULL,
    PRIMARY KEY (version_seq, "key"),
    FOREIGN KEY(version_seq) REFERENCES artifact_version (seq) DEFERRABLE
);
CREATE TABLE version_metadata_leaf (
    "key" TEXT NOT NULL,
    number NUMERIC,
    text TEXT,
    version_seq BIGINT NOT NULL,
    PRIMARY KEY (version_seq, "key"),
    FOREIGN KEY(version_seq) REFERENCES artifact_version (seq) DEFERRABLE
);
CREATE TABLE step_version (
    step_seq BIGINT NOT NULL,
    direction TEXT NOT NULL,
    name TEXT NOT NULL,
    version_seq BIGINT NOT NULL,
    PRIMARY KEY (step_seq, direction, name, version_seq),
    CHECK (direction IN ('input', 'output')),
    FOREIGN KEY(step_seq) REFERENCES run_step (seq) DEFERRABLE
);
CREATE TABLE step_metadata (
    "key" TEXT NOT NULL,
    number NUMERIC,
    text TEXT,
    value TEXT NOT NULL,
    step_seq BIGINT NOT NULL,
    PRIMARY KEY (step_seq, "key"),
    FOREIGN KEY(step_seq) REFERENCES run_step (seq) DEFERRABLE
);
CREATE TABLE step_metadata_leaf (
    "key" TEXT NOT NULL,
    number NUMERIC,
    text TEXT,
    step_seq BIGINT NOT NULL,
    PRIMARY KEY (step_seq, "key"),
    FOREIGN KEY(step_seq) REFERENCES run_step (seq) DEFERRABLE
);
CREATE INDEX artifact_created ON artifact (created);
CREATE INDEX artifact_living ON artifact (seq)
    WHERE deleted IS NULL;
CREATE INDEX artifact_tag_tag ON artifact_tag (tag, artifact_seq);
CREATE INDEX artifact_unrecorded ON artifact (seq)
    WHERE recorded < revision;
CREATE INDEX artifact_updated ON artifact (updated);
CREATE INDEX artifact_version_created ON artifact_version (created);
CREATE INDEX artifact_version_latest ON artifact_version (artifact_seq, seq);
CREATE INDEX artifact_version_manifest ON artifact_version (manifest);
CREATE INDEX artifact_version_order ON artifact_version ((number IS NULL), number, version);
CREATE INDEX artifact_version_producer ON artifact_version (producer_run);
CREATE INDEX artifact_version_size ON artifact_version (size_bytes);
CREATE INDEX artifact_version_type ON artifact_version (type);
CREATE INDEX artifact_version_unrecorded ON artifact_version (seq)
    WHERE recorded < revision;
CREATE INDEX artifact_version_updated ON artifact_version (updated);
CREATE INDEX artifact_version_version ON artifact_version (version);
CREATE INDEX condemned_epoch ON condemned (epoch);
CREATE INDEX condemned_pending ON condemned (condemned_by)
    WHERE pending;
CREATE INDEX deleted_run_unrecorded ON deleted_run (seq)
    WHERE recorded < revision;
CREATE INDEX deleted_version_unrecorded ON deleted_version (seq)
    WHERE recorded < revision;
CREATE INDEX pipeline_tag_tag ON pipeline_tag (tag, pipeline_seq);
CREATE INDEX pipeline_unrecorded ON pipeline (seq)
    WHERE recorded < revision;
CREATE INDEX run_metadata_leaf_number ON run_metadata_leaf ("key", number, run_seq)
    WHERE number IS NOT NULL;
CREATE INDEX run_metadata_leaf_text ON run_metadata_leaf ("key", text, run_seq)
    WHERE text IS NOT NULL;
CREATE INDEX run_metadata_number ON run_metadata ("key", number, run_seq)
    WHERE number IS NOT NULL;
CREATE INDEX run_metadata_text ON run_metadata ("key", text, run_seq)
    WHERE text IS NOT NULL;
CREATE INDEX run_name ON run (name);
CREATE INDEX run_pipeline ON run (pipeline);
CREATE INDEX run_running ON run (seq)
    WHERE status = 'running';
CREATE INDEX run_started ON run (started);
CREATE INDEX run_step_cache_key ON run_step (cache_key, seq)
    WHERE cache_key IS NOT NULL;
CREATE INDEX run_step_log ON run_step (log)
    WHERE log IS NOT NULL;
CREATE INDEX run_tag_tag ON run_tag (tag, run_seq);
CREATE INDEX run_unrecorded ON run (seq)
    WHERE recorded < revision;
CREATE INDEX series_owner ON series (owner, "key", last_step);
CREATE INDEX series_unrecorded ON series (seq)
    WHERE recorded < revision;
CREATE INDEX step_metadata_leaf_number ON step_metadata_leaf ("key", number, step_seq)
    WHERE number IS NOT NULL;
CREATE INDEX step_metadata_leaf_text ON step_metadata_leaf ("key", text, step_seq)
    WHERE text IS NOT NULL;
CREATE INDEX step_metadata_number ON step_metadata ("key", number, step_seq)
    WHERE number IS NOT NULL;
CREATE INDEX step_metadata_text ON step_metadata ("key", text, step_seq)
    WHERE text IS NOT NULL;
CREATE INDEX step_version_version ON step_version (version_seq);
CREATE INDEX tag_unrecorded ON tag (seq)
    WHERE recorded < revision;
CREATE INDEX version_input_input ON version_input (input_seq);
CREATE INDEX version_metadata_leaf_number ON version_metadata_leaf ("key", number, version_seq)
    WHERE number IS NOT NULL;
CREATE INDEX version_metadata_leaf_text ON version_metadata_leaf ("key", text, version_seq)
    WHERE text IS NOT NULL;
CREATE INDEX version_metadata_number ON version_metadata ("key", number, version_seq)
    WHERE number IS NOT NULL;
CREATE INDEX version_metadata_text ON version_metadata ("key", text, version_seq)
    WHERE text IS NOT NULL;
CREATE INDEX version_tag_tag ON version_tag (tag, version_seq);
CREATE UNIQUE INDEX artifact_version_name ON artifact_version (artifact_seq, version);
CREATE UNIQUE INDEX deleted_version_name ON deleted_version (artifact_seq, version);
CREATE UNIQUE INDEX run_step_name ON run_step (run_seq, name);
CREATE UNIQUE INDEX tag_living ON tag (name)
    WHERE deleted IS NULL
"""
# [[[end]]]
