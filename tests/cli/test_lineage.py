"""`lineage`, and `register --input`."""

import json

import pytest
import yaml

from tests.recorded import Did, make, record


@pytest.fixture
def trained(client, work):
    """raw:1 → clean:1 (register) → model:1 (train) → report:1 (register)."""
    make(client, "raw")
    make(client, "clean", inputs=["raw"])
    run = record(client, "nightly", Did("train", {"data": "clean"}, ["model"]))
    make(client, "report", inputs=["model"])
    client.close()
    return run


def test_a_tree_shows_where_a_version_comes_from_and_went(run, trained):
    done = run("lineage", "model").ok()
    assert (done.out, done.err) == (
        "model:1\n"
        "made from\n"
        "└── clean:1  [train, run nightly]\n"
        "    └── raw:1  [register]\n"
        "used for\n"
        "└── report:1  [register]\n",
        "",
    )


def test_directions_and_depth_are_chosen(run, trained):
    def found(*words):
        return run("lineage", "model:1", "-q", *words).ok().out.split()

    assert found() == ["clean:1", "raw:1", "report:1"]
    assert found("--upstream") == ["clean:1", "raw:1"]
    assert found("--downstream") == ["report:1"]
    assert found("--upstream", "--downstream") == found()
    assert found("--depth", "1") == ["clean:1", "report:1"]
    assert run("lineage", "model", "-v", "1", "-q").ok().out.split() == found()
    for bad in ("0", "x"):
        assert run("lineage", "model", "--depth", bad).code == 2


def test_a_run_is_a_root(run, trained):
    shown = run("lineage", "run:nightly").ok().out
    assert shown.splitlines()[:3] == [
        "run:nightly",
        "made from",
        "└── clean:1  [train, run nightly]",
    ]
    assert run("lineage", f"run:{trained.id_text[:9]}").ok().out == shown


def test_programs_get_nodes_and_edges(run, trained):
    found = json.loads(run("lineage", "model", "-o", "json").ok().out)
    assert list(found) == ["root", "nodes", "edges"]
    refs = {node["id"]: node["ref"] for node in found["nodes"]}
    assert refs[found["root"]] == "model:1"
    edges = [(refs[edge["from"]], refs[edge["to"]], edge["step"]) for edge in found["edges"]]
    assert edges == [
        ("clean:1", "model:1", "train"),
        ("raw:1", "clean:1", None),
        ("model:1", "report:1", None),
    ]
    assert found["edges"][0]["run_id"] == trained.id_text
    assert yaml.safe_load(run("lineage", "model", "-o", "yaml").ok().out) == found
    assert run("lineage", "model", "-o", "csv").ok().out.splitlines() == [
        "from,to,step,run",
        "clean:1,model:1,train,nightly",
        "raw:1,clean:1,,",
        "model:1,report:1,,",
    ]
    assert run("lineage", "model", "-o", "tsv").ok().out.startswith("from\tto\tstep\trun\n")


def test_a_diagram_is_text_for_mermaid(run, trained):
    shown = run("lineage", "model", "--downstream", "-o", "mermaid").ok().out
    assert shown == (
        "flowchart LR\n"
        '    n0["model:1"]\n'
        '    n1["report:1"]\n'
        '    n0 -->|"register"| n1\n'
        "    style n0 stroke-width:3px\n"
    )


def test_what_stands_alone_says_so(run, client, work):
    make(client, "raw")
    client.close()
    done = run("lineage", "raw").ok()
    assert done.out == "raw:1\n"
    assert "No lineage is recorded" in done.err
    assert run("lineage", "raw", "-q").ok().out == ""
    assert json.loads(run("lineage", "raw", "-o", "json").ok().out)["edges"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("gone",), 3),
        (("model:9",), 3),
        (("run:gone",), 3),
        (("a/b",), 5),
        ((), 2),
        (("model", "-o", "png"), 2),
        (("run:nightly", "-v", "1"), 5),
    ],
    ids=str,
)
def test_errors_are_one_line(run, trained, words, code):
    failed = run("lineage", *words)
    assert (failed.code, failed.out) == (code, "")
    assert len(failed.err.splitlines()) == 1


def test_a_registration_names_what_it_was_made_from(run, work):
    for name in "abc":
        (work / name).write_text(name)
    run("register", "a", "a", "--tag", "prod").ok()
    run("register", "b", "b").ok()
    run("register", "c", "c", "--input", "a@prod", "--input", "b:1").ok()
    assert run("lineage", "c", "-q").ok().out == "a:1\nb:1\n"
    again = run("register", "b", "b", "--if-changed", "--input", "a").ok()
    assert again.out.startswith("Kept b:1")
    assert run("lineage", "b", "--upstream", "-q").ok().out == "a:1\n"
    refused = run("register", "d", "a", "--input", "gone")
    assert (refused.code, refused.out) == (3, "")
    assert run("artifact", "describe", "d").code == 3
    run("artifact", "version", "delete", "a:1", "--yes").ok()
    assert "a:1 (deleted)" in run("lineage", "c").ok().out
    run("verify").ok()


def test_a_narrow_encoding_gets_a_plain_tree(run, trained):
    shown = run("lineage", "model", PYTHONIOENCODING="ascii").ok().out
    assert shown.isascii()
    assert "`-- clean:1  [train, run nightly]" in shown


def test_a_page_begins_with_the_graph_and_has_only_its_versions(run, trained, work):
    done = run("lineage", "clean", "--html", "l.html").ok()
    assert (done.out, done.err) == ("", "Wrote l.html\n")
    text = (work / "l.html").read_text()
    assert "<title>Lineage of clean:1</title>" in text
    setup = json.loads(text.split('id="setup">')[1].split("</script>")[0])
    assert setup["root"] == "version:clean:1"
    assert setup["first"]["count"] == {"artifacts": 4, "versions": 4, "runs": 1}
    assert run("lineage", "clean", "--open").code == 2

    run("lineage", "run:nightly", "--depth", "1", "--html", "r.html", "-q").ok()
    assert "<title>Lineage of nightly</title>" in (work / "r.html").read_text()


def test_a_graph_for_graphviz_is_printed(run, trained):
    shown = run("lineage", "model", "-o", "dot").ok().out.splitlines()
    assert (shown[0], shown[-1]) == ("digraph lineage {", "}")
    assert 'label="train, run nightly"' in "".join(shown)
