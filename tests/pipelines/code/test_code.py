"""Which changes of code make a step run again."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifactctl.pipelines.code.digest import code_digest

BASE = """
import math
RATE = 0.1
TABLE = {"a": [1, 2], "b": {3, 4}}

def helper(x):
    return deeper(x) + 1

def deeper(x):
    return x * RATE

class Model:
    def fit(self, x):
        return deeper(x)

def unused():
    return 1

def main(x, y=2):
    # a remark
    model = Model()
    names = [helper(v) for v in (x, y)]
    return math.sqrt(x), names, TABLE, model
"""

Load = Callable[[str], Any]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    count = iter(range(1000))

    def load_module(text: str) -> Any:
        path = tmp_path / f"{next(count)}.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location("the_module", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.main

    return load_module


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("math.sqrt(x)", "math.exp(x)"),
        ("deeper(x) + 1", "deeper(x) + 2"),
        ("x * RATE", "x / RATE"),
        ("RATE = 0.1", "RATE = 0.2"),
        ("{3, 4}", "{3, 5}"),
        ("return deeper(x)\n\ndef unused", "return 7\n\ndef unused"),
        ("y=2", "y=3"),
    ],
)
def test_a_change_of_what_the_step_uses_counts(load: Load, old: str, new: str) -> None:
    assert BASE.count(old) == 1
    assert code_digest(load(BASE)) != code_digest(load(BASE.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a remark", "# another"),
        ("def unused():\n    return 1", "def unused():\n    return 2"),
        ("RATE = 0.1", "RATE   =   0.1\n\n"),
        ("import math", "import math\nimport os"),
    ],
)
def test_a_change_of_anything_else_does_not(load: Load, old: str, new: str) -> None:
    assert code_digest(load(BASE)) == code_digest(load(BASE.replace(old, new)))


def test_what_a_function_encloses_counts() -> None:
    def make(rate: float) -> Callable[[float], float]:
        def inner(x: float) -> float:
            return x * rate

        return inner

    assert code_digest(make(1.0)) == code_digest(make(1.0))
    assert code_digest(make(1.0)) != code_digest(make(2.0))


def test_functions_that_call_each_other_come_to_an_end() -> None:
    assert code_digest(even) != code_digest(odd)


def even(n: int) -> bool:
    return n == 0 or odd(n - 1)


def odd(n: int) -> bool:
    return n != 0 and even(n - 1)


def test_code_without_source_is_told_apart_by_what_it_was_compiled_to() -> None:
    found: list[Any] = []
    for text in ("def f(x):\n    return x + 1", "def f(x):\n    return x + 2"):
        names: dict[str, Any] = {"__name__": "nowhere"}
        exec(text, names)
        found.append(code_digest(names["f"]))
    assert found[0] != found[1]
