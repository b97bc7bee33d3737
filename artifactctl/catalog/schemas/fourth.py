"""Schema 4: what is left of deleted runs, and what registered versions were made from."""

FOURTH = """
CREATE TABLE deleted_run (
    seq BIGINT NOT NULL PRIMARY KEY,
    id VARCHAR(36) NOT NULL UNIQUE,
    name VARCHAR(255) NOT NULL,
    pipeline VARCHAR(255) NOT NULL,
    started VARCHAR NOT NULL,
    deleted VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    recorded BIGINT NOT NULL
);
CREATE INDEX deleted_run_unrecorded ON deleted_run (seq) WHERE recorded < revision;

CREATE TABLE version_input (
    version_seq INTEGER NOT NULL REFERENCES artifact_version (seq),
    input_seq BIGINT NOT NULL,
    PRIMARY KEY (version_seq, input_seq)
);
CREATE INDEX version_input_input ON version_input (input_seq)
"""
"""Leads from schema 3 to 4."""
