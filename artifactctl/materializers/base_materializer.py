"""What every materializer is: two verbs, the types it is for, and what it says of an object."""

from typing import Any, ClassVar

from artifactctl.enums import ArtifactType
from artifactctl.materializers.artifact_files import ArtifactFiles

_defined: list[type["BaseMaterializer"]] = []


class BaseMaterializer:
    """Turns objects of `ASSOCIATED_TYPES` into files of the folder `uri`, and back.

    A subclass is used for its types from the moment it is defined, unless another one is already:
    types that are known here keep their own, and the first one defined keeps its types. Give it
    (`materializer=`, `output_materializers=`) where it is to be used all the same.

    What `save` writes are the final bytes: the same object ought to give the same ones. `load` must
    not write into the folder. `RUNS_CODE` says that loading may execute what the data says, as
    pickle does: that needs the consent of whoever loads. `EXACT` says that objects of subclasses
    are not meant, because what a subclass adds would be lost.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = ()
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.BASE
    RUNS_CODE: ClassVar[bool] = False
    EXACT: ClassVar[bool] = False

    def __init__(
        self, uri: str, artifact_store: ArtifactFiles | None = None, *, allow_pickle: bool = False
    ) -> None:
        self.uri = uri
        self.artifact_store = artifact_store or ArtifactFiles(uri)
        self.allow_pickle = allow_pickle

    recorded_type: str = "object"
    """On loading, the name of the object's class as it was recorded."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        _defined.append(cls)

    @classmethod
    def accepts(cls, data: Any) -> bool:  # noqa: ARG003 - theirs may look
        """Whether it can hold this object of its types; another one is looked for if not."""
        return True

    def save(self, data: Any) -> None:
        """Write `data` into the folder; `CannotHoldError` for what the format has no word for."""

    def load(self, data_type: type[Any]) -> Any:
        """Read what `save` wrote; `data_type` is `object` when the class is not to be found."""

    def extract_metadata(self, data: Any) -> dict[str, Any]:  # noqa: ARG002 - theirs may use it
        """What is worth knowing of `data`, as JSON values; cheap compared to saving it."""
        return {}


def defined_materializers() -> list[type[BaseMaterializer]]:
    """All subclasses defined in this process, in order.

    One that is defined again, as by a notebook's cell that is run twice, takes the old one's place.
    """
    latest = {(kind.__module__, kind.__qualname__): kind for kind in _defined}
    return list(latest.values())
