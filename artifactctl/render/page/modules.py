"""The page's modules as one script, since a page opened from a disk cannot import files."""

import re
from collections.abc import Sequence
from importlib.resources import files

COMPARISON = (  # the modules of the comparison's page; each imports only from those before it
    *(
        "interpreter",
        "dom",
        "numbers",
        "statistics",
        "content",
        "fields",
        "link",
        "state",
        "axes",
        "charts",
    ),
    *("tooltip", "looks", "runs", "items", "cells", "copying", "details", "ordering"),
    *("heads", "choosing", "table", "exporting", "importance", "brushes", "headings", "bands"),
    *("parallel", "scatter", "plot", "curves", "main"),
)
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\.\.?/(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:const|async function|function) (?:\{.*\}|\w+))", re.MULTILINE)


def own_script(modules: Sequence[str] = COMPARISON) -> str:
    """The modules, each wrapped into a function that returns its exports.

    A module is named by its path; others import it by the last part of that, so that the `link` of
    another page takes the place of the comparison's.
    """
    texts = [(name, (files(__package__) / f"{name}.js").read_text("utf-8")) for name in modules]
    wrapped = "".join(_wrapped(name.rpartition("/")[2], text) for name, text in texts)
    return f'"use strict";\n(() => {{\nconst modules = {{}};\n{wrapped}}})();\n'


def _wrapped(name: str, text: str) -> str:
    exported = ", ".join(found.split(" ", 1)[1].strip("{} ") for found in _exports(text))
    inner = _EXPORT.sub(r"\1", _IMPORT.sub(r"const \1 = modules.\2;", text))
    return f"modules.{name} = (() => {{\n{inner}return {{ {exported} }};\n}})();\n"


def _exports(text: str) -> list[str]:
    return [found.removeprefix("async ") for found in _EXPORT.findall(text)]
