"""Schema 6: what is said of a tag itself: that it is exclusive."""

SIXTH = """
CREATE TABLE tag (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id VARCHAR(36) NOT NULL UNIQUE,
    name VARCHAR(255) NOT NULL UNIQUE,
    exclusive BOOLEAN NOT NULL,
    created VARCHAR NOT NULL,
    updated VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    recorded BIGINT NOT NULL
);
CREATE INDEX tag_unrecorded ON tag (seq) WHERE recorded < revision
"""
"""Leads from schema 5 to 6."""
