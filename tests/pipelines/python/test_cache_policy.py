"""What a cache policy has count, and for how long what was made is reused."""

import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest

from artifactctl import CachePolicy, ExternalArtifact, pipeline, save_artifact, step
from artifactctl.client import Client
from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.pipelines.engine import cache as reuse
from artifactctl.pipelines.python.decorators import Step
from artifactctl.pipelines.step_options import policy_of

calls: list[str] = []
answer = "a"


@pytest.fixture(autouse=True)
def forget(here: Client) -> None:
    calls.clear()


def told() -> str:
    return answer


def made(policy: Any, rate: int = 2) -> Step[Any, Any]:
    """A step whose code has `rate` in it."""

    @step(cache_policy=policy)
    def scaled(n: int = 1, by: int = 1) -> Annotated[int, "scaled"]:
        calls.append("scaled")
        return n * by * rate

    return scaled


def run(scaled: Step[Any, Any], *args: Any, **options: Any) -> None:
    @pipeline
    def scaling() -> None:
        scaled(*args)

    scaling.with_options(**options)()


def test_the_code_counts_unless_it_is_left_out():
    for include, count in ((True, 2), (False, 3)):
        policy = CachePolicy(include_step_code=include)
        run(made(policy, 2))
        run(made(policy, 3))
        assert len(calls) == count


def test_parameters_count_unless_they_are_left_out_or_ignored():
    run(made(CachePolicy()), 1)
    run(made(CachePolicy()), 2)
    assert len(calls) == 2
    for policy in (
        CachePolicy(include_step_parameters=False),
        CachePolicy(ignored_inputs=["n"]),
    ):
        calls.clear()
        run(made(policy), 3)
        run(made(policy), 4)
        assert len(calls) == 1
    run(made(CachePolicy(ignored_inputs=["n"])), 4, 7)
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("policy", "equal", "other"),
    [
        (CachePolicy(), "cached", "run"),
        (CachePolicy(include_artifact_values=False), "run", "run"),
        (CachePolicy(include_artifact_ids=False), "cached", "run"),
        (
            CachePolicy(include_artifact_values=False, include_artifact_ids=False),
            "cached",
            "cached",
        ),
        (CachePolicy(ignored_inputs=["n"]), "cached", "cached"),
        (CachePolicy(include_step_parameters=False), "cached", "run"),
    ],
)
def test_inputs_count_by_content_or_id(policy: CachePolicy, equal: str, other: str):
    scaled = made(policy)

    def served() -> str:
        calls.clear()

        @pipeline
        def looking() -> None:
            scaled(Client().get_artifact_version("given"))

        looking()
        return "run" if calls else "cached"

    save_artifact(1, "given")
    assert served() == "run"
    save_artifact(1, "given")
    assert served() == equal
    save_artifact(2, "given")
    assert served() == other


def test_the_content_of_files_counts(work: Path):
    place = work / "params.json"
    for name in ("params.json", str(place)):
        scaled = made(CachePolicy(file_dependencies=[name]))
        calls.clear()
        for text, count in (("1", 1), ("1", 1), ("2", 2), ("1", 2)):
            place.write_text(text)
            run(scaled)
            assert len(calls) == count


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_is_not_there_ends_the_run_saying_so(work: Path, name: str):
    with pytest.raises(NotFoundError, match="step 'scaled' depends"):
        run(made(CachePolicy(file_dependencies=[name])))


@pytest.fixture
def module(work: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Writes, and loads anew, a module that nothing else uses."""
    monkeypatch.syspath_prepend(work)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(text: str) -> None:
        (work / "apart.py").write_text(text)
        sys.modules.pop("apart", None)

    yield write
    sys.modules.pop("apart", None)


TEXT = "def used():\n    return 1\n\ndef other():\n    return 5\n\ndef key():\n    return 'k'\n"


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("apart", {"1", "5"}),
        ("apart.used", {"1"}),
        ("apart:used", {"1"}),
        ({"module": "apart"}, {"1", "5"}),
        ({"module": "apart", "attribute": "used", "type": "user"}, {"1"}),
    ],
)
def test_the_code_of_what_is_named_counts(module: Any, said: Any, counts: set[str]):
    scaled = made(CachePolicy(source_dependencies=[said]))
    module(TEXT)
    run(scaled)
    module(f"# a remark\n{TEXT}")
    run(scaled)
    assert len(calls) == 1
    for number in ("1", "5"):
        calls.clear()
        module(TEXT.replace(f"return {number}", "return 7"))
        run(scaled)
        assert bool(calls) == (number in counts)


def test_objects_are_named_as_such():
    import tomllib

    for dependency in (told, tomllib, Step, made(None)):
        scaled = made(CachePolicy(source_dependencies=[dependency]))
        calls.clear()
        run(scaled)
        run(scaled)
        assert len(calls) == 1


def test_what_a_function_says_counts(monkeypatch: pytest.MonkeyPatch):
    for function in (told, f"{__name__}.told", {"module": __name__, "attribute": "told"}):
        scaled = made(CachePolicy(cache_func=function))
        calls.clear()
        for text, count in (("a", 1), ("a", 1), ("b", 2)):
            monkeypatch.setattr(sys.modules[__name__], "answer", f"{function}{text}")
            run(scaled)
            assert len(calls) == count


def fails() -> str:
    raise OSError("nobody answers")


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (fails, "OSError: nobody answers"),
        (lambda: 1, "gives a int"),
        ("no.such", "there is no 'no.such'"),
        ("sys.no_such", "there is no 'sys.no_such'"),
    ],
)
def test_a_function_that_says_nothing_ends_the_run(function: Any, said: str):
    with pytest.raises((InvalidInputError, NotFoundError), match=said) as caught:
        run(made(CachePolicy(cache_func=function)))
    assert "step 'scaled'" in str(caught.value)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Has the clock be ahead, as far as the age of what was made is asked."""

    def shift(seconds: float) -> None:
        class Later(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return datetime.now(tz) + timedelta(seconds=seconds)

        monkeypatch.setattr(reuse, "datetime", Later)

    return shift


def test_what_was_made_expires(later: Callable[[float], None]):
    scaled = made(CachePolicy(expires_after=1000))
    run(scaled)
    later(900)
    run(scaled)
    assert len(calls) == 1
    later(1000)
    run(scaled)
    assert len(calls) == 2


@pytest.mark.parametrize("policies", [(None, 1000), (1000, None), (1000, 9000), (9000, 1000)])
def test_the_shorter_time_holds_of_then_and_now(later: Any, policies: tuple[Any, Any]):
    before, after = (CachePolicy(expires_after=seconds) for seconds in policies)
    run(made(before))
    later(2000)
    run(made(after))
    assert len(calls) == 2


def test_nothing_is_reused_that_expires_at_once():
    for _ in range(2):
        run(made(CachePolicy(expires_after=0)))
    assert len(calls) == 2


def test_what_expired_is_not_replaced_by_what_is_older(later: Any):
    run(made(None))
    run(made(CachePolicy(expires_after=1000)), enable_cache=False)
    later(2000)
    run(made(None))
    assert len(calls) == 3


def test_a_policy_is_given_in_each_way_and_the_nearest_holds():
    ignoring = CachePolicy(ignored_inputs=["n"])

    def count(scaled: Step[Any, Any], **options: Any) -> int:
        calls.clear()
        for number in (11, 12):
            run(scaled, number, **options)
        return len(calls)

    assert count(made(None), cache_policy=ignoring) == 1
    assert count(made("default"), cache_policy=ignoring) == 2
    assert count(made(None).with_options(cache_policy=ignoring)) <= 1
    said = {"ignored_inputs": ["n"], "expires_after": 0}
    assert count(made(None), steps={"scaled": {"cache_policy": said}}) == 2
    given = CachePolicy(cache_func=told, source_dependencies=[told], ignored_inputs=["n"])
    assert count(made(None), steps={"scaled": {"cache_policy": given}}) == 1


def test_a_policy_stands_in_a_file(work: Path):
    (work / "params.json").write_text("1")
    path = work / "run.yaml"
    path.write_text(
        "cache_policy: {ignored_inputs: n}\n"
        "steps:\n"
        "  scaled:\n"
        "    cache_policy:\n"
        "      include_step_code: false\n"
        "      file_dependencies: [params.json]\n"
        f"      source_dependencies: ['{__name__}.told', {{module: {__name__}, attribute: told}}]\n"
        f"      cache_func: {__name__}.told\n"
        "      expires_after: 1h\n"
    )
    run(made(None, 2), config_path=path)
    run(made(None, 3), config_path=path)
    assert len(calls) == 1
    (work / "params.json").write_text("2")
    run(made(None, 3), config_path=path)
    assert len(calls) == 2
    path.write_text("cache_policy: default\nsteps: {scaled: {cache_policy: {no_such: 1}}}")
    with pytest.raises(InvalidInputError, match="no_such"):
        run(made(None), config_path=path)


@pytest.mark.parametrize(
    "options",
    [
        {"file_dependencies": "params.json"},
        {"cache_func": 3},
        {"expires_after": -1},
        {"expires_after": True},
        {"expires_after": "1h"},
        {"no_such": 1},
    ],
)
def test_a_policy_that_cannot_be_is_refused(options: dict[str, Any]):
    with pytest.raises(InvalidInputError):
        policy_of(options)


def test_what_is_no_policy_is_refused():
    assert CachePolicy.default() == CachePolicy.from_string("default") == policy_of({})
    for wrong in ("never", 3, ["default"]):
        with pytest.raises(InvalidInputError):
            made(wrong)


def test_a_value_from_outside_runs_the_step_whatever_the_policy():
    policy = CachePolicy(ignored_inputs=["n"])
    for _ in range(2):
        run(made(policy), ExternalArtifact(3))
    assert len(calls) == 2
