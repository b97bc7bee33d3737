"""What the page asks its server, answered from the catalog in the page's own shapes."""

import json
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from artifactctl.catalog.reading import flow as flowing
from artifactctl.catalog.reading.overview import size_of
from artifactctl.catalog.rows import Listing
from artifactctl.errors import ArtifactctlError, NotFoundError, WrongUsageError
from artifactctl.home import Home
from artifactctl.refs import Ref, parse_ref
from artifactctl.render.page.catalog.previews import preview
from artifactctl.render.page.document import page
from artifactctl.results.runs import PipelineRun
from artifactctl.serving.rows import (
    artifact_row,
    details_of_artifact,
    details_of_run,
    details_of_version,
    run_row,
    version_row,
)
from artifactctl.verbs import (
    comparing,
    describing,
    finding,
    listing,
    listing_runs,
    searching,
    viewing,
)
from artifactctl.verbs.details import details_of
from artifactctl.verbs.series import curves_of, list_series

Asked = Mapping[str, str]

_MOST_ROWS = 200
_MOST_FILES = 200
_MOST_NODES = 400  # of a graph that is drawn, the nearest first
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
        "runs": listing_runs.list_runs(home, one).total,
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
    filters, words = _question(table, asked)
    wanted = Listing(
        page=_whole(asked, "page", 1),
        size=min(_MOST_ROWS, max(1, _whole(asked, "size", 50))),
        sort_by=_order(table, asked.get("sort", "")),
        filters=filters,
        store=home.settings.store.value,
        words=words,
    )
    if table == "artifacts":
        artifacts = listing.list_artifacts(home, wanted)
        return {"total": artifacts.total, "rows": [artifact_row(one) for one in artifacts]}
    if table == "runs":
        runs = listing_runs.list_runs(home, wanted)
        ids = [id_text for one in runs for id_text in _owners_in(one)]
        known = list_series(home, ids)
        return {"total": runs.total, "rows": [run_row(one, known) for one in runs]}
    versions = listing.list_versions(home, wanted)
    known = list_series(home, [one.id_text for one in versions])
    return {"total": versions.total, "rows": [version_row(one, known) for one in versions]}


def _owners_in(run: PipelineRun) -> list[str]:
    """The IDs under which a run has series: its own, and those of its steps."""
    return [run.id_text, *(step.id_text for step in run.steps.values())]


def one(home: Home, asked: Asked) -> dict[str, Any]:
    """All that is known of one version, run or artifact."""
    kind, name = asked.get("kind", ""), asked.get("name", "")
    if kind == "run":
        found = describing.describe_run(home, name)
        return details_of_run(found, viewing.series_of_run(home, found.run))
    if kind == "artifact":
        artifact = finding.artifact(home, name)
        recent = Listing(size=_RECENT, filters=[("artifact", f"equals:{artifact.name}")])
        size_bytes = size_of(home.catalog, artifact.id_text)
        return details_of_artifact(artifact, list(listing.list_versions(home, recent)), size_bytes)
    version = finding.version(home, parse_ref(name))
    near = describing.lineage_of_version(home, Ref(version.id_text), describing.Reach(depth=1))
    return details_of_version(version, near, viewing.series_of_version(home, version))


def held(home: Home, asked: Asked) -> dict[str, Any]:
    """What the store has of a version: its files, and previews of them.

    Asked for on its own, since the store may be far away.
    """
    ref = parse_ref(asked.get("name", ""))
    try:
        files = describing.describe(home, ref).files
    except NotFoundError:
        raise
    except ArtifactctlError as error:
        return {"files": [], "previews": [], "problem": error.message}
    found = viewing.previews_of(home, ref)
    return {
        "files": [
            {"path": file.path, "size_bytes": file.size_bytes} for file in files[:_MOST_FILES]
        ],
        "left": max(0, len(files) - _MOST_FILES),
        "previews": [preview(item) for item in found],
    }


def graph(home: Home, asked: Asked) -> dict[str, Any]:
    """The lineage of a version or run: nodes, and edges with the steps that they stand for."""
    reach = describing.Reach(depth=_whole(asked, "depth", 0) or None)
    name = asked.get("name", "")
    if asked.get("kind") == "run":
        found = describing.lineage_of_run(home, name, reach)
    else:
        found = describing.lineage_of_version(home, parse_ref(name), reach)
    nodes = found.nodes[:_MOST_NODES]
    drawn = {node.id for node in nodes}
    return {
        "root": found.root,
        "left": len(found.nodes) - len(nodes),
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind,
                "ref": node.ref,
                "type": node.type,
                "gone": node.deleted,
            }
            for node in nodes
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
            if edge.source in drawn and edge.target in drawn
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


def _question(table: str, asked: Asked) -> tuple[list[tuple[str, str]], list[tuple[str, bool]]]:
    """The filters of a listing, and the words that must, or must not, be in what is listed."""
    found = [
        (name, f"equals:{asked[name]}") for name in ("type", "tag", "artifact") if asked.get(name)
    ]
    try:
        terms = json.loads(asked.get("terms", "[]"))[:_MOST_ROWS]
        filters = [_filter(table, term) for term in terms if term["field"] is not None]
        words = [
            (unicodedata.normalize("NFC", str(term["value"])), not term.get("isNot"))
            for term in terms
            if term["field"] is None
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WrongUsageError("the question is not understood") from error
    searching.checked([word for word, _ in words])
    return found + filters, words


def _filter(table: str, term: Mapping[str, Any]) -> tuple[str, str]:
    field, sign, value = term["field"], term["sign"], str(term["value"])
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
    "held": held,
    "one": one,
    "rows": rows,
}
"""The answers by the last part of the address."""

OF_STORE = frozenset({"held", "comparison"})
"""What may take long, since it reads the store or many points."""

PAGES: Mapping[str, Callable[[Home, Asked], str]] = {"comparison": comparison}
"""The pages, beside that of the catalog, by the last part of the address."""
