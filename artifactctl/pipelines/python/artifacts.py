"""Functions that save, load and link artifacts from a script, a notebook or a step."""

from collections.abc import Mapping
from os import PathLike
from typing import Any
from uuid import UUID

from artifactctl import client as clients
from artifactctl import context
from artifactctl.client.progress import shown
from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from artifactctl.pipelines.naming import fill_known
from artifactctl.plain_text import count
from artifactctl.results.versions import ArtifactVersion
from artifactctl.results.visualizations import LoadedVisualization
from artifactctl.tags import Tags
from artifactctl.verbs import loading, saving
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.saving import NewObject


def save_artifact(
    data: Any,
    name: str,
    version: int | str | None = None,
    artifact_type: ArtifactType | str | None = None,
    tags: Tags | None = None,
    extract_metadata: bool = True,
    include_visualizations: bool = True,
    user_metadata: Mapping[str, Any] | None = None,
    materializer: Any = None,
    uri: str | None = None,
    save_type: str = "manual",
    has_custom_name: bool = True,
) -> ArtifactVersion:
    """Save an object as a new version of the artifact `name`; return the version.

    Without `version`, versions count up. In a step, the version becomes a further output of the
    step. `user_metadata` overrides the materializer's metadata. Without `include_visualizations`
    the version has no visualizations, nor are any made later. The version is durable when this
    returns. Raises `ConflictError` when the version exists, and `InvalidInputError` for a value
    that cannot be saved.
    """
    _check_no_uri(uri)
    spec = VersionSpec(
        _filled(name),
        _version(version),
        None if artifact_type is None else ArtifactType.parse(artifact_type),
        tags or (),
        user_metadata or {},
        has_custom_name,
        save_type,
    )
    new = NewObject(data, spec, materializer, extract_metadata, include_visualizations)
    with shown(f"save {name}") as progress:
        return saving.save(clients.current().home, new, progress)


def load_artifact(
    name_or_id: str | UUID, version: str | int | None = None, *, allow_pickle: bool = False
) -> Any:
    """The object of a version; without `version`, of the latest one.

    A version that was registered as files is loaded as a `pathlib.Path`. Raises `NotFoundError` (a
    `KeyError`) for an unknown version, and without `allow_pickle` `UnsafeError` for a pickle that
    is not this user's own.
    """
    client = clients.current()
    found = client.find_artifact_version(name_or_id, version)
    with shown(f"load {found.ref}") as progress:
        return loading.load(
            client.home, found.id_text, allow_pickle=allow_pickle, progress=progress
        )


def load_artifact_visualization(
    artifact: ArtifactVersion,
    index: int = 0,
    zen_store: object = None,  # noqa: ARG001 (ZenML has it; the version knows its home)
    encode_image: bool = False,
) -> LoadedVisualization:
    """The content of a version's visualization, by its place among them.

    With `encode_image`, an image is in Base64. Raises `NotFoundError` when there is none there.
    """
    shown = artifact.visualizations
    if not 0 <= index < len(shown):
        raise NotFoundError(
            f"{artifact.ref} has {count(len(shown), 'visualization')}, and none at {index}"
        )
    return shown[index].load(encode_image=encode_image)


def register_artifact(
    folder_or_file_uri: str | PathLike[str],
    name: str,
    version: int | str | None = None,
    artifact_type: ArtifactType | str | None = None,
    tags: Tags | None = None,
    has_custom_name: bool = True,
    artifact_metadata: Mapping[str, Any] | None = None,
) -> ArtifactVersion:
    """Make existing data a version of `name` without copying it.

    Its sizes and digests are recorded, so that changes are noticed. It is loaded as a
    `pathlib.Path`. In a step, the version becomes a further output of the step. Raises
    `NotFoundError` (a `FileNotFoundError`) when the data does not exist.
    """
    return clients.current().register_artifact(
        str(folder_or_file_uri),
        _filled(name),
        _version(version),
        artifact_type,
        tags or (),
        has_custom_name,
        artifact_metadata or {},
    )


def _check_no_uri(uri: str | None) -> None:
    if uri is not None:
        raise WrongUsageError(
            "a place in the store cannot be chosen: content is named by its digest",
            hint="leave out uri; register_artifact() links data where it is",
        )


def _version(version: Any) -> str | None:
    if isinstance(version, bool) or not isinstance(version, int | str | None):
        raise InvalidInputError(
            f"version {version!r} is not a text or a whole number", hint="put it in quotes"
        )
    return None if version is None else str(version)


def _filled(name: str) -> str:
    scope = context.current_step()
    return name if scope is None else fill_known(name, scope.substitutions)
