"""Fills in `${name}`, `${env:NAME}` and `${env:NAME:-text}` in the texts of a file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from artifactctl.json_text import MAX_DEPTH, too_deep
from artifactctl.pipelines.files.report import Keys, Report, or_meant, quoted
from artifactctl.pipelines.files.tree import (
    Items,
    Node,
    Outside,
    Pairs,
    Scalar,
    changed,
    is_null,
    parse_tree,
    plain_scalar,
    scalars_of,
    text_of,
    without_places,
)
from artifactctl.pipelines.files.words import VARIABLE
from artifactctl.pipelines.ordering import arranged
from artifactctl.pipelines.secrets import HIDDEN

_MAX_FILLED = 1 << 20  # limit in characters for all filled-in values together
_VALUE_SIZE = 8  # characters that a value counts in addition to its text

_USE = re.compile(r"\$\$(?=\{)|\$\{(?P<name>[^{}]*)\}|\$\{")


def fill_in(
    root: Node,
    overrides: Mapping[str, str],
    environ: Mapping[str, str],
    report: Report,
    *,
    as_zenml: bool = False,
) -> Node:
    """The tree with variables filled in, in `vars` too, but not in keys.

    Variables may use each other in any order. `overrides` win over the file's variables; they are
    parsed like the values of the file, and no variables are filled into them. With `as_zenml`, an
    unknown name may be a variable of the environment.
    """
    if not isinstance(root, Pairs):
        return root
    nodes = {name: _override(text) for name, text in overrides.items()}
    variables = _Variables(nodes, environ, report, as_zenml)
    declared = next((value for key, value in root.pairs if text_of(key) == "vars"), None)
    filled_vars = _fill_vars(declared, overrides, variables)
    pairs = tuple(
        (key, filled_vars if value is declared else variables.fill(value, (text_of(key) or "?",)))
        for key, value in root.pairs
    )
    _note_unused(overrides, declared, variables)
    if declared is None and overrides:
        pairs = (*pairs, (Scalar("vars"), filled_vars))
    return replace(root, pairs=pairs)


def _override(text: str) -> Node:
    """The node of the value in `--set NAME=text`."""
    # Only such a text can be a list, a mapping or a quoted text.
    if text[:1] in '[{"':
        trial = Report("")
        node = parse_tree(text, trial)
        if node is not None and not trial.mistakes:
            return without_places(node)
    return plain_scalar(text) if text else Scalar("")


def _fill_vars(
    declared: Node | None, overrides: Mapping[str, str], variables: "_Variables"
) -> Node:
    """The file's `vars` with the overrides; values of wrong types are reported later."""
    if declared is not None and not isinstance(declared, Pairs) and not is_null(declared):
        return declared
    given = declared.pairs if isinstance(declared, Pairs) else ()
    own = {text_of(key): (key, value) for key, value in given if text_of(key) not in overrides}
    order, cycles = arranged({name: _used_by(value) for name, (_, value) in own.items()})
    for cycle in cycles:
        path = " -> ".join(quoted(name, bare=True) for name in [*cycle, cycle[0]])
        problem = f"variables form a cycle: {path}"
        variables.report.add(own[cycle[0]][0].place, ("vars", cycle[0]), problem)
    nodes = variables.nodes
    nodes.update({name: Scalar("", "missing", value.place) for name, (_, value) in own.items()})
    for name in order:
        nodes[name] = _filled_variable(own[name][1], variables, ("vars", name))
    pairs = [(key, _undecided(nodes[text_of(key)])) for key, _ in given]
    known = {text_of(key) for key, _ in given}
    added = [(Scalar(name), nodes[name]) for name in overrides if name not in known]
    return Pairs((*pairs, *added), declared.place if declared else None)


def _used_by(value: Node) -> set[str]:
    """The names in `${…}` in the value of a variable."""
    uses = (use["name"] for scalar in scalars_of(value) for use in _USE.finditer(scalar.text))
    return {name for name in uses if name}


def _undecided(node: Node) -> Node:
    """The value with 0123 as a text: a mistake only where it is used as a number."""
    if isinstance(node, Scalar) and node.kind == "unclear":
        return replace(node, kind="text")
    return node


def _filled_variable(value: Node, variables: "_Variables", keys: Keys) -> Node:
    filled = variables.fill(value, keys)
    if _size(filled)[1] <= MAX_DEPTH:
        return filled
    variables.report.add(value.place, keys, too_deep())
    return Scalar("", "missing", value.place)


def _note_unused(
    overrides: Mapping[str, str], declared: Node | None, variables: "_Variables"
) -> None:
    pairs = declared.pairs if isinstance(declared, Pairs) else ()
    names = [text_of(key) for key, _ in pairs]
    for name in overrides:
        if name not in names and name not in variables.used:
            problem = f"there is no variable {quoted(name)} to set{or_meant(name, names)}"
            variables.report.add(None, (), problem)


@dataclass
class _Variables:
    """The variables that can be filled in: the file's `vars` and the environment.

    With `as_zenml`, `${NAME}` may also be a variable of the environment. `used` are the names that
    occurred. `filled` counts the filled-in characters: variables made of variables could make
    gigabytes from a small file.
    """

    nodes: dict[str, Node]
    environ: Mapping[str, str]
    report: Report
    as_zenml: bool = False
    used: set[str] = field(default_factory=set)
    filled: int = 0

    def fill(self, node: Node, keys: Keys) -> Node:
        """The node at `keys` with variables filled into its texts."""
        return changed(node, self._fill_text, keys)

    def _fill_text(self, scalar: Scalar, keys: Keys) -> Node:
        if "${" not in scalar.text:
            return scalar
        whole = _USE.fullmatch(scalar.text)
        if whole and whole["name"] is not None:
            found = self._find(whole["name"], scalar, keys)
            return _moved(found, scalar) if found else replace(scalar, kind="missing")
        parts = [self._part(use, scalar, keys) for use in _USE.finditer(scalar.text)]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return replace(scalar, kind="missing")
        text = _joined(scalar.text, [part.text for part in known])
        uses = [part.outside.use for part in known if part.outside]
        safe = [part.outside.safe if part.outside else part.text for part in known]
        outside = Outside(uses[0], _joined(scalar.text, safe)) if uses else None
        return Scalar(text, "text", scalar.place, scalar.written, outside=outside)

    def _part(self, use: re.Match[str], scalar: Scalar, keys: Keys) -> Scalar | None:
        """The value of one `${…}` within a text; None after a mistake."""
        name = use["name"]
        if name is None and use[0] == "$$":
            return Scalar("$")
        if name is None:
            problem = "'${' is not closed; write '$${' for these characters"
            self.report.add(scalar.place, keys, problem)
            return None
        found = self._find(name, scalar, keys)
        if found is None or isinstance(found, Scalar):
            return found if found and found.kind != "missing" else None
        problem = f"${{{name}}} is not a text, so it can only stand alone"
        self.report.add(scalar.place, keys, problem)
        return None

    def _find(self, name: str, scalar: Scalar, keys: Keys) -> Node | None:
        """The value of a variable; None when it does not exist, which is reported."""
        found = self._found(name)
        if found is None:
            self.report.add(scalar.place, keys, self._not_there(name, keys))
            return None
        self.filled += _size(found)[0]
        if self.filled > _MAX_FILLED:
            self.report.add(None, (), f"variables fill in more than {_MAX_FILLED >> 20} MiB")
            return None
        return found

    def _found(self, name: str) -> Node | None:
        if _is_of_environment(name):
            return self._from_environment(name)
        self.used.add(name)
        found = self.nodes.get(name)
        if found is None and self.as_zenml and name in self.environ:
            found = self._from_environment(f"env:{name}")
        if isinstance(found, Scalar) and found.outside:
            return replace(found, outside=found.outside._replace(use=name))
        return found

    def _from_environment(self, use: str) -> Scalar | None:
        """The value of `env:NAME`; `env:NAME:-text` gives the text if that is empty or not set."""
        name, has_default, default = use.removeprefix("env:").partition(":-")
        value = self.environ.get(name)
        if not value and has_default:
            return Scalar(default, outside=Outside(use, default))
        if value:
            self.report.secrets.add(value)
        return None if value is None else Scalar(value, outside=Outside(use, HIDDEN))

    def _not_there(self, name: str, keys: Keys) -> str:
        """The message for a variable that does not exist."""
        if _is_of_environment(name):
            return f"environment variable {quoted(name.removeprefix('env:'))} is not set"
        use = quoted(f"${{{name}}}", bare=True)
        if not VARIABLE.fullmatch(name):
            own = name.partition(":-")[0]
            other = f"; {quoted(f'${{env:{name}}}', bare=True)} is the environment's"
            is_default = own != name and VARIABLE.fullmatch(own)
            leave = f"write ${use} to leave it as it is{other * bool(is_default)}"
            return f"{use} is not a variable; {leave}"
        shell = f"the shell's own is ${name} or ${use}" if keys[0] == "steps" else ""
        if name in self.environ:
            hints = [f"the environment's is ${{env:{name}}}", shell]
            return "; ".join([f"variable {use} is not in vars", *filter(None, hints)])
        near = or_meant(name, self.nodes)
        nor = " nor in the environment" * self.as_zenml
        return f"variable {use} is not in vars{nor}{near or (shell and f'; {shell}')}"


def _is_of_environment(name: str) -> bool:
    return name.startswith("env:") and name != "env:"


def _joined(text: str, parts: Sequence[str]) -> str:
    filled = iter(parts)
    return _USE.sub(lambda _: next(filled), text)


def _moved(found: Node, scalar: Scalar) -> Node:
    """The value of a variable at the place of its use, where mistakes are shown."""
    if isinstance(found, Scalar):
        return replace(found, place=scalar.place, written=scalar.written)
    return replace(found, place=scalar.place)


def _size(node: Node) -> tuple[int, int]:
    """The size of a node in characters, and its number of levels."""
    if isinstance(node, Scalar):
        return len(node.text) + _VALUE_SIZE, 0
    parts = node.items if isinstance(node, Items) else ()
    if isinstance(node, Pairs):
        parts = tuple(part for pair in node.pairs for part in pair)
    inner = [_size(part) for part in parts]
    depth = max((depth for _, depth in inner), default=0)
    return _VALUE_SIZE + sum(size for size, _ in inner), 1 + depth
