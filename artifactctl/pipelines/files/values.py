"""Checks single texts and values with any content: parameters, metadata, variables."""

import re
from collections.abc import Iterator
from dataclasses import replace

from artifactctl.errors import InvalidInputError
from artifactctl.json_text import MAX_DEPTH, check_json_value, is_exact, too_deep
from artifactctl.metadata import check_metadata, plain_metadata
from artifactctl.pipelines.files.report import Keys, Report, quoted, with_hint
from artifactctl.pipelines.files.shapes import Word
from artifactctl.pipelines.files.tree import (
    Items,
    Node,
    Opaque,
    Outside,
    Pairs,
    Scalar,
    changed,
    typed,
)

_ENDS_IN_ZEROS = re.compile(r".*\.[0-9]+0")


def check_word(scalar: Scalar, word: Word, keys: Keys, report: Report) -> object:
    """The value of a text; None when it is wrong, which is reported."""
    if word.only is not None:
        report.uses.append((word.only, keys))
    if scalar.outside is not None:
        report.outside[keys] = _would_be_recorded(scalar.outside)
    problem = report.outside.get(keys) if word.recorded else None
    problem = problem or _unfit(scalar, word)
    if problem is None:
        try:
            return word.check(scalar.text)
        except InvalidInputError as error:
            problem = _as_written(error, scalar)
    report.add(scalar.place, keys, problem)
    report.unread.add(scalar.text)
    return None


def _would_be_recorded(outside: Outside) -> str:
    """The message for a value from the environment in a key that is recorded."""
    use = quoted(f"${{{outside.use}}}")
    if not outside.use.startswith("env:"):
        return (
            f"{use} comes from the environment and would be recorded here; pass it in with"
            f" --set {outside.use}=…"
        )
    own = outside.use.removeprefix("env:").partition(":-")[0].lower()
    return f"{use} would be recorded here; pass it in with --set {own}=… and write ${{{own}}}"


def _unfit(scalar: Scalar, word: Word) -> str | None:
    """The reason why a scalar cannot be a text of this type, or None."""
    if scalar.given is not None and scalar.kind in ("null", "flag", "number"):
        # Python has read 1.10 as 1.1 already, and True is not a version.
        fits = {"null": "", "flag": "boolean", "number": "number"}[scalar.kind]
        if word.type != fits:
            return f"must be {word.means}, not {scalar.text}"
    if "\0" in scalar.text or any("\ud800" <= char <= "\udfff" for char in scalar.text):
        return "must be valid Unicode without NUL characters"
    return None


def _as_written(error: InvalidInputError, scalar: Scalar) -> str:
    """The message with the text as it stands in the file: filled-in values may be secret."""
    written = quoted(scalar.written)
    if scalar.text == scalar.written:
        return with_hint(error, error.quoting(written))
    if error.given == scalar.text:
        problem = with_hint(error, error.quoting(written))
    elif scalar.outside is None:
        problem = with_hint(error)
    else:
        return f"{written} is invalid once its variables are filled in"
    return f"{problem} (with its variables filled in)"


def check_value(node: Node, keys: Keys, report: Report) -> object:
    """The value as YAML and JSON type it; a value given in Python stays the same object."""
    return _plain(node, keys, report, 0) if node.given is None else node.given.value


def check_logged(node: Node, keys: Keys, report: Report) -> object:
    """The value of one metadata key as it can be recorded, without secrets.

    In values given in Python, sets and tuples become lists, and NaN becomes null with a warning.
    """
    keep = check_metadata if node.given is None else plain_metadata
    value = check_value(changed(node, _safe), keys, report)
    try:
        kept = keep({keys[-1]: value})
        if not kept:  # a warning has told the reason
            raise InvalidInputError("the value cannot be kept as metadata")
        return next(iter(kept.values()))
    except InvalidInputError as error:
        report.add(node.place, keys, with_hint(error))
    return None


def check_variable(node: Node, keys: Keys, report: Report) -> object:
    """The value that a variable fills in, without secrets.

    A number stays the text that is filled in if it would lose digits (1.10 may be a version) or if
    YAML 1.1 and 1.2 read it differently.
    """
    return check_value(changed(node, _as_kept), keys, report)


def _safe(scalar: Scalar, _keys: Keys) -> Scalar:
    return replace(scalar, text=scalar.outside.safe) if scalar.outside else scalar


def _as_kept(scalar: Scalar, keys: Keys) -> Scalar:
    if scalar.kind == "missing" or (scalar.outside is None and _is_kept_as_typed(scalar)):
        return scalar
    return replace(_safe(scalar, keys), kind="text")


def _is_kept_as_typed(scalar: Scalar) -> bool:
    try:
        value = typed(scalar)
    except InvalidInputError:
        return False
    if not isinstance(value, float):
        return True
    return not _ENDS_IN_ZEROS.fullmatch(scalar.text) and is_exact(value, scalar.text)


def named(node: Pairs, keys: Keys, report: Report) -> Iterator[tuple[Scalar, Node]]:
    """The pairs whose keys are texts, the first of each key; other pairs are reported."""
    seen: set[str] = set()
    for key, value in node.pairs:
        if not isinstance(key, Scalar):
            report.add(key.place, keys, "a key must be a text")
        elif key.kind != "text":
            report.add(key.place, keys, f"key {quoted(key.text)} is not text; quote it")
        elif key.text in seen:
            report.add(key.place, keys, f"key {quoted(key.text)} is given twice")
        else:
            seen.add(key.text)
            yield key, value


def _plain(node: Node, keys: Keys, report: Report, depth: int) -> object:
    match node:
        case Scalar():
            return _scalar(node, keys, report)
        case Opaque():
            return node.given.value
    if depth > MAX_DEPTH:
        report.add(node.place, keys, too_deep())
        return None
    if isinstance(node, Items):
        parts = enumerate(node.items)
        return [_plain(item, (*keys, f"[{at}]"), report, depth + 1) for at, item in parts]
    pairs = named(node, keys, report)
    return {key.text: _plain(item, (*keys, key.text), report, depth + 1) for key, item in pairs}


def _scalar(scalar: Scalar, keys: Keys, report: Report) -> object:
    if scalar.kind == "missing":
        report.doubtful.add(keys)
        return None
    try:
        value = typed(scalar)
        check_json_value(value)
    except InvalidInputError as error:
        report.add(scalar.place, keys, with_hint(error))
        return None
    return value
