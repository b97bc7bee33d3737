"""The cache: outputs of an earlier step with the same cache key are reused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.cells import is_time
from artifactctl.catalog.run_rows import FormerStep
from artifactctl.errors import NotFoundError
from artifactctl.pipelines.engine.outputs import Expected
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs import recording

if TYPE_CHECKING:
    from artifactctl.client import Client

_NAMES, _EXPIRES_AFTER = "output_names", "cache_expires_after"


@dataclass(frozen=True)
class Key:
    """The cache key of a step: a digest that is equal for steps that do the same.

    `parts` are the digests of the key's parts by name, where the kind of work has them.
    """

    digest: str
    parts: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Served:
    """A step's outputs from the cache, by key; `source` is the ID of the step that made them.

    `named` are all outputs of that step: their names in its run and the versions' IDs.
    """

    source: str
    versions: Mapping[str, ArtifactVersion]
    named: Sequence[tuple[str, str]]


def remembered(
    key: Key | None, expected: Sequence[Expected], expires_after: float | None = None
) -> dict[str, object]:
    """The recorded details of a step by which later runs can reuse its outputs.

    `expires_after` is in seconds.
    """
    names = {output.key: output.name for output in expected if output.name != output.key}
    found: dict[str, Any] = {_NAMES: names} if names else {}
    if expires_after is not None:
        found[_EXPIRES_AFTER] = expires_after
    if key is not None and key.parts is not None:
        found["cache_parts"] = key.parts
    return found


def find_served(
    client: "Client", key: Key, expected: Sequence[Expected], expires_after: float | None = None
) -> Served | None:
    """The outputs of the newest step with that key; None when there are none.

    They expire by the limit of either step, the earlier one's or `expires_after`, in seconds.
    """
    found = recording.find_cached(client.home, key.digest)
    if found is None or _has_expired(found, expires_after):
        return None
    names, made = found.details.get(_NAMES), dict(found.outputs)
    known = names if isinstance(names, Mapping) else {}
    # Compared by key: the name of an output may contain the date of its run.
    ids = {output.key: made.get(known.get(output.key, output.key)) for output in expected}
    try:
        versions = {
            name: client.find_artifact_version(version_id)
            for name, version_id in ids.items()
            if version_id is not None
        }
    except NotFoundError:  # deleted since the step was found
        return None
    if versions.keys() != ids.keys():  # the record does not have these outputs
        return None
    return Served(found.id, versions, _as_named(found, expected, versions))


def _has_expired(found: FormerStep, expires_after: float | None) -> bool:
    limits = [
        limit
        for limit in (expires_after, found.details.get(_EXPIRES_AFTER))
        if isinstance(limit, int | float)
    ]
    if not limits:
        return False
    if not is_time(found.ended):
        return True
    assert found.ended is not None
    age = datetime.now(UTC) - datetime.fromisoformat(found.ended)
    return age.total_seconds() >= min(limits)


def _as_named(
    found: FormerStep, expected: Sequence[Expected], versions: Mapping[str, ArtifactVersion]
) -> list[tuple[str, str]]:
    """The outputs by their recorded names; placeholders that older runs recorded are filled."""
    filled = {output.key: versions[output.key] for output in expected if output.name != output.key}
    return [
        (filled[name].name if name in filled else name, version_id)
        for name, version_id in found.outputs
    ]
