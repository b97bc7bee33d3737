"""Estimators of scikit-learn in the format of skops: no pickle, and only trusted types.

Format: https://skops.readthedocs.io/en/stable/persistence.html
"""

import io
import json
from pathlib import Path
from typing import Any, ClassVar
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import skops.io
from sklearn.base import BaseEstimator

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import CannotHoldError, InvalidInputError, UnsafeError, one_line
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.model_attributes import show_parameters
from artifactctl.materializers.sameness import is_same

_DATA = "model.skops"
_SCHEMA = "schema.json"
_HINT = "give materializer='cloudpickle'"


class SklearnMaterializer(BaseMaterializer):
    """An estimator or pipeline, fitted or not: `model.skops`."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (BaseEstimator,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def save(self, data: BaseEstimator) -> None:
        """Write it after a trial: raises `CannotHoldError` if it would not load unchanged."""
        kind = type(data).__qualname__
        try:
            content = _repeatable(skops.io.dumps(data))
            unknown = skops.io.get_untrusted_types(data=content)
            again = skops.io.loads(content, trusted=unknown)
        except Exception as error:  # of skops, or of the objects that it takes apart
            reason = f"{type(error).__name__}: {one_line(error)}"
            raise CannotHoldError(f"skops cannot hold this {kind}: {reason}", hint=_HINT) from error
        if in_script := [name for name in unknown if name.startswith("__main__.")]:
            raise CannotHoldError(
                f"other programs cannot import {in_script[0]!r}", hint="define it in a module"
            )
        if not is_same(data, again):
            raise CannotHoldError(f"skops would not load this {kind} unchanged", hint=_HINT)
        Path(self.uri, _DATA).write_bytes(content)

    def load(self, data_type: type) -> BaseEstimator:  # noqa: ARG002 - the data says it
        """The estimator; raises `UnsafeError` for types that skops does not trust."""
        path = Path(self.uri, _DATA)
        _check_zip(path)
        unknown = skops.io.get_untrusted_types(file=path)
        if unknown and not self.allow_pickle:
            raise UnsafeError(
                f"the model has objects of types that may run code: {', '.join(unknown)}",
                hint="load(allow_pickle=True) if you trust whoever saved it",
                details=unknown,
            )
        return skops.io.load(path, trusted=unknown)

    def save_visualizations(self, data: BaseEstimator) -> dict[str, VisualizationType]:
        """`parameters.json`: the parameters with which the model was made."""
        return show_parameters(data, self.uri)

    def extract_metadata(self, data: BaseEstimator) -> dict[str, Any]:
        """`class`, and `untrusted_types` when loading needs consent."""
        facts: dict[str, Any] = {"class": type(data).__name__}
        path = Path(self.uri, _DATA)
        if path.exists() and (unknown := skops.io.get_untrusted_types(file=path)):
            facts["untrusted_types"] = list(unknown)
        return facts


def _check_zip(path: Path) -> None:
    """Refuse compressed members, which `save` does not write: a small file could become large."""
    try:
        with ZipFile(path) as archive:
            if any(member.compress_type != ZIP_STORED for member in archive.infolist()):
                raise InvalidInputError(
                    f"{_DATA!r} is compressed, which artifactctl does not write"
                )
    except BadZipFile as error:
        raise InvalidInputError(f"{_DATA!r} is not a file of skops: {one_line(error)}") from error


def _repeatable(content: bytes) -> bytes:
    """The archive without what differs each time: identities of objects, file names and dates."""
    with ZipFile(io.BytesIO(content)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        names: dict[str, str] = {}
        schema = _renumbered(schema, {}, names)
        target = io.BytesIO()
        with ZipFile(target, "w", ZIP_STORED) as repeatable:
            for old, new in names.items():
                repeatable.writestr(ZipInfo(new), archive.read(old))
            repeatable.writestr(ZipInfo(_SCHEMA), json.dumps(schema, indent=1))
    return target.getvalue()


def _renumbered(node: Any, numbers: dict[int, int], names: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_renumbered(item, numbers, names) for item in node]
    if not isinstance(node, dict):
        return node
    result: dict[str, Any] = {}
    for key, item in node.items():
        if key == "__id__" and isinstance(item, int):  # addresses in memory
            result[key] = numbers.setdefault(item, len(numbers))
        elif key == "file" and isinstance(item, str) and "__loader__" in node:
            suffix = item.rpartition(".")[2]
            result[key] = names.setdefault(item, f"{len(names)}.{suffix}")
        else:
            result[key] = _renumbered(item, numbers, names)
    return result
