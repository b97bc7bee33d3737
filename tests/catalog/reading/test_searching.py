"""Searching for words, on both engines."""

import pytest

from artifactctl.catalog.reading.searching import _SOURCES, _statement, few, search
from artifactctl.enums import SearchKind
from tests.catalog.test_rows import add, open_database
from tests.catalog.writes import begin_run

ARTIFACT, PIPELINE, RUN, VERSION = (
    SearchKind.ARTIFACT,
    SearchKind.PIPELINE,
    SearchKind.RUN,
    SearchKind.VERSION,
)


@pytest.fixture
def db(tmp_path):
    found = open_database(tmp_path)
    add(found, "iris_data", tags=["Prod"], metadata={"note": 'Größe "A"\\B\n100%', "n": 7})
    add(found, "iris_data", metadata={"opt": {"learning_rate": 0.25, "names": ["x_y", "xzy"]}})
    add(found, "other", version="iris2")
    yield found
    found.close()


def found(db, text, kind=VERSION):
    return [(hit.ref, hit.text.where, hit.text.text) for hit in search(db, text.split(), kind)]


def refs(db, text, kind=VERSION):
    return [ref for ref, _, _ in found(db, text, kind)]


def test_it_finds_names_tags_versions_and_metadata_in_any_case(db):
    assert refs(db, "IRIS", ARTIFACT) == ["iris_data"]
    assert found(db, "pROD") == [("iris_data:1", "tag", "Prod")]
    assert found(db, "iris") == [("other:iris2", "version", "iris2")]
    assert found(db, "LEARNING") == [("iris_data:2", "metadata", "opt.learning_rate = 0.25")]
    assert refs(db, "0.25") == ["iris_data:2"]
    assert refs(db, "NOTE") == ["iris_data:1"]
    assert found(db, "xzy")[0][2] == 'opt.names = ["x_y", "xzy"]'


def test_case_does_not_matter_beyond_ascii(db):
    assert refs(db, "gRÖSSE") == []  # one character is not two
    assert refs(db, "gRÖß") == refs(db, "größe") == ["iris_data:1"]
    assert refs(db, "grüße") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100%", ["iris_data:1"]),
        ("0%%", []),
        ("x_y", ["iris_data:2"]),
        ("_z", []),
        ('"A"\\B', ["iris_data:1"]),
        ("\\", ["iris_data:1"]),
        ("'; --", []),
    ],
)
def test_words_are_literal(db, text, expected):
    assert refs(db, text) == expected


def test_all_words_must_match_and_one_of_them_what_is_the_versions_own(db):
    assert refs(db, "iris prod") == ["iris_data:1"]
    assert refs(db, "prod größe") == ["iris_data:1"]
    assert refs(db, "prod learning") == []
    assert refs(db, "iris data") == []
    assert refs(db, "iris data", ARTIFACT) == ["iris_data"]


def test_a_key_inside_of_an_object_is_found_as_it_is_shown(db):
    (hit,) = search(db, ["Opt.learning_rate"], VERSION)
    assert (hit.ref, hit.text.key) == ("iris_data:2", "opt.learning_rate")
    assert refs(db, "t.learn iris 0.25") == ["iris_data:2"]
    assert refs(db, "opt.x") == []


def test_rows_of_things_are_read_once_for_a_word_and_not_for_each_thing(db):
    """With names of artifacts that have all words, what is the version's own is read of those."""
    for words in (["sklearn"], ["iris", "data", "x.y"]):
        statement = _statement(_SOURCES[VERSION], words, db.dialect)
        for table in ("version_tag", "version_metadata"):
            assert statement.count(f" IN (SELECT {table[8]}.version_seq FROM {table} ") == len(
                words
            )
            each = 0 if len(words) == 1 else len(words)
            assert statement.count(f"EXISTS (SELECT 1 FROM {table} ") == each


def test_runs_and_pipelines_are_found(db):
    from artifactctl.catalog.run_rows import NewRun

    run_id = "3b241101-e2bb-4255-8caf-4136c566a962"
    begin_run(
        db,
        NewRun(
            run_id, "nightly-7", "training", tags=["slow"], metadata={"loss": 0.5, "o": {"lr": 1}}
        ),
    )
    assert found(db, "night", RUN) == [("run:nightly-7", "name", "nightly-7")]
    assert refs(db, "training loss", RUN) == ["run:nightly-7"]
    assert refs(db, "training", RUN) == []
    assert refs(db, "o.lr", RUN) == ["run:nightly-7"]
    assert refs(db, "train", PIPELINE) == ["training"]


def test_the_newest_come_first_and_few_are_enough(db):
    for i in range(120):
        add(db, "many", tags=[f"t{i}"])
    hits, is_more = few(search(db, ["t"], VERSION), 3)
    assert [hit.ref for hit in hits] == ["many:120", "many:119", "many:118"]
    assert is_more
    hits, is_more = few(search(db, ["t1"], VERSION), 0)
    assert len(hits) == 31
    assert not is_more
