"""Schema 3: runs as they happen, with labels, times, logs, and keys of what they made."""

_LABELS = """
CREATE TABLE run_tag (
    run_seq INTEGER NOT NULL REFERENCES run (seq),
    tag VARCHAR(255) NOT NULL,
    PRIMARY KEY (run_seq, tag)
);
CREATE INDEX run_tag_tag ON run_tag (tag, run_seq);
"""

_METADATA = """
CREATE TABLE {owner}_metadata (
    {owner}_seq INTEGER NOT NULL REFERENCES {table} (seq),
    "key" VARCHAR(255) NOT NULL,
    value TEXT NOT NULL,
    number NUMERIC,
    text TEXT,
    PRIMARY KEY ({owner}_seq, "key")
);
CREATE TABLE {owner}_metadata_leaf (
    {owner}_seq INTEGER NOT NULL REFERENCES {table} (seq),
    "key" TEXT NOT NULL,
    number NUMERIC,
    text TEXT,
    PRIMARY KEY ({owner}_seq, "key")
);
"""

_INDEX = """
CREATE INDEX {owner}_{entries}_{column} ON {owner}_{entries} ("key", {column}, {owner}_seq)
    WHERE {column} IS NOT NULL;
"""

_COLUMNS = """
CREATE INDEX run_started ON run (started);
CREATE INDEX run_running ON run (seq) WHERE status = 'running';

ALTER TABLE run_step ADD COLUMN started VARCHAR;
ALTER TABLE run_step ADD COLUMN ended VARCHAR;
ALTER TABLE run_step ADD COLUMN cache_key VARCHAR;
ALTER TABLE run_step ADD COLUMN log VARCHAR;
ALTER TABLE run_step ADD COLUMN log_bytes BIGINT;
CREATE INDEX run_step_cache_key ON run_step (cache_key, seq) WHERE cache_key IS NOT NULL;
CREATE INDEX run_step_log ON run_step (log) WHERE log IS NOT NULL;

ALTER TABLE artifact_version ADD COLUMN save_type VARCHAR
"""

_OWNERS = (("run", "run"), ("step", "run_step"))

THIRD = (
    _LABELS
    + "".join(_METADATA.format(owner=owner, table=table) for owner, table in _OWNERS)
    + "".join(
        _INDEX.format(owner=owner, entries=entries, column=column)
        for owner, _ in _OWNERS
        for entries in ("metadata", "metadata_leaf")
        for column in ("number", "text")
    )
    + _COLUMNS
)
"""Leads from schema 2 to 3."""
