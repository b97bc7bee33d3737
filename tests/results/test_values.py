"""Values of metadata that answer `.value`, and are plain to everybody else."""

import copy
import json
import pickle
import uuid

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.results.names import ArtifactName, Name
from artifactctl.results.values import RunMetadata, with_value, with_values

ID = "1b4e28ba-2fa1-4d3b-8f5e-0c9b5a3d7e6f"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values)
def test_a_value_is_plain_to_json_yaml_pickle_and_python(plain):
    value = with_value(plain)
    assert value == plain
    assert isinstance(value, type(plain))
    assert json.dumps(value) == json.dumps(plain)
    assert repr(value) == repr(plain)
    assert yaml.safe_dump({"k": value}) == yaml.safe_dump({"k": plain})
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(value, protocol))
        assert (back, type(back)) == (plain, type(plain))
    for same in (copy.copy(value), copy.deepcopy(value)):
        assert (same, type(same)) == (plain, type(plain))


@pytest.mark.parametrize("plain", [3, 0.5, "text", [1, [2]], {"a": {"b": 1}}])
def test_numbers_texts_lists_and_objects_answer_value(plain):
    value = with_value(plain)
    assert (value.value, type(value.value)) == (plain, type(plain))
    if not isinstance(plain, list | dict):
        assert hash(value) == hash(plain)
        assert {value: 1}[plain] == 1
        assert f"{value}" == str(plain)


def test_truth_and_null_stay_what_they_are():
    assert with_values({"a": True, "b": None}) == {"a": True, "b": None}
    assert with_value(True) is True


def test_names_are_texts_that_answer_name():
    name = Name("iris")
    assert (name, name.name, type(name.name)) == ("iris", "iris", str)
    assert json.dumps([name]) == '["iris"]'
    assert yaml.safe_dump([name, ArtifactName("a", ID)]) == "- iris\n- a\n"
    for same in (pickle.loads(pickle.dumps(name)), copy.deepcopy(name)):
        assert same.name == "iris"
    artifact = pickle.loads(pickle.dumps(ArtifactName("a", ID)))
    assert (artifact, artifact.name, artifact.id) == ("a", "a", uuid.UUID(ID))


def test_metadata_of_steps_is_merged_into_the_runs_and_named_where_it_clashes():
    merged = RunMetadata(
        {"own": 1, "both": 2}, {"a": {"both": 3, "x": 4}, "b": {"x": 5, "only": 6}}
    )
    assert merged == {"own": 1, "both": 2, "a::both": 3, "a::x": 4, "b::x": 5, "only": 6}
    for key, value in {"own": 1, "a::both": 3, "b::x": 5, "b::only": 6}.items():
        assert (merged[key], merged.get(key), key in merged) == (value, value, True)
    assert (merged.get("x"), merged.get("a::only", 0), "x" in merged) == (None, 0, False)
    with pytest.raises(KeyError):
        merged["b::own"]
    assert json.loads(json.dumps(merged))["a::x"] == 4
