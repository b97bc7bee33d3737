"""Schema 1: artifacts, their versions, tags and metadata."""

FIRST = """
CREATE TABLE artifact (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id VARCHAR(36) NOT NULL UNIQUE,
    name VARCHAR(255) NOT NULL UNIQUE,
    has_custom_name BOOLEAN NOT NULL,
    last_number BIGINT DEFAULT 0 NOT NULL,
    created VARCHAR NOT NULL,
    updated VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    recorded BIGINT NOT NULL
);
CREATE INDEX artifact_created ON artifact (created);
CREATE INDEX artifact_unrecorded ON artifact (seq) WHERE recorded < revision;

CREATE TABLE artifact_tag (
    artifact_seq INTEGER NOT NULL REFERENCES artifact (seq),
    tag VARCHAR(255) NOT NULL,
    PRIMARY KEY (artifact_seq, tag)
);
CREATE INDEX artifact_tag_tag ON artifact_tag (tag, artifact_seq);

CREATE TABLE artifact_version (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id VARCHAR(36) NOT NULL UNIQUE,
    artifact_seq INTEGER NOT NULL REFERENCES artifact (seq),
    version VARCHAR(255) NOT NULL,
    number BIGINT,
    type VARCHAR NOT NULL,
    kind VARCHAR NOT NULL CHECK (kind IN ('file', 'folder')),
    digest VARCHAR,
    source_checksum VARCHAR,
    manifest VARCHAR NOT NULL,
    link TEXT,
    size_bytes BIGINT NOT NULL,
    file_count BIGINT NOT NULL,
    created VARCHAR NOT NULL,
    updated VARCHAR NOT NULL,
    facts VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    recorded BIGINT NOT NULL
);
CREATE UNIQUE INDEX artifact_version_name ON artifact_version (artifact_seq, version);
CREATE INDEX artifact_version_latest ON artifact_version (artifact_seq, seq);
CREATE INDEX artifact_version_created ON artifact_version (created);
CREATE INDEX artifact_version_type ON artifact_version (type);
CREATE INDEX artifact_version_version ON artifact_version (version);
CREATE INDEX artifact_version_unrecorded ON artifact_version (seq) WHERE recorded < revision;

CREATE TABLE version_tag (
    version_seq INTEGER NOT NULL REFERENCES artifact_version (seq),
    tag VARCHAR(255) NOT NULL,
    PRIMARY KEY (version_seq, tag)
);
CREATE INDEX version_tag_tag ON version_tag (tag, version_seq);

CREATE TABLE version_metadata (
    version_seq INTEGER NOT NULL REFERENCES artifact_version (seq),
    "key" VARCHAR(255) NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (version_seq, "key")
);
"""
