"""Which modules are a part of a step's code, and which changes of them count."""

import importlib
import json
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import partial
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from unittest.mock import MagicMock, Mock
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.pipelines.code.digest import code_digest
from artifactctl.pipelines.python.decorators import Step

Files = Mapping[str, str]


class Plain:
    def __init__(self, rate: int) -> None:
        self.rate = rate


class Kind(Enum):
    ONE = "one"
    OTHER = "other"


@dataclass
class Setting:
    rate: int


Digest = Callable[[Files], str]

CLEAN = "def clean(x):\n    return x * 10\n\ndef other():\n    return 3\n"
PACKAGE = {
    "pkg/__init__.py": "from .core import clean\nLEVEL = 3\n",
    "pkg/core.py": "from . import deep\nfrom .rates import RATE\n"
    "def clean(x):\n    return deep.deeper(x) * RATE\n",
    "pkg/deep.py": "def deeper(x):\n    return x * 10\n",
    "pkg/rates.py": "RATE = 7\n",
}
SCALED = dedent(
    """
    import functools
    def scaled(by):
        def decorate(function):
            @functools.wraps(function)
            def inner(*args):
                return function(*args) * by
            return inner
        return decorate
    """
)


def flow(body: str, before: str = "") -> str:
    return f"from artifactctl import step\n{before}\n@step\ndef main():\n    {body}\n"


@pytest.fixture
def digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Digest]:
    """The digest of the step `main` of `flow.py`, among files in a folder that is new each time."""
    count, known = iter(range(1000)), set(sys.modules)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def forget() -> None:
        for name in set(sys.modules) - known:
            if str(tmp_path) in str(getattr(sys.modules[name], "__path__", "")) or str(
                tmp_path
            ) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]

    def find(files: Files) -> str:
        folder = tmp_path / str(next(count))
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        with monkeypatch.context() as patch:
            patch.syspath_prepend(folder)
            forget()
            found: Step[[], None] = importlib.import_module("flow").main
            return code_digest(found.entrypoint)

    yield find
    forget()


COUNTS = {
    "a function": ({"flow.py": flow("clean(1)", "from h import clean"), "h.py": CLEAN}, "h", "10"),
    "of a module": ({"flow.py": flow("h.clean(1)", "import h"), "h.py": CLEAN}, "h", "10"),
    "of a module by another name": (
        {"flow.py": flow("g.clean(1)", "import h as g"), "h.py": CLEAN},
        "h",
        "10",
    ),
    "by a name that is computed": (
        {"flow.py": flow("getattr(h, 'cle' + 'an')(1)", "import h"), "h.py": CLEAN},
        "h",
        "10",
    ),
    "imported when it runs": (
        {"flow.py": flow("from h import clean; clean(1)"), "h.py": CLEAN},
        "h",
        "10",
    ),
    "imported by a text": (
        {
            "flow.py": flow("importlib.import_module('h').clean(1)", "import importlib"),
            "h.py": CLEAN,
        },
        "h",
        "10",
    ),
    "imported by what is imported when it runs": (
        {
            "flow.py": flow("import g; g.go()"),
            "g.py": "from h import *\ngo = clean\n",
            "h.py": CLEAN,
        },
        "h",
        "10",
    ),
    "far away": (
        {
            "flow.py": flow("first(1)", "from f import first"),
            "f.py": "import g\ndef first(x):\n    return g.second(x)\n",
            "g.py": "def second(x):\n    import h\n    return h.clean(x)\n",
            "h.py": CLEAN,
        },
        "h",
        "10",
    ),
    "all names": ({"flow.py": flow("clean(1)", "from h import *"), "h.py": CLEAN}, "h", "10"),
    "in a package": (
        {"flow.py": flow("clean(1)", "from pkg import clean"), **PACKAGE},
        "pkg/deep",
        "10",
    ),
    "a constant of a package": (
        {"flow.py": flow("pkg.core.clean(1)", "import pkg"), **PACKAGE},
        "pkg/rates",
        "7",
    ),
    "a package imported when it runs": (
        {"flow.py": flow("from pkg import core; core.clean(1)"), **PACKAGE},
        "pkg/deep",
        "10",
    ),
    "in a folder without __init__": (
        {"flow.py": flow("ns.h.clean(1)", "import ns.h"), "ns/h.py": CLEAN},
        "ns/h",
        "10",
    ),
    "a number": (
        {"flow.py": flow("return RATE", "from h import RATE"), "h.py": "RATE = 10"},
        "h",
        "10",
    ),
    "a list": (
        {"flow.py": flow("return T", "from h import T"), "h.py": "T = [{10, 3}]"},
        "h",
        "10",
    ),
    "a dict that is filled later": (
        {"flow.py": flow("return T", "from h import T"), "h.py": "T = {}\nT['a'] = 10\n"},
        "h",
        "10",
    ),
    "a constant that is computed": (
        {
            "flow.py": flow("return T", "from h import T"),
            "h.py": "import pathlib\nsize = pathlib.Path(__file__).parent / 'size.py'\n"
            "T = dict(a=len(size.read_text()))",
            "size.py": "# 10",
        },
        "size",
        " 10",
    ),
    "an object": (
        {
            "flow.py": flow("M.fit(1)", "from h import M"),
            "h.py": "class Model:\n    def fit(self, x):\n        return x * 10\nM = Model()\n",
        },
        "h",
        "10",
    ),
    "a base": (
        {
            "flow.py": flow("Model().fit(1)", "from h import Model"),
            "h.py": "from g import Base\nclass Model(Base):\n    pass\n",
            "g.py": "class Base:\n    def fit(self, x):\n        return x * 10\n",
        },
        "g",
        "10",
    ),
    "a method that was put there": (
        {
            "flow.py": flow("Model().fit()", "from h import Model"),
            "h.py": "class Model: pass\ndef _fit(self): return 10\nModel.fit = _fit\n",
        },
        "h",
        "10",
    ),
    "a class of an input": (
        {
            "flow.py": "from artifactctl import step\nfrom h import Config\n"
            "@step\ndef main(config: Config):\n    config.rate()\n",
            "h.py": "class Config:\n    def rate(self):\n        return 10\n",
        },
        "h",
        "10",
    ),
    "what is cached in memory": (
        {
            "flow.py": flow("clean(1)", "from h import clean"),
            "h.py": f"import functools\n@functools.lru_cache\n{CLEAN}",
        },
        "h",
        "10",
    ),
    "a part of a function": (
        {
            "flow.py": flow("clean(1)", "from h import clean"),
            "h.py": "import functools\nclean = functools.partial(pow, 10)\n",
        },
        "h",
        "10",
    ),
    "a function without a name": (
        {"flow.py": flow("F['a'](1)", "from h import F"), "h.py": "F = {'a': lambda x: x * 10}\n"},
        "h",
        "10",
    ),
    "a decorator": (
        {
            "flow.py": flow("clean(1)", "from h import clean"),
            "h.py": f"from d import scaled\n@scaled(10)\n{CLEAN.replace('10', '2')}",
            "d.py": SCALED,
        },
        "h",
        "10",
    ),
    "what a decorator does": (
        {
            "flow.py": "from artifactctl import step\nfrom d import scaled\n"
            "@step\n@scaled(2)\ndef main():\n    return 1\n",
            "d.py": SCALED.replace("* by", "* by * 10"),
        },
        "d",
        "10",
    ),
    "what is decorated": (
        {
            "flow.py": "from artifactctl import step\nfrom d import scaled\n"
            "@step\n@scaled(2)\ndef main():\n    return 10\n",
            "d.py": SCALED,
        },
        "flow",
        "10",
    ),
    "an implementation for a type": (
        {
            "flow.py": flow("size(1)", "from h import size"),
            "h.py": "from functools import singledispatch\n@singledispatch\ndef size(x): return 1\n"
            "@size.register\ndef _(x: int): return 10\n",
        },
        "h",
        "10",
    ),
    "what is registered": (
        {
            "flow.py": flow("KNOWN['fit']()", "from h import KNOWN"),
            "h.py": "KNOWN = {}\ndef known(f):\n    KNOWN[f.__name__] = f\n    return f\n"
            "@known\ndef fit(): return 10\n",
        },
        "h",
        "10",
    ),
    "a default": (
        {
            "flow.py": "from artifactctl import step\nfrom h import RATE\n"
            "@step\ndef main(rate=RATE):\n    return rate\n",
            "h.py": "RATE = 10",
        },
        "h",
        "10",
    ),
    "modules that import each other": (
        {
            "flow.py": flow("h.half()", "import h\nRATE = 10"),
            "h.py": "import flow\ndef half():\n    return flow.RATE / 2\n",
        },
        "flow",
        "10",
    ),
    "what encloses it": (
        {
            "flow.py": "from artifactctl import step\n"
            "def make(rates):\n    @step\n    def main():\n        return rates\n    return main\n"
            "main = make({'a': [10]})\n"
        },
        "flow",
        "10",
    ),
    "another function of a library": (
        {"flow.py": flow("root(1)", "from math import sqrt as root")},
        "flow",
        "sqrt",
    ),
}


@pytest.mark.parametrize(("files", "module", "old"), COUNTS.values(), ids=COUNTS)
def test_a_change_of_what_is_used_elsewhere_counts(
    digest: Digest, files: Files, module: str, old: str
):
    text = files[f"{module}.py"]
    assert text.count(old) == 1
    changed = text.replace(old, "exp" if old == "sqrt" else "2000")
    assert digest(files) == digest(files) != digest({**files, f"{module}.py": changed})


@pytest.mark.parametrize(
    ("files", "module", "old", "new"),
    [
        (COUNTS["a function"][0], "h", "return 3", "return 4"),
        (COUNTS["of a module"][0], "h", "return 3", "return 4"),
        (COUNTS["a function"][0], "h", "def clean", "# a remark\n\n\ndef clean"),
        (COUNTS["a constant of a package"][0], "pkg/__init__", "3", "4"),
        ({"flow.py": "from artifactctl import step\n@step(enable_cache=True)\ndef main(): pass"},
         "flow", "True", "False"),
        ({"flow.py": flow("return 1", "import h"), "h.py": CLEAN}, "h", "10", "20"),
    ],
)  # fmt: skip
def test_a_change_of_anything_else_elsewhere_does_not(
    digest: Digest, files: Files, module: str, old: str, new: str
):
    changed = files[f"{module}.py"].replace(old, new, 1)
    assert changed != files[f"{module}.py"]
    assert digest(files) == digest({**files, f"{module}.py": changed})


def test_where_code_is_and_what_its_module_is_called_does_not_count(digest: Digest):
    imported = {"flow.py": flow("clean(1)", "from h import clean"), "h.py": CLEAN}
    moved = {"flow.py": flow("clean(1)", "from g import clean"), "g.py": CLEAN}
    inside = {
        "flow.py": "from pkg.inner import main",
        "pkg/inner.py": imported["flow.py"],
        "h.py": CLEAN,
    }
    assert digest(imported) == digest(moved) == digest(inside)


def test_what_is_installed_does_not_count(digest: Digest):
    used = flow("clean(1)", "import sys\nsys.path.insert(0, __file__[:-7] + 'site-packages')\n"
                "from lib import clean")  # fmt: skip
    files = {"flow.py": used, "site-packages/lib.py": CLEAN}
    changed = {**files, "site-packages/lib.py": CLEAN.replace("10", "20")}
    assert digest(files) == digest(changed)


def test_what_a_package_has_put_beside_the_project_does_not_count(digest: Digest):
    files = {
        "flow.py": flow("lib.clean(1); h.clean(1); one.clean(1)", "import lib, h, one"),
        "lib/__init__.py": CLEAN,
        "one.py": CLEAN,
        "h.py": CLEAN,
        "lib-1.0.dist-info/RECORD": "lib/__init__.py,sha256=x,1\none.py,,\n",
    }
    for name, is_same in (("lib/__init__.py", True), ("one.py", True), ("h.py", False)):
        changed = {**files, name: CLEAN.replace("10", "20")}
        assert (digest(files) == digest(changed)) == is_same


def test_nothing_is_imported_to_read_it(digest: Digest):
    files = {
        "flow.py": flow("import bad; bad.go()"),
        "bad.py": "raise SystemExit('this is not to be imported')\n",
    }
    assert digest(files) != digest({**files, "bad.py": f"{files['bad.py']}x = 1\n"})


@pytest.mark.parametrize("text", ["this is no Python (", "\0", "é = 'ö'\n", ""])
def test_what_cannot_be_read_is_no_error(digest: Digest, text: str):
    assert digest({"flow.py": flow("import bad"), "bad.py": text})


def test_a_script_and_its_import_have_one_digest(tmp_path: Path):
    path = tmp_path / "flow.py"
    path.write_text(
        "import logging\nfrom artifactctl import step\nLOG = logging.getLogger(__name__)\n"
        "class Model:\n    name = __name__\n    def fit(self):\n        return __file__\n"
        "def helper():\n    LOG.info(__name__)\n    return Model().fit()\n"
        "@step\ndef main() -> str:\n    return helper()\n"
        "if __name__ == '__main__':\n"
        "    from artifactctl.pipelines.code.digest import code_digest\n"
        "    print(code_digest(main.entrypoint))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        for words in (["flow.py"], ["-m", "flow"], ["-c", "import flow as f; f.__name__ = 'x';"
            "from artifactctl.pipelines.code.digest import code_digest as d; "
            "print(d(f.main.entrypoint))"])
    }  # fmt: skip
    assert len(found) == 1


def exec_digest(text: str, name: str = "<string>", **names: object) -> str:
    names = {"__name__": "nowhere", **names}
    exec(compile(dedent(text), name, "exec"), names)
    return code_digest(names["main"])


WITHOUT_SOURCE = """
    RATE = 10
    class Base:
        scale = 3
        def go(self, x):
            return x * RATE
    class Model(Base):
        pass
    def helper(x):
        return Model().go(x)
    def main(x, y=4):
        if x in {"a", "b", "c", "d", "e", "f"}:
            return [helper(v) for v in (x, y)]
"""


@pytest.mark.parametrize(
    "change", [("= 10", "= 11"), ("= 3", "= 5"), ("x * ", "x + "), ("y=4", "y=6")]
)
def test_without_source_a_change_of_what_is_used_counts(change: tuple[str, str]):
    assert exec_digest(WITHOUT_SOURCE) == exec_digest(WITHOUT_SOURCE)
    assert exec_digest(WITHOUT_SOURCE) != exec_digest(WITHOUT_SOURCE.replace(*change))


def test_without_source_it_is_the_same_in_every_process():
    script = (
        f"text = {dedent(WITHOUT_SOURCE)!r}\nnames = {{'__name__': 'nowhere'}}\nexec(text, names)\n"
        "from artifactctl.pipelines.code.digest import code_digest\n"
        "print(code_digest(names['main']))\n"
    )
    found = {
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
        for _ in range(3)
    }
    assert len(found) == 1


def test_without_source_modules_are_followed_too(digest: Digest):
    body = "def main(x):\n    import h\n    return h.clean(x)\n"
    wrapped = (
        "from artifactctl import step\nnames = {'__name__': __name__}\n"
        f"exec({body!r}, names)\nmain = step(names['main'])\n"
    )
    files = {"flow.py": wrapped, "h.py": CLEAN}
    assert digest(files) != digest({**files, "h.py": CLEAN.replace("10", "20")})


def test_a_file_that_was_changed_since_it_was_loaded_is_not_believed(tmp_path: Path):
    path = tmp_path / "flow.py"
    path.write_text("def main():\n    return 1\n")
    old = runpy.run_path(str(path))["main"]
    first = code_digest(old)
    path.write_text("def main():\n    return 12345\n")
    changed, new = code_digest(old), code_digest(runpy.run_path(str(path))["main"])
    assert len({first, changed, new}) == 3


def test_a_name_that_the_code_gives_values_to_counts_as_it_is_written():
    names: dict[str, object] = {}
    text = "n = 0\nseen = []\ndef main():\n    global n\n    n += 1\n    seen.append(n)\n"
    exec(compile(text, "<string>", "exec"), names)
    main = names["main"]
    assert callable(main)
    before = code_digest(main)
    main()
    assert code_digest(main) == before


def count_calls() -> Callable[[], int]:
    n, seen, boxes = 0, list[int](), dict[str, int]()

    def main() -> int:
        nonlocal n
        n += 1
        seen.append(n)
        boxes["n"] = n
        return n

    return main


def test_what_a_function_counts_in_what_encloses_it_does_not_count():
    main = count_calls()
    before = code_digest(main)
    main()
    assert code_digest(main) == before == code_digest(count_calls())


def test_a_long_way_is_gone_to_its_end():
    several = [f"def f{i}(x):\n    return f{i + 1}(x)\n" for i in range(3000)]
    text = "".join([*several, "def f3000(x):\n    return x * 10\nmain = f0\n"])
    assert exec_digest(text) != exec_digest(text.replace("10", "20"))


def test_modules_that_go_in_circles_come_to_an_end(digest: Digest):
    files = {
        "flow.py": flow("return T, U", "from a import *\nfrom a import U"),
        "a.py": "from b import *\ntry:\n    from b import U\nexcept ImportError:\n    U = [1]\n",
        "b.py": "import a\nglobals()['T'] = [10]\nfrom a import *\n"
        "try:\n    from a import U\nexcept ImportError:\n    pass\n",
    }
    assert digest(files) == digest(files)
    assert digest(files) != digest({**files, "b.py": files["b.py"].replace("10", "20")})


def test_an_expression_that_only_machines_write_is_read(digest: Digest):
    files = {"flow.py": flow("return T", "from h import T"), "h.py": f"T = [{'1 + ' * 700}10]\n"}
    assert digest(files) != digest({**files, "h.py": files["h.py"].replace("10", "20")})


leaf = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
several = st.lists(leaf, max_size=3) | st.dictionaries(st.text(max_size=3), leaf, max_size=3)
plain = leaf | several | st.lists(several, max_size=2)


def enclosing(value: object) -> Callable[[], object]:
    def main() -> object:
        return value

    return main


@given(plain, plain)
def test_what_is_enclosed_counts_by_what_it_holds(one: object, other: object):
    is_same = code_digest(enclosing(one)) == code_digest(enclosing(other))
    assert is_same == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Path("a"), Path("b")),
        ({"a": Path("a")}, {"a": Path("b")}),
        (UUID(int=1), UUID(int=2)),
        (date(2000, 1, 1), date(2000, 1, 2)),
        (Kind.ONE, Kind.OTHER),
        (Setting(1), Setting(2)),
        (Plain(1), Plain(2)),
        (partial(pow, 2), partial(pow, 3)),
        (partial(pow, 2), partial(divmod, 2)),
        ("a".join, "a".split),
        (Kind, Setting),
        (b"1", b"2"),
        (1, 1.0),
        (1, True),
        (frozenset("ab"), frozenset("ac")),
    ],
)
def test_other_things_that_are_enclosed_count_by_what_they_are(one: object, other: object):
    assert code_digest(enclosing(one)) == code_digest(enclosing(one))
    assert code_digest(enclosing(one)) != code_digest(enclosing(other))


def test_where_a_project_is_does_not_count(digest: Digest):
    place = "from pathlib import Path\nHERE = Path(__file__).parent\n"
    assert digest({"flow.py": flow("return HERE", place)}) == digest(
        {"flow.py": flow("return HERE", place), "unused.py": ""}
    )


@dataclass
class Unset:
    rate: int = field(init=False)


def test_any_object_has_a_digest():
    module = ModuleType("made")
    holding_itself: list[object] = []
    holding_itself.append(holding_itself)
    for thing in (Unset(), holding_itself, Mock(), MagicMock(), {1: object()}):
        assert code_digest(enclosing(thing)) == code_digest(enclosing(thing))
    for thing in (print, len, print.__call__, sys, module, object(), 3, [1], Path, count_calls):
        assert code_digest(thing)
