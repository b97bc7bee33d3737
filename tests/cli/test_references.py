"""One syntax for a version wherever a command takes one."""

import json
import sqlite3
import uuid

import pytest

from artifactctl.client import Client
from artifactctl.errors import InvalidInputError
from tests.cli.test_errors import in_process


@pytest.fixture
def means(client):
    """Which version a reference means; the command line asks the same question."""
    return lambda ref: client.get_artifact_version(ref).ref


@pytest.fixture
def file(work):
    (work / "f").write_text("x")
    return str(work / "f")


def test_a_version_is_named_by_version_latest_tag_id_or_prefix(run, client, file, means):
    first = client.register("iris", file, version="raw_2023", tags=["raw"]).version
    client.register("iris", file, tags=["raw", "prod"])
    client.register("iris", file)
    assert means("iris") == "iris:2"
    assert means("iris:latest") == "iris:2"
    assert means("iris:raw_2023") == "iris:raw_2023"
    assert means("iris@raw") == "iris:1"
    assert means(first.id_text) == "iris:raw_2023"
    assert means(first.id_text[:8]) == "iris:raw_2023"
    assert means(first.id_text[:8].upper()) == "iris:raw_2023"
    for ref in ("iris:raw_2023", first.id_text, first.id_text[:13]):
        assert run("artifact", "version", "describe", ref, "-q").ok().out == "iris:raw_2023\n"
    assert run("download", first.id_text[:7], "-").code == 3


def test_names_with_double_colons_are_split_off_at_the_last_single_colon(run, client, file, means):
    name = "iris_pipeline::loader::output"
    client.register(name, file, tags=["v:1"])
    client.register(name, file)
    assert means(name) == f"{name}:2"
    assert means(f"{name}:1") == f"{name}:1"
    assert means(f"{name}@v:1") == f"{name}:1"
    done = run("tag", f"{name}:1", "seen", "-q").ok()
    assert done.out == f"{name}:1\n"
    listed = run("artifact", "version", "list", "--artifact", name, "-q").ok()
    assert listed.out == f"{name}:2\n{name}:1\n"


def test_version_stands_beside_a_bare_name(run, client, file):
    client.register("iris", file)
    client.register("iris", file)
    assert run("artifact", "version", "describe", "iris", "-v", "1", "-q").ok().out == "iris:1\n"
    shown = run("artifact", "version", "describe", "iris", "--version", "latest", "-q").ok()
    assert shown.out == "iris:2\n"
    assert run("download", "iris", "out", "-v", "1", "-q").ok().out == "iris:1\n"
    assert run("artifact", "version", "describe", "iris", "-v", "9").code == 3
    assert run("artifact", "version", "describe", "iris:1", "-v", "1").code == 5


def test_a_name_that_looks_like_the_start_of_an_id_wins_over_the_id(client, file, means):
    known = client.register("iris", file).version
    looks_like_it = known.id_text[:8]
    client.register(looks_like_it, file)
    assert means(looks_like_it) == f"{looks_like_it}:1"
    assert means(known.id_text[:9]) == "iris:1"
    client.register("deadbeef", file)
    assert means("deadbeef") == "deadbeef:1"


def test_an_ambiguous_prefix_lists_its_candidates(run, client, home, file):
    client.register("one", file)
    client.register("two", file)
    client.close()
    ids = [f"aaaabbbb-{i}d89-4566-8bc0-88928e0c8668" for i in (1, 2)]
    with sqlite3.connect(home / "catalog.db") as catalog:
        for seq, new in enumerate(ids, 1):
            catalog.execute("UPDATE artifact_version SET id = ? WHERE seq = ?", (new, seq))
    catalog.close()
    refused = run("artifact", "version", "describe", "aaaabbbb", "-o", "json")
    assert (refused.code, refused.out) == (5, "")
    message = json.loads(refused.err)["error"]["message"]
    for candidate in (*ids, "one:1", "two:1"):
        assert candidate in message
    found = run("artifact", "version", "describe", "aaaabbbb-2", "-q").ok()
    assert found.out == "two:1\n"


def test_what_is_not_there_is_named_precisely_with_a_way_on(run, client, file):
    client.register("iris_dataset", file)
    wrong_name = run("artifact", "version", "describe", "iris_datset")
    assert "did you mean 'iris_dataset'" in wrong_name.err
    wrong_version = run("artifact", "version", "describe", "iris_dataset:7")
    assert "'7'" in wrong_version.err
    assert "'iris_dataset'" in wrong_version.err
    wrong_tag = run("download", "iris_dataset@prod")
    assert "'prod'" in wrong_tag.err
    wrong_id = run("artifact", "version", "describe", str(uuid.uuid4()))
    unknown = run("artifact", "describe", "iris_datset")
    for refused in (wrong_name, wrong_version, wrong_tag, wrong_id, unknown):
        assert (refused.code, refused.out) == (3, "")
        assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize(
    "ref",
    ["", "iris:", "iris@", "@prod", ":1", "iris:1@prod", "a:b:c", "a/b", "-x", ".x", "iris:1 2"],
)
def test_what_cannot_be_a_reference_is_refused_as_invalid(home, work, ref):
    with pytest.raises(InvalidInputError):
        Client(home).get_artifact_version(ref)
    assert not home.exists()


def test_a_version_beside_a_reference_that_says_it_already_is_refused(capsys, home, client, file):
    client.register("iris", file, tags=["raw"])
    client.close()
    for ref in ("iris:1", "iris@raw"):
        for words in (("artifact", "version", "describe"), ("download",), ("tag",)):
            refused = in_process(capsys, home, *words, ref, "-v", "1")
            assert (refused.code, refused.out) == (5, "")
            assert ref in refused.err


def test_tag_takes_a_version_beside_a_bare_name(capsys, home, client, file):
    client.register("iris", file)
    client.register("iris", file)
    client.close()
    tagged = in_process(capsys, home, "tag", "iris", "prod", "-v", "1", "-q").ok()
    assert tagged.out == "iris:1\n"
    assert client.get_artifact_version("iris@prod").version == "1"
