"""Putting steps together: what a pipeline's function notes, and in which order it runs."""

import pytest

from artifactctl import step
from artifactctl.errors import InvalidInputError, StepInterfaceError
from artifactctl.pipelines.python.composing import compose


@step
def make() -> int:
    return 1


@step
def use(x: int, y: int = 2) -> int:
    return x + y


@step
def two() -> tuple[int, int]:
    return 1, 2


@step
def none() -> None: ...


def test_a_call_gives_a_handle_for_each_output() -> None:
    with compose():
        assert repr(make()) == "<output 'output' of step 'make'>"
        assert len(two()) == 2
        assert none() is None


def test_steps_that_are_called_twice_get_names_of_their_own() -> None:
    with compose() as composition:
        make()
        make()
        make(id="third")
        make()
    assert list(composition.invocations) == ["make", "make_2", "third", "make_3"]


def test_a_name_that_is_given_twice_is_refused() -> None:
    with compose():
        make(id="x")
        with pytest.raises(InvalidInputError, match="two steps"):
            make(id="x")


def test_steps_come_behind_what_they_need_else_in_the_order_of_their_calls() -> None:
    with compose() as composition:
        none(after="use")
        first = make()
        use([first, {"a": first}])
        two()
    assert [call.id for call in composition.in_order()] == ["make", "use", "none", "two"]


def test_steps_that_wait_for_each_other_or_for_none_are_refused() -> None:
    with compose() as composition:
        make(after="use")
        use(1, after="make")
    with pytest.raises(InvalidInputError, match="form a cycle"):
        composition.in_order()
    with compose() as composition:
        make(after="nothing")
    with pytest.raises(InvalidInputError, match="'nothing'"):
        composition.in_order()


def test_a_handle_has_no_value_before_the_step_has_run() -> None:
    with compose():
        handle = make()
        for ask in (bool, iter, len, float, lambda h: h + 1, lambda h: h[0]):
            with pytest.raises(StepInterfaceError, match="only when the step has run"):
                ask(handle)


@pytest.mark.parametrize(
    "call", [lambda: use(1, 2, 3), lambda: use(1, x=2), lambda: use(1, z=3), lambda: make(5)]
)
def test_calls_that_do_not_fit_the_step_are_refused_at_once(call) -> None:
    with compose(), pytest.raises(TypeError):
        call()
