"""State dicts of torch, which are recognised without importing torch."""

import sys
from collections import OrderedDict
from typing import Any

from artifactctl.materializers.python_scalars import is_plain_text


def is_state_dict(value: Any) -> bool:
    """Whether it is a dictionary of named dense tensors, as a model's `state_dict()` is."""
    torch = sys.modules.get("torch")
    if torch is None or type(value) not in (dict, OrderedDict) or not value:
        return False
    if not getattr(value, "__dict__", {}).keys() <= {"_metadata"}:
        return False
    return all(
        type(name) is str
        and is_plain_text(name)
        and name != "__metadata__"
        and type(tensor) in (torch.Tensor, torch.nn.Parameter)
        and is_dense(torch, tensor)
        and not tensor.__dict__
        for name, tensor in value.items()
    )


def is_dense(torch: Any, tensor: Any) -> bool:
    """Whether safetensors can hold it."""
    return (
        tensor.layout is torch.strided
        and tensor.dtype is not torch.complex128
        and not tensor.is_quantized
        and tensor.device.type != "meta"
    )
