"""Tensors come back as they were, as safetensors; modules are pickles and marked."""

from collections import OrderedDict
from pathlib import Path

import pytest

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError, NoDataError, UnsafeError
from artifactctl.materializers import load, save
from tests.materializers.again import again, contents, pickled_again

torch = pytest.importorskip("torch", reason="torch is not installed")


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(3),
        torch.tensor(1.5),
        torch.zeros(0, 3),
        torch.eye(3).t()[1:],
        torch.ones(2, dtype=torch.bfloat16),
        torch.ones(2, dtype=torch.complex128),
        torch.ones(2, dtype=torch.complex64).conj(),
        torch.tensor([True, False]),
        torch.eye(2).to_sparse(),
        torch.nn.Parameter(torch.ones(2)),
        torch.ones(2, requires_grad=True),
        torch.arange(24).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
    ],
    ids=lambda tensor: f"{tensor.dtype} {tuple(tensor.shape)} {tensor.layout}",
)
def test_tensors_come_back(tensor):
    loaded = again(tensor)
    assert type(loaded) is type(tensor)
    assert (loaded.dtype, loaded.shape) == (tensor.dtype, tensor.shape)
    assert (loaded.layout, loaded.requires_grad) == (tensor.layout, tensor.requires_grad)
    assert torch.equal(loaded.to_dense(), tensor.to_dense())


def test_a_state_dict_is_one_file_of_safetensors_and_fits_the_module(tmp_path: Path):
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    state = module.state_dict()
    saved = save(state, tmp_path)
    assert saved.type is ArtifactType.MODEL
    assert set(contents(tmp_path)) == {"data.safetensors", "tensors.json"}
    loaded = again(state)
    assert list(loaded) == list(state)
    assert type(loaded) is OrderedDict
    assert loaded._metadata == state._metadata
    module.load_state_dict(loaded)


def test_tensors_that_are_one_in_memory_are_one_again():
    shared = torch.ones(3)
    loaded = again({"a": shared, "b": shared, "c": shared[1:]})
    assert loaded["a"] is loaded["b"]
    assert loaded["c"].tolist() == [1, 1]


def test_a_checkpoint_of_model_and_optimiser_comes_back():
    module = torch.nn.Linear(2, 1)
    optimiser = torch.optim.Adam(module.parameters())
    module(torch.ones(4, 2)).sum().backward()
    optimiser.step()
    loaded = again({"model": module.state_dict(), "optimiser": optimiser.state_dict(), "epoch": 3})
    optimiser.load_state_dict(loaded["optimiser"])
    assert loaded["epoch"] == 3
    assert torch.equal(loaded["model"]["weight"], module.weight)


def test_what_somebody_ties_to_tensors_is_not_lost():
    tensor, state = torch.ones(2), torch.nn.BatchNorm1d(3).state_dict()
    tensor.note = "mine"
    assert pickled_again(tensor, "attribute 'note'").note == "mine"
    assert pickled_again({"a": tensor})["a"].note == "mine"
    state._metadata["own"] = {1: object}
    assert pickled_again(state, "metadata")._metadata["own"] == {1: object}
    state = torch.nn.BatchNorm1d(3).state_dict()
    state.note = "mine"
    assert pickled_again([state])[0].note == "mine"


def test_a_tensor_without_values_is_refused(tmp_path: Path):
    with pytest.raises(NoDataError, match="no values"):
        save([torch.empty(2, device="meta")], tmp_path)


def test_a_module_needs_consent(tmp_path: Path):
    with pytest.warns(UserWarning, match="'Linear' is saved as a pickle"):
        saved = save(torch.nn.Linear(2, 1), tmp_path)
    assert (saved.materializer, saved.metadata) == ("torch.module", {"pickled": True})
    assert saved.type is ArtifactType.MODEL
    with pytest.raises(UnsafeError):
        load(tmp_path, saved.materializer, saved.data_type, allow_pickle=False)
    loaded = load(tmp_path, saved.materializer, saved.data_type, allow_pickle=True)
    assert isinstance(loaded, torch.nn.Linear)


def test_statistics_of_tensors(tmp_path: Path):
    facts = save(torch.tensor([1, 2, 3]), tmp_path).metadata
    assert facts["dtype"] == "int64"
    assert facts["shape"] == [3]
    assert (facts["mean"], facts["min"], facts["max"]) == (2.0, 1, 3)


@pytest.mark.parametrize("name", ["data.safetensors", "data.pt"])
@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"\x08\0\0\0\0\0\0\0{}      "])
def test_damaged_files_are_clear_errors(name: str, content: bytes, tmp_path: Path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInputError):
        load(tmp_path, "torch", "torch.Tensor", allow_pickle=False)
