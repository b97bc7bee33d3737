"""When a step need not run: the same code, parameters, inputs and outputs as before."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from artifactctl.client.results import ArtifactVersion
from artifactctl.digests import digest_of
from artifactctl.json_text import canonical_json
from artifactctl.pipelines.code import code_digest
from artifactctl.pipelines.inputs import described
from artifactctl.pipelines.outputs import Expected

if TYPE_CHECKING:
    from artifactctl.pipelines.steps import Step

FORMAT = 1
"""Part of every key: raised when what makes up a key changes."""


def cache_key(
    name: str, step: "Step[Any, Any]", arguments: Mapping[str, Any], expected: Sequence[Expected]
) -> str:
    """What a step that does the same has in common with it.

    Inputs count by their content, so a version that says the same as another one serves as well.
    Of names the placeholders count, not the time that fills them.
    """
    return digest_of(
        canonical_json(
            {
                "format": FORMAT,
                "code": code_digest(step.entrypoint),
                "inputs": described(name, arguments, _content),
                "outputs": [output.as_json() for output in expected],
            }
        )
    )


def _content(version: ArtifactVersion) -> Any:
    content = version.digest or version.source_checksum or version.id
    place = version.url if version.linked else None  # it is loaded as a path
    return {"content": content, "as": [version.materializer, version.data_type], "place": place}
