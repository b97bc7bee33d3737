"""What a step's annotations say of its outputs."""

from collections.abc import Callable
from typing import Annotated, Any, Tuple  # noqa: UP035 (scripts write it so)

import pytest

from artifactctl import ArtifactConfig
from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.python.signatures import read_signature


def nothing() -> None: ...


def unsaid_nothing(x):
    print(x)


def unsaid(x):
    return x


def one() -> int:
    return 1


def named() -> Annotated[int, "answer"]:
    return 1


def configured() -> Annotated[int, ArtifactConfig(name="answer", version=3)]:
    return 1


def unnamed_config() -> Annotated[int, ArtifactConfig(artifact_type=ArtifactType.MODEL)]:
    return 1


def two() -> Tuple[int, str]:  # noqa: UP006
    return 1, "a"


def two_named() -> tuple[Annotated[int, "a"], Annotated[str, ArtifactConfig(name="b")]]:
    return 1, "a"


def partly_named() -> tuple[Annotated[int, "a"], str]:
    return 1, "a"


def one_tuple() -> tuple[int, str]:
    pair = (1, "a")
    return pair  # noqa: RET504 (one value, not two)


def annotated_tuple() -> Annotated[tuple[int, str], "pair"]:
    return 1, "a"


def endless() -> tuple[int, ...]:
    return 1, 2


def with_inner() -> tuple[int, str]:
    def inner() -> Any:
        return None

    return 1, inner()


@pytest.mark.parametrize(
    ("function", "keys", "several"),
    [
        (nothing, [], False),
        (unsaid_nothing, [], False),
        (unsaid, ["output"], False),
        (one, ["output"], False),
        (named, ["answer"], False),
        (configured, ["answer"], False),
        (unnamed_config, ["output"], False),
        (two, ["output_0", "output_1"], True),
        (two_named, ["a", "b"], True),
        (partly_named, ["a", "output_1"], True),
        (one_tuple, ["output"], False),
        (annotated_tuple, ["pair"], False),
        (endless, ["output"], False),
        (with_inner, ["output_0", "output_1"], True),
    ],
)
def test_outputs_are_named_as_zenml_names_them(
    function: Callable[..., Any], keys: list[str], several: bool
) -> None:
    signature = read_signature(function)
    assert [output.key for output in signature.outputs] == keys
    assert signature.returns_several is several


def test_postponed_annotations_of_types_unknown_at_run_time_do_no_harm() -> None:
    def function(x: "Unknown", n: "int") -> "Annotated[int, 'answer']":  # type: ignore[name-defined]  # noqa: F821
        return 1

    found = read_signature(function)
    assert [output.key for output in found.outputs] == ["answer"]
    assert found.types == {"x": Any, "n": int}


def test_an_unknown_type_of_the_result_is_an_error() -> None:
    def function() -> "Unknown":  # type: ignore[name-defined]  # noqa: F821
        return 1

    with pytest.raises(InvalidInputError, match="Unknown"):
        read_signature(function)


def test_two_outputs_of_one_name_are_refused() -> None:
    def function() -> tuple[Annotated[int, "a"], Annotated[int, "a"]]:
        return 1, 2

    with pytest.raises(InvalidInputError, match="two outputs of one name"):
        read_signature(function)


@pytest.mark.parametrize("extras", [("a", "b"), (3,), ("a", ArtifactConfig(name="b"))])
def test_annotations_that_say_too_much_are_refused(extras: tuple[Any, ...]) -> None:
    def function():
        return 1

    function.__annotations__["return"] = Annotated[(int, *extras)]
    with pytest.raises(InvalidInputError):
        read_signature(function)


def test_a_name_beside_a_config_is_taken() -> None:
    def function() -> Annotated[int, "a", ArtifactConfig(version="1")]:
        return 1

    (output,) = read_signature(function).outputs
    assert (output.config.name, output.config.version) == ("a", "1")


def test_inputs_without_names_are_refused() -> None:
    def function(*values: int) -> int:
        return sum(values)

    with pytest.raises(InvalidInputError, match=r"takes \*values"):
        read_signature(function)


def test_older_ways_to_say_a_type_are_understood() -> None:
    assert ArtifactConfig(is_model_artifact=True).artifact_type is ArtifactType.MODEL
    assert ArtifactConfig(is_deployment_artifact=True).artifact_type is ArtifactType.SERVICE
    with pytest.raises(InvalidInputError):
        ArtifactConfig(is_model_artifact=True, is_deployment_artifact=True)
    with pytest.warns(UserWarning, match="have no effect"):
        ArtifactConfig(model_name="x")
    with pytest.raises(InvalidInputError):
        ArtifactConfig(name="")
    with pytest.raises(InvalidInputError):
        ArtifactConfig(version=1.5)  # type: ignore[arg-type]
