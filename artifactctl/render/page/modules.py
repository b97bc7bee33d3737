"""The page's modules as one script, since a page opened from a disk cannot import files."""

import re
from importlib.resources import files

MODULES = (  # each imports only from those before it
    *("interpreter", "dom", "numbers", "content", "link", "state", "axes", "charts", "tooltip"),
    *("runs", "cells", "table", "choosing", "brushes", "headings", "parallel", "scatter", "main"),
)
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:const|async function|function) (?:\{.*\}|\w+))", re.MULTILINE)


def own_script() -> str:
    """The modules, each wrapped into a function that returns its exports."""
    texts = [(name, (files(__package__) / f"{name}.js").read_text("utf-8")) for name in MODULES]
    wrapped = "".join(_wrapped(name, text) for name, text in texts)
    return f'"use strict";\n(() => {{\nconst modules = {{}};\n{wrapped}}})();\n'


def _wrapped(name: str, text: str) -> str:
    exported = ", ".join(found.split(" ", 1)[1].strip("{} ") for found in _exports(text))
    inner = _EXPORT.sub(r"\1", _IMPORT.sub(r"const \1 = modules.\2;", text))
    return f"modules.{name} = (() => {{\n{inner}return {{ {exported} }};\n}})();\n"


def _exports(text: str) -> list[str]:
    return [found.removeprefix("async ") for found in _EXPORT.findall(text)]
