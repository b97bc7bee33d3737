"""Errors: their text, and what they are about."""

import pickle

import pytest

from artifactctl.errors import (
    AmbiguousError,
    ArtifactctlError,
    CannotHoldError,
    ClashingParametersError,
    InUseError,
    InvalidInputError,
    MissingPlaceholderError,
    NoContextError,
    NoProducerError,
    NotFoundError,
    PathNotFoundError,
    PathTakenError,
    StepContextError,
    StepFailedError,
    StepInterfaceError,
    concerning,
)


def test_the_hint_is_a_part_of_the_text_also_in_a_key_error() -> None:
    assert str(NotFoundError("there is no 'x'", hint="see the list")) == (
        "there is no 'x'; see the list"
    )
    assert str(NotFoundError("there is no 'x'")) == "there is no 'x'"


def test_several_mistakes_are_all_in_the_text() -> None:
    error = InvalidInputError("a.yaml has 2 mistakes", details=["1:1: one", "2:1: two"], hint="do")
    assert str(error).splitlines() == ["a.yaml has 2 mistakes", "1:1: one", "2:1: two; do"]


def test_details_that_begin_with_the_message_say_it_once() -> None:
    error = StepFailedError("step 'x' failed", details=["step 'x' failed", "last line"])
    assert str(error) == "step 'x' failed\nlast line"


def test_the_text_survives_another_process() -> None:
    error = InvalidInputError("wrong", hint="do", details=["one"])
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_an_error_that_is_told_what_it_is_about_stays_what_it_was() -> None:
    cause = ValueError("deep")
    with pytest.raises(CannotHoldError) as caught, concerning("output 'x' of step 'y'"):
        raise CannotHoldError("too narrow", hint="do", whole=True) from cause
    assert str(caught.value) == "output 'x' of step 'y': too narrow; do"
    assert caught.value.whole
    assert caught.value.__cause__ is cause
    assert caught.traceback[-1].path.name == "test_errors.py"


def test_what_a_stranger_raises_is_told_in_an_error_of_ours() -> None:
    with pytest.raises(ArtifactctlError) as caught, concerning("input 'x'", done="loaded"):
        raise RuntimeError("no luck")
    assert str(caught.value) == "input 'x' could not be loaded: RuntimeError: no luck"


def test_what_the_system_refuses_stays_what_it_is() -> None:
    with pytest.raises(OSError, match="full") as caught, concerning("input 'x'", done="loaded"):
        raise OSError("full")
    assert caught.value.__notes__ == ["input 'x'"]


def test_other_errors_of_a_block_that_is_ours_are_left_alone() -> None:
    with pytest.raises(RuntimeError, match=r"^a bug$"), concerning("input 'x'"):
        raise RuntimeError("a bug")


@pytest.mark.parametrize(
    ("error", "builtin", "exit_code"),
    [
        (NoContextError, RuntimeError, 2),
        (StepContextError, KeyError, 2),
        (NoProducerError, RuntimeError, 3),
        (PathNotFoundError, FileNotFoundError, 3),
        (InUseError, ValueError, 4),
        (PathTakenError, FileExistsError, 4),
        (AmbiguousError, KeyError, 5),
        (ClashingParametersError, RuntimeError, 5),
        (MissingPlaceholderError, KeyError, 5),
        (StepInterfaceError, TypeError, 5),
    ],
)
def test_a_special_error_is_what_zenml_and_python_raise_for_the_case(
    error: type[ArtifactctlError], builtin: type[Exception], exit_code: int
) -> None:
    with pytest.raises(builtin, match=r"^said$") as caught:
        raise error("said")
    assert isinstance(caught.value, ArtifactctlError)
    assert caught.value.exit_code == exit_code
