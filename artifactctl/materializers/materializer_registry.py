"""`materializer_registry`: which materializer is used for which type, under ZenML's names."""

from collections.abc import Iterator, Mapping

from artifactctl.materializers.registry import (
    LAST_RESORT,
    Materializer,
    MaterializerSpec,
    materializer_named,
    register,
    registered_for,
)


class MaterializerRegistry:
    """The materializers of types in this process."""

    def register_materializer_type(self, key: type, type_: Materializer) -> None:
        """Use a materializer for a type that has none yet."""
        register(key, type_, overwrite=False)

    def register_and_overwrite_type(self, key: type, type_: Materializer) -> None:
        """Use a materializer for a type, also in the place of a built-in one."""
        register(key, type_, overwrite=True)

    def __getitem__(self, key: type) -> Materializer:
        return registered_for(key) or self.get_default_materializer()

    def get_default_materializer(self) -> Materializer:
        """The materializer of types that have none."""
        return materializer_named(LAST_RESORT)

    def is_registered(self, key: type) -> bool:
        """Whether a type, or one of its base classes, has a materializer."""
        return registered_for(key) is not None


materializer_registry = MaterializerRegistry()


def materializer_of_type(kind: type, spec: MaterializerSpec | None = None) -> Materializer:
    """The materializer for objects of a type: one that `spec` gives, else the registered one."""
    given = [] if spec is None else list(_classes_in(spec))
    if not given:
        return materializer_registry[kind]
    return next((one for one in given if one.can_save_type(kind)), given[0])


def _classes_in(spec: MaterializerSpec) -> Iterator[Materializer]:
    if isinstance(spec, type):
        yield spec
    elif isinstance(spec, str):
        yield materializer_named(spec)
    else:
        for item in spec.values() if isinstance(spec, Mapping) else spec:
            yield from _classes_in(item)
