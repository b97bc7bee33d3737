"""Tensors of torch as safetensors, which holds numbers and no code; modules as pickles.

Format: https://github.com/huggingface/safetensors#format
"""

import io
from collections import OrderedDict
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors.torch import load_file, save_file

from artifactctl.enums import ArtifactType
from artifactctl.errors import CannotHoldError, InvalidInputError, NoDataError, UnsafeError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.encoding import Decoder, Encoder
from artifactctl.materializers.facts import Statistics, finite
from artifactctl.materializers.parts import read_json, write_json
from artifactctl.materializers.pickles import CloudpickleMaterializer
from artifactctl.materializers.state_dicts import is_dense

_DATA = "data.safetensors"
_FACTS = "tensors.json"
_OTHER = "data.pt"
_NAME = "tensor"
# In older versions weights_only=True did not keep code from running (CVE-2025-32434).
_SAFE_TORCH = (2, 6)
_STATISTICS_OF = 50_000_000


class TorchMaterializer(BaseMaterializer):
    """One tensor: `data.safetensors`, or `data.pt` for a sparse or quantized one.

    It is loaded to the CPU, whatever device it was on.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (torch.Tensor, torch.nn.Parameter)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    EXACT: ClassVar[bool] = True

    def save(self, data: torch.Tensor) -> None:
        """Write it; raises `CannotHoldError` for one with attributes of its own."""
        if data.__dict__:
            raise CannotHoldError(f"the tensor has an attribute {min(data.__dict__)!r}")
        if is_dense(torch, data):
            _save_named({_NAME: data}, self.uri, {})
            return
        if data.device.type == "meta":
            raise NoDataError("the tensor has no values to save", hint="put it on a device first")
        file = io.BytesIO()  # torch would write the name of a file into it
        torch.save(data.detach().cpu(), file)
        Path(self.uri, _OTHER).write_bytes(file.getvalue())

    def load(self, data_type: type) -> torch.Tensor:  # noqa: ARG002 - the data says it
        """Read it."""
        if Path(self.uri, _DATA).exists():
            return _load_named(self.uri)[_NAME]
        if _version() < _SAFE_TORCH and not self.allow_pickle:
            raise UnsafeError(
                f"torch {torch.__version__} may run code that came with a tensor's data",
                hint="install a newer torch, or load(allow_pickle=True) if you trust who saved it",
            )
        loaded = torch.load(Path(self.uri, _OTHER), map_location="cpu", weights_only=True)
        if not isinstance(loaded, torch.Tensor):
            raise InvalidInputError(f"{_OTHER!r} does not hold a tensor")
        return loaded

    def extract_metadata(self, data: torch.Tensor) -> dict[str, Any]:
        """`shape`, `dtype` and, of real numbers, `mean std min max`."""
        facts = {"shape": list(data.shape), "dtype": str(data.dtype).removeprefix("torch.")}
        return {**facts, **_statistics(data)}


class TorchStateMaterializer(BaseMaterializer):
    """A state dict: `data.safetensors`; tensors that share memory do so again."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (dict,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def save(self, data: Any) -> None:
        """Write the tensors, their order, and the versions that torch keeps with them."""
        versions = Encoder(_refuse).encode(getattr(data, "_metadata", None))
        facts = {"kind": type(data).__name__, "metadata": versions}
        _save_named(data, self.uri, facts)

    def load(self, data_type: type) -> Any:  # noqa: ARG002 - the data says it
        """Read it, as a dictionary of its kind."""
        facts = read_json(Path(self.uri, _FACTS))
        tensors = _load_named(self.uri)
        if facts["kind"] != "OrderedDict":
            return tensors
        ordered = OrderedDict(tensors)
        if facts["metadata"] is not None:
            ordered._metadata = Decoder(_refuse, _refuse).decode(facts["metadata"])  # type: ignore[attr-defined]
        return ordered

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`length`, and how many `parameters` that is."""
        return {"length": len(data), "parameters": sum(tensor.numel() for tensor in data.values())}


class TorchModuleMaterializer(CloudpickleMaterializer):
    """A module with its code, as a pickle; its `state_dict()` needs none."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (torch.nn.Module,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL


def _save_named(tensors: Any, folder: str, facts: dict[str, Any]) -> None:
    """Write tensors by name; one that shares the memory of an earlier one is not written again."""
    first: dict[Any, str] = {}
    written, same = {}, {}
    for name, tensor in tensors.items():
        key = (tensor.device, tensor.data_ptr(), tensor.dtype, tensor.shape, tensor.stride())
        earlier = first.setdefault(key, name) if tensor.numel() else name
        if earlier != name:
            same[name] = earlier
        else:
            # Conjugate and negative views are flags that a file does not have. And a copy of its
            # own: safetensors refuses parts of a larger tensor.
            plain = tensor.detach().resolve_conj().resolve_neg().cpu()
            written[name] = plain.clone(memory_format=torch.contiguous_format)
    save_file(written, Path(folder, _DATA))
    kinds = {name: _kind(tensor) for name, tensor in tensors.items()}
    facts = {**facts, "order": list(tensors), "same": same, "kinds": kinds}
    write_json(Path(folder, _FACTS), facts)


def _load_named(folder: str) -> dict[str, Any]:
    facts = read_json(Path(folder, _FACTS))
    read = load_file(Path(folder, _DATA))
    made = {name: _as_kind(tensor, facts["kinds"][name]) for name, tensor in read.items()}
    same = facts["same"]
    return {name: made[same.get(name, name)] for name in facts["order"]}


def _kind(tensor: torch.Tensor) -> str:
    name = "parameter" if isinstance(tensor, torch.nn.Parameter) else "tensor"
    return f"{name}+grad" if tensor.requires_grad else name


def _as_kind(tensor: torch.Tensor, kind: str) -> torch.Tensor:
    name, _, grad = kind.partition("+")
    if name == "parameter":
        return torch.nn.Parameter(tensor, requires_grad=bool(grad))
    return tensor.requires_grad_() if grad else tensor


def _refuse(part: Any) -> Any:
    raise CannotHoldError(f"the metadata of the state dict has {part!r:.80}, which cannot be saved")


def _statistics(data: torch.Tensor) -> Statistics:
    if not is_dense(torch, data) or data.is_complex() or not 0 < data.numel() <= _STATISTICS_OF:
        return {}
    with torch.no_grad():
        wide = data.detach().to(torch.float64) if data.numel() < 1 << 20 else data.detach().float()
        found = {"mean": wide.mean(), "std": wide.std(correction=0)}
        found |= {"min": data.min(), "max": data.max()}
    return {name: finite(value) for name, value in found.items()}


def _version() -> tuple[int, ...]:
    return tuple(int(part) for part in torch.__version__.split(".")[:2])
