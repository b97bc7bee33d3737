"""The inputs of a step: versions, which are loaded when it runs, and plain values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from artifactctl.errors import InvalidInputError, StepInterfaceError, concerning
from artifactctl.pipelines.engine.work import Results
from artifactctl.pipelines.plain import as_json
from artifactctl.pipelines.python.coercion import coerced
from artifactctl.pipelines.python.composing import Invocation, StepArtifact, leaves
from artifactctl.pipelines.python.input_artifacts import ExternalArtifact
from artifactctl.pipelines.python.signatures import Signature
from artifactctl.results.lazy import Lazy, LazyData
from artifactctl.results.step_versions import StepVersions
from artifactctl.results.versions import ArtifactVersion

if TYPE_CHECKING:
    from artifactctl.client import Client

_LATER = (StepArtifact, Lazy, ExternalArtifact, StepVersions)
# A tuple made once: a parameter may be a list of a million numbers.
_NOT_KNOWN = (*_LATER, ArtifactVersion)


@dataclass(frozen=True)
class Given:
    """A value from outside of the pipeline, and the version in which it is saved."""

    value: Any
    version: ArtifactVersion


@dataclass(frozen=True)
class Trusted:
    """A version that the user trusts: loading it may execute code that it contains."""

    version: ArtifactVersion


def arguments_of(invocation: Invocation, configured: Mapping[str, object]) -> dict[str, object]:
    """The arguments of a step: those of its call, then configured values, then defaults.

    Values that are known before the run are converted to the annotated types. Raises
    `StepInterfaceError` for a missing input or a value of another type, and `InvalidInputError` for
    one that can only be an input as a version.
    """
    signature, owner = invocation.step.signature, f"step {invocation.id!r}"
    _check_names(owner, signature, configured)
    known = {name: value for name, value in invocation.arguments.items() if is_known(value)}
    later = {name: value for name, value in invocation.arguments.items() if name not in known}
    plain = {name: value for name, value in configured.items() if name not in later}
    found = {**coerced(owner, signature.types, {**plain, **known}), **later}
    for name, parameter in signature.parameters.items():
        if name in found or parameter.kind is parameter.VAR_KEYWORD:
            continue
        if parameter.default is parameter.empty:
            raise StepInterfaceError(
                f"{owner} lacks the input {name!r}",
                hint="pass it in the pipeline, or set it under 'parameters'",
            )
        found[name] = parameter.default
    _check_plain(invocation.id, found)
    return found


def is_known(value: object) -> bool:
    """Whether a value is known before the run: nothing in it is made, looked up or loaded later."""
    return not any(isinstance(leaf, _NOT_KNOWN) for leaf in leaves(value))


def as_given(value: object) -> object:
    """A value that a step which runs alone is called with: saved as a version if it has to be."""
    if not is_known(value):
        return value
    try:
        as_json("", value, lambda version: version.id)
    except InvalidInputError:
        return ExternalArtifact(value)
    return value


def _check_names(owner: str, signature: Signature, configured: Mapping[str, object]) -> None:
    unknown = [name for name in configured if name not in signature.parameters]
    if unknown and not signature.is_open:
        raise StepInterfaceError(
            f"{owner} has no parameter {unknown[0]!r}",
            hint=f"it takes {', '.join(signature.parameters) or 'none'}",
        )


def resolve(
    step: str,
    arguments: Mapping[str, object],
    published: Results,
    client: "Client",
    keep: Callable[[str, ExternalArtifact], ArtifactVersion],
) -> dict[str, object]:
    """The arguments of a step, with versions for handles, look-ups and external values."""

    def found(name: str, leaf: Any) -> Any:
        done = "saved" if isinstance(leaf, ExternalArtifact) else ""
        with concerning(f"input {name!r} of step {step!r}", done=done):
            return known(name, leaf)

    def known(name: str, leaf: object) -> object:
        if isinstance(leaf, StepArtifact):
            return published[leaf.invocation_id][leaf.output_name]
        if isinstance(leaf, LazyData) and leaf.allow_pickle:
            return Trusted(leaf.resolve(client))
        if isinstance(leaf, Lazy):
            return leaf.resolve(client)
        if isinstance(leaf, StepVersions):  # the outputs of a step of an earlier run
            return leaf[-1]
        if isinstance(leaf, ExternalArtifact):
            version = keep(name, leaf)
            return Given(leaf.value, version) if leaf.id is None else version
        return leaf

    return {name: _map(value, partial(found, name)) for name, value in arguments.items()}


def input_types(arguments: Mapping[str, object]) -> dict[str, str]:
    """How each argument that is not a plain value came to the step, by the input's name."""
    found: dict[str, str] = {}
    for name, value in arguments.items():
        kinds = [kind for leaf in leaves(value) if (kind := _input_type(leaf))]
        if kinds:
            found[name] = kinds[0]
    return found


def _input_type(leaf: object) -> str:
    """One of ZenML's names, or an empty text."""
    if isinstance(leaf, StepArtifact):
        return "step_output"
    if isinstance(leaf, ExternalArtifact | ArtifactVersion | StepVersions):
        return "external"
    return "lazy" if isinstance(leaf, Lazy) else ""


def versions_in(arguments: Mapping[str, object]) -> list[tuple[str, ArtifactVersion]]:
    """The versions among the arguments, each with the name of the input."""
    found = ((name, _version_of(leaf)) for name, one in arguments.items() for leaf in leaves(one))
    return [(name, leaf) for name, leaf in found if isinstance(leaf, ArtifactVersion)]


def load_all(
    arguments: Mapping[str, object], load: Callable[[str, ArtifactVersion, bool], object]
) -> dict[str, object]:
    """The loaded arguments of a step's function; `load` is told whether a version is trusted."""

    def value_of(name: str, leaf: object) -> object:
        if isinstance(leaf, Given):
            return leaf.value
        if isinstance(leaf, Trusted):
            return load(name, leaf.version, True)
        return load(name, leaf, False) if isinstance(leaf, ArtifactVersion) else leaf

    return {name: _map(value, partial(value_of, name)) for name, value in arguments.items()}


def as_annotated(
    step: str, signature: Signature, arguments: Mapping[str, object], loaded: Mapping[str, object]
) -> dict[str, object]:
    """The arguments, with values unknown before the run converted to the annotated types."""
    later = {name: loaded[name] for name, value in arguments.items() if not is_known(value)}
    return {**loaded, **coerced(f"step {step!r}", signature.types, later, what="input")}


def described(
    step: str, arguments: Mapping[str, object], of: Callable[[ArtifactVersion], object]
) -> object:
    """The arguments as JSON; `of` gives the JSON of a version.

    Raises `InvalidInputError` for a value that can only be an input as a version.
    """
    return {
        name: as_json(f"input {name!r} of step {step!r}", _map(value, _version_of), of)
        for name, value in arguments.items()
    }


def _version_of(leaf: object) -> object:
    return leaf.version if isinstance(leaf, Given | Trusted) else leaf


def _check_plain(step: str, arguments: Mapping[str, object]) -> None:
    known = {
        name: _map(value, lambda leaf: None if isinstance(leaf, _LATER) else leaf)
        for name, value in arguments.items()
    }
    described(step, known, lambda version: version.id_text)


def _map(value: object, change: Callable[[Any], object]) -> object:
    """A copy of nested lists, tuples and dicts with changed leaves."""
    if type(value) is list:
        return [_map(item, change) for item in value]
    if type(value) is tuple:
        return tuple(_map(item, change) for item in value)
    if type(value) is dict:
        return {key: _map(item, change) for key, item in value.items()}
    return change(value)
