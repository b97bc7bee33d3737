"""What the page asks its server, answered from the catalog in the page's own shapes."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from artifactctl.catalog.reading import flow as flowing
from artifactctl.catalog.rows import Listing
from artifactctl.errors import WrongUsageError
from artifactctl.home import Home
from artifactctl.refs import parse_ref
from artifactctl.render.page.document import page
from artifactctl.serving.rows import (
    artifact_row,
    details_of_artifact,
    details_of_run,
    details_of_version,
    run_row,
    version_row,
)
from artifactctl.verbs import comparing, describing, finding, listing
from artifactctl.verbs.details import details_of
from artifactctl.verbs.series import curves_of

Asked = Mapping[str, str]

_MOST_ROWS = 200
_RECENT = 60
_SIGNS = {
    "=": "equals",
    "!=": "notequals",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
    "~": "contains",
}
_OPPOSITES = {"=": "!=", "!=": "=", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}
_NAMES = {"artifacts": "name", "versions": "artifact", "runs": "name"}
_FIELDS = {"run": "pipeline_run"}
_ORDERS = {
    "artifacts": {"updated": "latest_version", "versions": "version_count", "tags": "tag"},
    "versions": {"size": "size_bytes", "tags": "tag"},
    "runs": {"tags": "tag"},
}


def about(home: Home, asked: Asked) -> dict[str, Any]:
    """How many rows there are, and which tags."""
    del asked
    one = Listing(size=1)
    counts = {
        "artifacts": listing.list_artifacts(home, one).total,
        "versions": listing.list_versions(home, one).total,
        "runs": listing.list_runs(home, one).total,
    }
    tags = [tag.name for tag in listing.list_tags(home, Listing(size=500, sort_by=("name",)))]
    return {"count": counts, "tags": tags, "change": change(home, {})}


def change(home: Home, asked: Asked) -> str:
    """A text that is another one after others have changed the catalog."""
    del asked
    db = home.catalog
    if not db.exists():
        return ""
    return str([*db.rows(db.dialect.changes), *db.incarnation()])


def rows(home: Home, asked: Asked) -> dict[str, Any]:
    """A page of rows of a table that match a question."""
    table = asked.get("table", "versions")
    wanted = Listing(
        page=_whole(asked, "page", 1),
        size=min(_MOST_ROWS, max(1, _whole(asked, "size", 50))),
        sort_by=_order(table, asked.get("sort", "")),
        filters=_filters(table, asked),
        store=home.settings.store.value,
    )
    if table == "artifacts":
        artifacts = listing.list_artifacts(home, wanted)
        return {"total": artifacts.total, "rows": [artifact_row(one) for one in artifacts]}
    if table == "runs":
        runs = listing.list_runs(home, wanted)
        return {"total": runs.total, "rows": [run_row(one) for one in runs]}
    versions = listing.list_versions(home, wanted)
    return {"total": versions.total, "rows": [version_row(one) for one in versions]}


def one(home: Home, asked: Asked) -> dict[str, Any]:
    """All that is known of one version, run or artifact."""
    kind, name = asked.get("kind", ""), asked.get("name", "")
    if kind == "run":
        return details_of_run(describing.describe_run(home, name))
    if kind == "artifact":
        artifact = finding.artifact(home, name)
        recent = Listing(size=_RECENT, filters=[("artifact", f"equals:{artifact.name}")])
        return details_of_artifact(artifact, list(listing.list_versions(home, recent)))
    near = describing.lineage_of_version(home, parse_ref(name), describing.Reach(depth=1))
    return details_of_version(describing.describe(home, parse_ref(name)), near)


def graph(home: Home, asked: Asked) -> dict[str, Any]:
    """The lineage of a version or run: nodes, and edges with the steps that they stand for."""
    reach = describing.Reach(depth=_whole(asked, "depth", 0) or None)
    name = asked.get("name", "")
    if asked.get("kind") == "run":
        found = describing.lineage_of_run(home, name, reach)
    else:
        found = describing.lineage_of_version(home, parse_ref(name), reach)
    return {
        "root": found.root,
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind,
                "ref": node.ref,
                "type": node.type,
                "gone": node.deleted,
            }
            for node in found.nodes
        ],
        "edges": [
            {
                "from": edge.source,
                "to": edge.target,
                "step": edge.step,
                "run": edge.run,
                "run_id": edge.run_id,
            }
            for edge in found.edges
        ],
    }


def flow(home: Home, asked: Asked) -> dict[str, Any]:
    """Which artifacts are made from which."""
    del asked
    if not home.catalog.exists():
        return {"passes": [], "inputs": [], "versions": {}, "isPart": False}
    with home.catalog.snapshot():
        found = flowing.flow(home.catalog)
    return {
        "passes": found.passes,
        "inputs": found.inputs,
        "versions": found.versions,
        "isPart": found.is_part,
    }


def comparison(home: Home, asked: Asked) -> str:
    """The page that compares versions or runs: `of` are their IDs, those of runs after `run:`."""
    wanted = comparing.Candidates(asked.get("of", "").split(","))
    found = comparing.compare_found(home, wanted, comparing.CompareOptions())
    return page(found.as_json(), curves_of(home, found), details_of(home, found))


def _filters(table: str, asked: Asked) -> list[tuple[str, str]]:
    found = [
        (name, f"equals:{asked[name]}") for name in ("type", "tag", "artifact") if asked.get(name)
    ]
    try:
        terms = json.loads(asked.get("terms", "[]"))
        return found + [_filter(table, term) for term in terms[:_MOST_ROWS]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WrongUsageError("the question is not understood") from error


def _filter(table: str, term: Mapping[str, Any]) -> tuple[str, str]:
    """A filter of a listing; a word is looked for in names."""
    field, sign, value = term["field"], term["sign"], str(term["value"])
    if field is None:
        return _NAMES[table], f"{'notcontains' if term['isNot'] else 'contains'}:{value}"
    name = _FIELDS.get(field, field) if table == "versions" else field
    if (table == "runs" and field == "run") or (table == "artifacts" and field == "artifact"):
        name = "name"
    return name, f"{_SIGNS[_OPPOSITES[sign] if term.get('isNot') else sign]}:{value}"


def _order(table: str, word: str) -> tuple[str, ...]:
    by, _, way = word.rpartition(":")
    if not by:
        return ()
    direction = "desc" if way == "down" else "asc"
    fields = [_ORDERS.get(table, {}).get(by, by)]
    if table == "versions" and by == "artifact":
        fields.append("version")
    return tuple(f"{direction}:{field}" for field in fields)


def _whole(asked: Asked, name: str, usual: int) -> int:
    text = asked.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else usual


ANSWERS: Mapping[str, Callable[[Home, Asked], Any]] = {
    "about": about,
    "change": change,
    "flow": flow,
    "graph": graph,
    "one": one,
    "rows": rows,
}
"""The answers by the last part of the address."""

PAGES: Mapping[str, Callable[[Home, Asked], str]] = {"comparison": comparison}
"""The pages, beside that of the catalog, by the last part of the address."""
