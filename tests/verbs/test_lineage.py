"""The graph of what was made from what, as the client gives it."""

import pytest

from artifactctl.client import Client
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from artifactctl.results.descriptions import Lineage
from tests.recorded import Did, make, record


@pytest.fixture
def trained(client: Client) -> Client:
    """raw:1 → clean:1 (register), clean:1 → model:1 → report:1 in a run that also checks."""
    make(client, "raw")
    make(client, "clean", inputs=["raw"])
    record(
        client,
        "nightly",
        Did("train", {"dataset": "clean"}, ["model"]),
        Did("report", {"model": "model"}, ["report"]),
        Did("check", {"model": "model"}),
    )
    return client


def edges(found: Lineage) -> list[str]:
    refs = {node.id: node.ref for node in found.nodes}
    assert found.root in refs
    return [f"{refs[edge.source]} {edge.step or '-'} {refs[edge.target]}" for edge in found.edges]


def test_both_directions_are_gone_all_the_way(trained: Client) -> None:
    found = trained.lineage("model")
    assert edges(found) == [
        "clean:1 train model:1",
        "raw:1 - clean:1",
        "model:1 report report:1",
        "model:1 check nightly/check",
    ]
    assert {node.kind for node in found.nodes} == {"version", "step"}
    assert found.edges == (*found.upstream, *found.downstream)
    assert found.nodes[0].id == found.root == trained.get_artifact_version("model").id_text
    assert found.upstream[0].run_id == trained.get_pipeline_run("nightly").id_text


def test_one_direction_and_a_depth_may_be_chosen(trained: Client) -> None:
    assert len(edges(trained.lineage("raw", upstream=False))) == 4
    assert edges(trained.lineage("raw", downstream=False)) == []
    assert edges(trained.lineage("raw", depth=1)) == ["raw:1 - clean:1"]
    assert edges(trained.lineage("model:1", downstream=False, depth=1)) == ["clean:1 train model:1"]
    assert len(edges(trained.lineage("model", version=1, depth=2))) == 4
    for depth in (0, -1):
        with pytest.raises(WrongUsageError):
            trained.lineage("raw", depth=depth)


def test_a_run_is_a_root_too(trained: Client) -> None:
    run = trained.get_pipeline_run("nightly")
    for ref in ("run:nightly", f"run:{run.id_text}", f"run:{run.id_text[:8]}"):
        found = trained.lineage(ref)
        assert found.root == run.id_text
        assert edges(found) == [
            "clean:1 train run:nightly",
            "raw:1 - clean:1",
            "run:nightly train model:1",
            "run:nightly report report:1",
            "model:1 report report:1",
            "model:1 check nightly/check",
        ]
    assert edges(trained.lineage("run:nightly", depth=1))[0] == "clean:1 train run:nightly"


def test_what_cannot_be_meant_is_refused(trained: Client) -> None:
    for ref in ("gone", "raw:9", "run:gone", "raw@x", "00000000"):
        with pytest.raises(NotFoundError):
            trained.lineage(ref)
    with pytest.raises(InvalidInputError):
        trained.lineage("a/b")


def test_an_artifact_may_be_called_run(trained: Client) -> None:
    make(trained, "run")
    make(trained, "run::step::output")
    assert trained.lineage("run").nodes[0].ref == "run:1"
    assert trained.lineage("run", version="1").nodes[0].ref == "run:1"
    assert trained.lineage("run::step::output").nodes[0].ref == "run::step::output:1"
    with pytest.raises(NotFoundError):
        trained.lineage("run:1")


def test_a_cycle_ends(client: Client) -> None:
    make(client, "a")
    make(client, "b")
    record(client, "there", Did(inputs={"x": "a"}, reused={"y": "b"}))
    record(client, "back", Did(inputs={"x": "b"}, reused={"y": "a"}))
    found = client.lineage("a")
    assert sorted(edges(found)) == ["a:1 fit b:1", "b:1 fit a:1"]


def test_a_long_chain_and_a_wide_one_end(client: Client) -> None:
    make(client, "c")
    for i in range(2, 40):
        make(client, "c", inputs=[f"c:{i - 1}", "c:1"])
    found = client.lineage("c:1")
    assert len(found.nodes) == 39
    assert len(found.edges) == 38 + 37
    assert client.lineage("c").upstream[-1].target == client.get_artifact_version("c:2").id_text


def test_deleted_versions_and_runs(trained: Client) -> None:
    trained.delete_artifact_version("clean:1", force=True)
    found = trained.lineage("model", downstream=False)
    assert edges(found) == ["clean:1 train model:1"]
    assert found.nodes[1].deleted
    trained.delete_pipeline_run("nightly")
    assert edges(trained.lineage("model")) == []


def test_the_graph_is_the_same_after_a_rebuild(trained: Client) -> None:
    before = trained.lineage("model")
    trained.settings.catalog_path.unlink()
    trained.close()
    assert trained.rebuild_catalog().problems == ()
    assert trained.lineage("model") == before
    assert trained.verify() == []


def test_what_a_version_is_registered_from_is_checked_before_anything_is_stored(
    client: Client,
) -> None:
    make(client, "raw")
    for bad, error in (("gone", NotFoundError), ("raw:2", NotFoundError), ("a/b", ValueError)):
        with pytest.raises(error):
            make(client, "clean", inputs=["raw", bad])
    assert [version.ref for version in client.list_artifact_versions()] == ["raw:1"]


def test_an_unchanged_version_is_not_made_from_itself(client: Client) -> None:
    first = make(client, "raw")
    done = client.register("raw", "made", if_changed=True, inputs=[first.id_text])
    assert (done.is_new, client.lineage("raw").edges) == (False, ())
