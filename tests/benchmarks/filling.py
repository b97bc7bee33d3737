"""A catalog on PostgreSQL with many versions, by SQL: their bytes do not exist."""

import psycopg

_TIME = "'2026-01-01T00:00:00.000000Z'"
_FORMAT = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""
_LATER = f"to_char(TIMESTAMP '2026-01-01' + i * INTERVAL '7 seconds', {_FORMAT})"
_DIGEST = "'blake3:' || repeat(md5(i::text), 2)"


def fill(
    connection: "psycopg.Connection[tuple[object, ...]]",
    schema: str,
    count: int,
    artifacts: int = 1000,
) -> None:
    """Fill a new catalog with so many versions; each tenth has one of 50 tags, and 2 entries."""
    connection.execute(f'SET search_path = "{schema}"')
    for statement in (
        f"""
        INSERT INTO artifact (id, name, has_custom_name, last_number, created, updated, revision,
            recorded)
        SELECT gen_random_uuid()::text, 'dataset_' || i, true, {count // artifacts}, {_TIME},
            {_TIME}, 1, 1 FROM generate_series(0, {artifacts - 1}) AS i ORDER BY i
        """,
        f"""
        INSERT INTO artifact_version (id, artifact_seq, version, number, type, kind, digest,
            manifest, size_bytes, file_count, created, updated, facts, revision, recorded)
        SELECT gen_random_uuid()::text, i % {artifacts} + 1, (i / {artifacts} + 1)::text,
            i / {artifacts} + 1, CASE WHEN i % 7 = 0 THEN 'ModelArtifact' ELSE 'DataArtifact' END,
            'file', {_DIGEST}, {_DIGEST}, 1000 + (i::bigint * 7919) % 1000003, 1, {_LATER},
            {_LATER}, '', 1, 1 FROM generate_series(0, {count - 1}) AS i ORDER BY i
        """,
        f"""
        INSERT INTO version_tag (version_seq, tag)
        SELECT i * 10 + 1, 'tag' || i % 50 FROM generate_series(0, {count // 10 - 1}) AS i
        """,
        f"""
        INSERT INTO version_metadata (version_seq, key, value, number, text)
        SELECT i * 10 + 1, 'accuracy', ((i % 1000) / 1000.0)::text, (i % 1000) / 1000.0, NULL
        FROM generate_series(0, {count // 10 - 1}) AS i
        """,
        f"""
        INSERT INTO version_metadata (version_seq, key, value, number, text)
        SELECT i * 10 + 1, 'framework', '"f' || i % 5 || '"', NULL, 'sf' || i % 5
        FROM generate_series(0, {count // 10 - 1}) AS i
        """,
        "VACUUM (ANALYZE)",  # as the server does by itself in time
    ):
        connection.execute(statement.encode())
