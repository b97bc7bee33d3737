"""The content of deleted versions, kept so that they can be restored while their bytes exist."""

import json
from collections.abc import Sequence

from artifactctl.catalog.cells import read_json
from artifactctl.catalog.engine.protocol import Params, Query, Row, Transaction
from artifactctl.catalog.reading.versions import by_first
from artifactctl.catalog.records import ID_OF, VERSION_COLUMNS, Record
from artifactctl.errors import IntegrityError

_ROWS = f"SELECT {', '.join(VERSION_COLUMNS)} FROM artifact_version WHERE seq IN ({{}})"
_ARTIFACT_TAGS = """
    SELECT v.seq, t.tag FROM artifact_version v JOIN artifact_tag t
    ON t.artifact_seq = v.artifact_seq WHERE v.seq IN ({}) ORDER BY t.tag
"""
_TAGS = "SELECT version_seq, tag FROM version_tag WHERE version_seq IN ({}) ORDER BY tag"
_METADATA = "SELECT version_seq, key, value FROM version_metadata WHERE version_seq IN ({})"
_INPUTS = f"""
    SELECT i.version_seq, {ID_OF.format("i.input_seq")} FROM version_input i
    WHERE i.version_seq IN ({{}}) ORDER BY i.input_seq
"""


def keep_former(transaction: Transaction, places: str, params: Params) -> dict[int, str]:
    """The content of the records of some versions, as JSON, by seq; `places` are those of the seqs.

    The tags of their artifacts are part of it, since they are lost with the last version. A version
    whose metadata another program damaged is left out.
    """
    queries = queries_of_former(places, params)
    transaction.foresee(queries)
    rows, *related = (transaction.rows(*query) for query in queries)
    artifact_tags, tags, metadata, inputs = map(by_first, related)
    kept = {}
    for cells in rows:
        row = dict(zip(VERSION_COLUMNS, cells, strict=True))
        seq = row["seq"]
        row["tags"] = _firsts(tags.get(seq, ()))
        row["artifact_tags"] = _firsts(artifact_tags.get(seq, ()))
        row["inputs"] = [one for one in _firsts(inputs.get(seq, ())) if one is not None]
        text = _as_json(row, metadata.get(seq, ()))
        if text is not None:
            kept[seq] = text
    return kept


def queries_of_former(places: str, params: Params) -> list[Query]:
    """The queries of `keep_former`."""
    texts = (_ROWS, _ARTIFACT_TAGS, _TAGS, _METADATA, _INPUTS)
    return [(text.format(places), params) for text in texts]


def _firsts(rows: Sequence[Row]) -> list[str]:
    return [first for first, *_ in rows]


def _as_json(row: Record, metadata: Sequence[Row]) -> str | None:
    try:
        values = {key: read_json(value) for key, value in metadata}
        return json.dumps({**row, "metadata": values}, ensure_ascii=False)
    except (IntegrityError, TypeError, ValueError):  # a blob cannot be written as JSON
        return None
