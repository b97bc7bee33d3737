"""Saving: a materializer writes an object's files, which become a version."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifactctl import materializers, transfer
from artifactctl.catalog.reading.finding import check_free
from artifactctl.errors import InvalidInputError
from artifactctl.home import Home
from artifactctl.refs import Ref
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.verbs import finding
from artifactctl.verbs.publishing import Stored, Upload, VersionSpec, publish_one


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object that becomes a version, with the specification of that version.

    `materializer` None chooses one by the object's type; it gives the version's type unless the
    `spec` does.
    """

    value: Any
    spec: VersionSpec
    materializer: Any = None
    extract_metadata: bool = True


def save(home: Home, new: NewObject) -> ArtifactVersion:
    """Store an object as a new version, as an output of the running step if there is one.

    Raises `ConflictError` when that version exists.
    """
    spec = new.spec.checked()
    if spec.version is not None:
        check_free(home.catalog, spec.name, spec.version)

    def put() -> Stored:
        try:
            return store_object(home, new)
        except InvalidInputError as error:
            raise error.about(repr(spec.name)) from error

    added, _ = publish_one(home, Upload(spec, put))
    return finding.version(home, Ref(added.id))


def store_object(home: Home, new: NewObject) -> Stored:
    """Put the files of an object and their manifest into the store."""
    with home.store.workspace() as folder:
        saved = materializers.save(
            new.value,
            Path(folder),
            new.materializer,
            extract_metadata=new.extract_metadata,
            leave_out=transfer.own_data(*home.own_paths()),
        )
        collected = transfer.collect([folder], transfer.CollectOptions())
        manifest = transfer.upload(collected, home.store, move=True)
    facts = {"storage_size": manifest.size_bytes, **saved.metadata} if new.extract_metadata else {}
    return Stored(
        manifest,
        home.store.put_manifest(manifest.to_bytes()),
        saved.type,
        facts,
        saved.data_type,
        saved.materializer,
    )
