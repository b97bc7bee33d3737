"""Which materializer is for an object, and which one an ID means."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.materializers.base_materializer import BaseMaterializer, defined_materializers
from artifactctl.materializers.plugins import plugin_materializers, plugin_named
from artifactctl.materializers.state_dicts import is_state_dict
from artifactctl.materializers.type_names import imported, module_name

Materializer: TypeAlias = type[BaseMaterializer]
MaterializerSpec: TypeAlias = Materializer | str | Mapping[Any, Any] | Sequence[Any]

LAST_RESORT = "cloudpickle"
_STRUCTURED = "object"


@dataclass(frozen=True)
class _BuiltIn:
    """A materializer of ours: where it is, whose objects it is for, and what it needs."""

    home: str
    packages: tuple[str, ...] = ()
    extra: str = ""


# The packages are the first words of the modules that define the types.
_BUILT_IN: Mapping[str, _BuiltIn] = {
    "json": _BuiltIn(
        "json_values:JsonMaterializer",
        ("builtins", "datetime", "decimal", "fractions", "ipaddress", "pathlib", "re", "uuid"),
    ),
    "container": _BuiltIn("json_values:ContainerMaterializer", ("builtins", "collections")),
    "object": _BuiltIn("json_values:ObjectMaterializer", ("enum",)),
    "pydantic": _BuiltIn("pydantic_models:PydanticMaterializer", ("pydantic",)),
    "bytes": _BuiltIn("raw_files:BytesMaterializer", ("builtins",)),
    "path": _BuiltIn("raw_files:PathMaterializer", ("pathlib",)),
    "numpy.scalar": _BuiltIn("numpy_arrays:NumpyScalarMaterializer", ("numpy",), "data"),
    "numpy": _BuiltIn("numpy_arrays:NumpyMaterializer", ("numpy",), "data"),
    "pandas.scalar": _BuiltIn("pandas_scalars:PandasScalarMaterializer", ("pandas",), "data"),
    "pandas": _BuiltIn("pandas_tables:PandasMaterializer", ("pandas",), "data"),
    "polars": _BuiltIn("polars_tables:PolarsMaterializer", ("polars",), "data"),
    "pyarrow": _BuiltIn("arrow_tables:ArrowMaterializer", ("pyarrow",), "data"),
    "pillow": _BuiltIn("pillow_images:PillowMaterializer", ("PIL",), "data"),
    "sklearn": _BuiltIn("sklearn_models:SklearnMaterializer", ("sklearn",), "data"),
    "torch": _BuiltIn("torch_tensors:TorchMaterializer", ("torch",), "torch"),
    "torch.state": _BuiltIn("torch_tensors:TorchStateMaterializer", (), "torch"),
    "torch.module": _BuiltIn("torch_tensors:TorchModuleMaterializer", ("torch",), "torch"),
    "xgboost": _BuiltIn("xgboost_models:XgboostMaterializer", ("xgboost",)),
    "lightgbm": _BuiltIn("lightgbm_models:LightgbmMaterializer", ("lightgbm",)),
    "cloudpickle": _BuiltIn("pickles:CloudpickleMaterializer"),
}
_PACKAGE = "artifactctl.materializers"


def materializer_for(data: Any) -> Materializer:
    """The materializer of the most specific type of `data` that one is for.

    Types that ours know are theirs alone: what somebody defines or installs for `str` would change
    the texts of every step. For other types those defined in this process come first, then
    plug-ins; what is a dataclass or a named tuple besides is kept as such, and cloudpickle takes
    the rest.
    """
    kinds = type(data).__mro__
    for kind in kinds[:-1] or kinds:
        ours = _built_in(kind)
        for candidate in ours or _defined():
            if _is_for(candidate, kind, data):
                return (ours and _of_tensors(data)) or candidate
    if (plugin := _plugin_for(data)) is not None:
        return plugin
    # Dataclasses and named tuples have no base of their own to be found by.
    structured = materializer_named(_STRUCTURED)
    return structured if structured.accepts(data) else materializer_named(LAST_RESORT)


def materializer_declared(data: Any, kinds: Iterable[type]) -> Materializer | None:
    """The one that somebody defined for a type that `data` is said to be of, if it is of that.

    It is asked for before the object's own type, which may be another one's: a subclass, or a
    class that is merely registered as one. Types that ours know say nothing more.
    """
    order = type(data).__mro__
    nearest = sorted(kinds, key=lambda kind: order.index(kind) if kind in order else len(order))
    for kind in nearest:
        for base in kind.__mro__[:-1] if isinstance(data, kind) else ():
            for candidate in () if _built_in(base) else _defined():
                if base in candidate.ASSOCIATED_TYPES and _may_hold(candidate, data):
                    return candidate
    return None


def _may_hold(candidate: Materializer, data: Any) -> bool:
    is_exact = not candidate.EXACT or type(data) in candidate.ASSOCIATED_TYPES
    return is_exact and candidate.accepts(data)


def materializer_named(materializer_id: str, *, importing: bool = False) -> Materializer:
    """The materializer of that ID: one of ours, one defined here, or a plug-in.

    `importing` is the consent to run the code of the module that the ID names; without it nothing
    is imported because of what the ID says. Raises `NotFoundError`, and `InvalidInputError` for
    what is no materializer.
    """
    if materializer_id in _BUILT_IN:
        return _import(materializer_id)
    for candidate in _defined():
        if materializer_id in (id_of(candidate), _path_of(candidate)):
            return candidate
    if (found := plugin_named(materializer_id)) is not None:
        return found
    module, _, qualname = materializer_id.partition(":")
    if importing and (named := imported(module, qualname)) is not None:
        if isinstance(named, type) and issubclass(named, BaseMaterializer):
            return named
        raise InvalidInputError(f"{materializer_id!r} is no class derived from BaseMaterializer")
    raise NotFoundError(
        f"materializer {materializer_id!r} is not known",
        hint="import the module that defines it first, or give materializer=",
    )


def resolve_materializer(spec: MaterializerSpec, data: Any) -> Materializer:
    """What `materializer=` means for `data`: a class, an ID, several, or classes by type.

    Raises `InvalidInputError` when it is none of these or none of them is for `data`.
    """
    if isinstance(spec, str):
        return materializer_named(spec)
    if isinstance(spec, type) and issubclass(spec, BaseMaterializer):
        return spec
    if isinstance(spec, Mapping):
        for kind in type(data).__mro__:
            if kind in spec:
                return resolve_materializer(spec[kind], data)
    elif isinstance(spec, Sequence):
        candidates = [resolve_materializer(item, data) for item in spec]
        for kind in type(data).__mro__:
            for candidate in candidates:
                if _is_for(candidate, kind, data):
                    return candidate
    raise InvalidInputError(
        f"materializer={spec!r} has none for objects of {type(data).__name__}",
        hint="give a class derived from BaseMaterializer, or an ID such as 'cloudpickle'",
    )


def id_of(materializer: Materializer) -> str:
    """The ID that is recorded with what `materializer` saved."""
    path = _path_of(materializer)
    if path.startswith(f"{_PACKAGE}."):
        return _built_in_ids().get(path.removeprefix(f"{_PACKAGE}."), path)
    return f"{module_name(materializer.__module__)}:{materializer.__qualname__}"


def _path_of(materializer: Materializer) -> str:
    return f"{materializer.__module__}:{materializer.__qualname__}"


def _defined() -> Iterator[Materializer]:
    return (known for known in defined_materializers() if not is_built_in(known))


def is_built_in(candidate: Materializer) -> bool:
    """Whether it is one of ours, whose behaviour is known."""
    return candidate.__module__.startswith(f"{_PACKAGE}.")


def _of_tensors(data: Any) -> Materializer | None:
    return materializer_named("torch.state") if is_state_dict(data) else None


def _built_in(kind: type) -> list[Materializer]:
    """Those of ours that are for this very type, whichever of its objects they accept."""
    package = kind.__module__.partition(".")[0]
    candidates = [_import(materializer_id) for materializer_id in _of_package(package)]
    return [candidate for candidate in candidates if kind in candidate.ASSOCIATED_TYPES]


def _is_for(candidate: Materializer, kind: type, data: Any) -> bool:
    if kind not in candidate.ASSOCIATED_TYPES or (candidate.EXACT and kind is not type(data)):
        return False
    return candidate.accepts(data)


def _plugin_for(data: Any) -> Materializer | None:
    for kind in type(data).__mro__:
        for candidate in plugin_materializers() if not _built_in(kind) else ():
            if _is_for(candidate, kind, data):
                return candidate
    return None


@cache
def _of_package(package: str) -> tuple[str, ...]:
    return tuple(name for name, row in _BUILT_IN.items() if package in row.packages)


@cache
def _built_in_ids() -> Mapping[str, str]:
    return {row.home: name for name, row in _BUILT_IN.items()}


@cache
def _import(materializer_id: str) -> Materializer:
    row = _BUILT_IN[materializer_id]
    module, _, name = row.home.partition(":")
    try:
        found: Materializer = getattr(import_module(f"{_PACKAGE}.{module}"), name)
    except ImportError as error:
        needed = error.name or row.packages[0]
        raise NotFoundError(
            f"materializer {materializer_id!r} needs {needed}, which is not installed",
            hint=f"pip install 'artifactctl[{row.extra}]'" if row.extra else f"install {needed}",
        ) from error
    return found
