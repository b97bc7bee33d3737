"""Which materializer is for an object, and which one an ID means.

There are three kinds: the built-in ones of `_BUILT_IN`, those that are defined in this process as
subclasses of `BaseMaterializer`, and plug-ins, which are entry points of installed packages. The
module of a built-in one is imported when an object of its library turns up, and so is the library:
the rows name them. A plug-in is imported when nothing else is for an object.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.materializers.base_materializer import BaseMaterializer, defined_materializers
from artifactctl.materializers.class_names import imported, module_name
from artifactctl.materializers.plugins import known_plugins, load_plugin
from artifactctl.materializers.state_dicts import is_state_dict

Materializer: TypeAlias = type[BaseMaterializer]
MaterializerSpec: TypeAlias = Materializer | str | Mapping[Any, Any] | Sequence[Any]
"""The values of `materializer=`: a class, an ID, classes by type of object, or several of these."""

LAST_RESORT = "cloudpickle"
_PACKAGE = "artifactctl.materializers"
_OF_FIELDS = "object"
_OF_TENSORS = "torch.state"


@dataclass(frozen=True)
class _BuiltIn:
    """Where a built-in materializer is, and the extra that installs the library that it needs.

    `packages` are the top-level packages that define the types it is for.
    """

    path: str
    packages: tuple[str, ...] = ()
    extra: str = ""


_BUILT_IN: Mapping[str, _BuiltIn] = {
    "json": _BuiltIn(
        "json_values:JsonMaterializer",
        ("builtins", "datetime", "decimal", "ipaddress", "pathlib", "re", "uuid"),
    ),
    "container": _BuiltIn("json_values:ContainerMaterializer", ("builtins", "collections")),
    "object": _BuiltIn("json_values:ObjectMaterializer", ("enum",)),
    "pydantic": _BuiltIn("pydantic_models:PydanticMaterializer", ("pydantic",)),
    "text": _BuiltIn("typed_texts:TypedTextMaterializer", ("artifactctl",)),
    "bytes": _BuiltIn("raw_files:BytesMaterializer", ("builtins",)),
    "path": _BuiltIn("raw_files:PathMaterializer", ("pathlib",)),
    "numpy.scalar": _BuiltIn("numpy_arrays:NumpyScalarMaterializer", ("numpy",), "data"),
    "numpy": _BuiltIn("numpy_arrays:NumpyMaterializer", ("numpy",), "data"),
    "pandas.scalar": _BuiltIn("pandas_frames:PandasScalarMaterializer", ("pandas",), "data"),
    "pandas": _BuiltIn("pandas_frames:PandasMaterializer", ("pandas",), "data"),
    "polars": _BuiltIn("polars_frames:PolarsMaterializer", ("polars",), "data"),
    "pyarrow": _BuiltIn("arrow_tables:ArrowMaterializer", ("pyarrow",), "data"),
    "pillow": _BuiltIn("pillow_images:PillowMaterializer", ("PIL",), "data"),
    "sklearn": _BuiltIn("sklearn_models:SklearnMaterializer", ("sklearn",), "data"),
    "torch": _BuiltIn("torch_tensors:TorchMaterializer", ("torch",), "torch"),
    _OF_TENSORS: _BuiltIn("torch_tensors:TorchStateMaterializer", (), "torch"),
    "torch.module": _BuiltIn("torch_tensors:TorchModuleMaterializer", ("torch",), "torch"),
    "xgboost": _BuiltIn("xgboost_models:XgboostMaterializer", ("xgboost",)),
    "lightgbm": _BuiltIn("lightgbm_models:LightgbmMaterializer", ("lightgbm",)),
    LAST_RESORT: _BuiltIn("pickles:CloudpickleMaterializer"),
}

_OF_ZENML: Mapping[str, str] = {
    "BuiltInMaterializer": "json",
    "BuiltInContainerMaterializer": "container",
    "BytesMaterializer": "bytes",
    "CloudpickleMaterializer": LAST_RESORT,
    "DataclassMaterializer": _OF_FIELDS,
    "LightGBMBoosterMaterializer": "lightgbm",
    "NumpyMaterializer": "numpy",
    "PandasMaterializer": "pandas",
    "PathMaterializer": "path",
    "PillowImageMaterializer": "pillow",
    "PolarsMaterializer": "polars",
    "PyArrowMaterializer": "pyarrow",
    "PyTorchModuleMaterializer": "torch.module",
    "PydanticMaterializer": "pydantic",
    "SklearnMaterializer": "sklearn",
    "StructuredStringMaterializer": "text",
    "UUIDMaterializer": "json",
    "XgboostBoosterMaterializer": "xgboost",
}
"""The built-in materializers that are in the place of ZenML's classes, by the class's name."""

_registered: dict[type, Materializer] = {}
"""Materializers that a program has registered for types."""


def materializer_for(data: Any) -> Materializer:
    """The materializer of the most specific type of `data` that one is for.

    A type with a built-in materializer has no other: one that a program defines or installs for
    `str` would change the texts of every step. For other types those defined in this process come
    first, then plug-ins, then the one for dataclasses and named tuples; cloudpickle is for the
    rest.
    """
    kinds = type(data).__mro__
    # Every object is an `object`: only one of that very class may be found by it.
    for kind in kinds[:-1] or kinds:
        if kind in _registered:
            return _registered[kind]
        built_in = _built_in_for(kind)
        for candidate in built_in or _found_by_type():
            if _is_for(candidate, kind, data):
                is_of_tensors = built_in and is_state_dict(data)
                return materializer_named(_OF_TENSORS) if is_of_tensors else candidate
    if (plugin := _plugin_for(data)) is not None:
        return plugin
    # A dataclass or named tuple has no base class that it could be found by.
    of_fields = materializer_named(_OF_FIELDS)
    return of_fields if of_fields.accepts(data) else materializer_named(LAST_RESORT)


def materializer_declared(data: Any, kinds: Iterable[type]) -> Materializer | None:
    """The materializer that a program defined for one of `kinds`, which an annotation names.

    It is looked for before that of the object's own type, which may be a subclass, or merely be
    registered as one. A type with a built-in materializer is passed over.
    """
    order = type(data).__mro__
    nearest = sorted(kinds, key=lambda kind: order.index(kind) if kind in order else len(order))
    for kind in nearest:
        for base in kind.__mro__[:-1] if isinstance(data, kind) else ():
            if base in _registered:
                return _registered[base]
            for candidate in () if _built_in_for(base) else _found_by_type():
                if base in candidate.ASSOCIATED_TYPES and _may_save(candidate, data):
                    return candidate
    return None


def materializer_named(materializer_id: str, *, importing: bool = False) -> Materializer:
    """The materializer of that ID: a built-in one, one defined in this process, or a plug-in.

    `importing` is the consent to import the module that the ID names, which runs its code; without
    it nothing is imported because of an ID. Raises `NotFoundError`, and `InvalidInputError` for an
    ID of something else.
    """
    if materializer_id in _BUILT_IN:
        return _import(materializer_id)
    path = _with_colon(materializer_id)
    if (ours := _as_ours(path)) is not None:
        return _import(ours)
    for candidate in _defined():
        if path in (id_of(candidate), _path_of(candidate)):
            return candidate
    for plugin in known_plugins():
        if materializer_id in (plugin.name, plugin.value):
            return load_plugin(plugin)
    module, _, qualname = path.partition(":")
    if importing and (named := imported(module, qualname)) is not None:
        if isinstance(named, type) and issubclass(named, BaseMaterializer):
            return named
        raise InvalidInputError(f"{materializer_id!r} is not a class derived from BaseMaterializer")
    raise NotFoundError(
        f"materializer {materializer_id!r} is not known",
        hint="import the module that defines it first, or give materializer=",
    )


def resolve_materializer(spec: MaterializerSpec, data: Any) -> Materializer:
    """The materializer that `materializer=` means for `data`.

    Raises `InvalidInputError` when `spec` is of another kind, or has none for `data`.
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
        f"materializer={spec!r} has no materializer for objects of {type(data).__name__!r}",
        hint="give a class derived from BaseMaterializer, or an ID such as 'cloudpickle'",
    )


def register(kind: type, materializer: Materializer, *, overwrite: bool) -> None:
    """Use a materializer for a type from now on, in the whole process.

    Without `overwrite` nothing changes for a type that has one already.
    """
    if overwrite or registered_for(kind) is None:
        _registered[kind] = materializer


def registered_for(kind: type) -> Materializer | None:
    """The materializer of a type or of the nearest base class that has one; None without one."""
    for base in kind.__mro__[:-1] or kind.__mro__:
        candidates = (_registered.get(base), *_built_in_for(base), *_found_by_type())
        for candidate in candidates:
            if candidate is not None and (
                candidate is _registered.get(base) or base in candidate.ASSOCIATED_TYPES
            ):
                return candidate
    return None


def _with_colon(path: str) -> str:
    """`module:Class` for `module.Class`."""
    return path if ":" in path else ":".join(path.rsplit(".", 1))


def _as_ours(path: str) -> str | None:
    """The ID of the built-in materializer that has the place of one of ZenML's; else None."""
    module, _, name = path.partition(":")
    is_zenml = module.removeprefix("artifactctl.").partition(".")[0] == "zenml"
    return _OF_ZENML.get(name) if is_zenml else None


def id_of(materializer: Materializer) -> str:
    """The ID that is recorded with what `materializer` saved."""
    path = _path_of(materializer)
    if path.startswith(f"{_PACKAGE}."):
        return _built_in_ids().get(path.removeprefix(f"{_PACKAGE}."), path)
    return f"{module_name(materializer.__module__)}:{materializer.__qualname__}"


def is_built_in(candidate: Materializer) -> bool:
    """Whether it is part of artifactctl."""
    return candidate.__module__.startswith(f"{_PACKAGE}.")


def _path_of(materializer: Materializer) -> str:
    return f"{materializer.__module__}:{materializer.__qualname__}"


def _defined() -> Iterator[Materializer]:
    return (known for known in defined_materializers() if not is_built_in(known))


def _found_by_type() -> Iterator[Materializer]:
    return (known for known in _defined() if known.is_found_by_type())


def _built_in_for(kind: type) -> list[Materializer]:
    """The built-in ones for this very type, whether or not they accept each of its objects."""
    package = kind.__module__.partition(".")[0]
    candidates = [_import(materializer_id) for materializer_id in _ids_of_package(package)]
    return [candidate for candidate in candidates if kind in candidate.ASSOCIATED_TYPES]


def _is_for(candidate: Materializer, kind: type, data: Any) -> bool:
    if kind not in candidate.ASSOCIATED_TYPES or (candidate.EXACT and kind is not type(data)):
        return False
    return candidate.accepts(data)


def _may_save(candidate: Materializer, data: Any) -> bool:
    is_exact = not candidate.EXACT or type(data) in candidate.ASSOCIATED_TYPES
    return is_exact and candidate.accepts(data)


@cache
def _ids_of_package(package: str) -> tuple[str, ...]:
    return tuple(name for name, row in _BUILT_IN.items() if package in row.packages)


@cache
def _built_in_ids() -> Mapping[str, str]:
    return {row.path: name for name, row in _BUILT_IN.items()}


@cache
def _import(materializer_id: str) -> Materializer:
    row = _BUILT_IN[materializer_id]
    module, _, name = row.path.partition(":")
    try:
        found: Materializer = getattr(import_module(f"{_PACKAGE}.{module}"), name)
    except ImportError as error:
        needed = error.name or row.packages[0]
        raise NotFoundError(
            f"materializer {materializer_id!r} needs {needed}, which is not installed",
            hint=f"pip install 'artifactctl[{row.extra}]'" if row.extra else f"install {needed}",
        ) from error
    return found


def _plugin_for(data: Any) -> Materializer | None:
    for kind in type(data).__mro__:
        # A broken plug-in is an error: pickling instead would go unnoticed.
        for candidate in () if _built_in_for(kind) else map(load_plugin, known_plugins()):
            if _is_for(candidate, kind, data):
                return candidate
    return None
