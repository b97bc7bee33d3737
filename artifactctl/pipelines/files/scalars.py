"""Single texts against what they may be."""

from typing import Any

from artifactctl.errors import ArtifactctlError, InvalidInputError, WrongUsageError
from artifactctl.pipelines.files.report import Keys, Report, quoted, with_hint
from artifactctl.pipelines.files.shapes import Word
from artifactctl.pipelines.files.tree import Outside, Scalar
from artifactctl.pipelines.secrets import worth_hiding


def check_word(scalar: Scalar, word: Word, keys: Keys, report: Report) -> Any:
    """The value of a text, or None when what is wrong with it is noted."""
    if word.only is not None:
        report.uses.append((word.only, keys))
    if scalar.outside is not None:
        report.outside[keys] = would_be_recorded(scalar.outside)
    problem = report.outside.get(keys) if word.recorded else None
    problem = problem or _unfit(scalar, word)
    if problem is None:
        try:
            return word.check(scalar.text)
        except (InvalidInputError, WrongUsageError) as error:
            problem = _without_secrets(error, scalar, report)
    report.add(scalar.place, keys, problem)
    report.unread.add(scalar.text)
    return None


def would_be_recorded(outside: Outside) -> str:
    """What is wrong with a value of the environment in what is kept for people."""
    use = quoted(f"${{{outside.use}}}")
    if not outside.use.startswith("env:"):
        return (
            f"{use} comes from the environment and would be recorded here; pass it in with"
            f" --set {outside.use}=…"
        )
    own = outside.use.removeprefix("env:").partition(":-")[0].lower()
    return f"{use} would be recorded here; pass it in with --set {own}=… and write ${{{own}}}"


def _unfit(scalar: Scalar, word: Word) -> str | None:
    """Why a scalar is none for a word, whatever the word is."""
    if scalar.given is not None and scalar.kind in ("null", "flag", "number"):
        # In Python 1.10 is 1.1 for good, and True is no version.
        fits = {"null": "", "flag": "boolean", "number": "number"}[scalar.kind]
        if word.type != fits:
            return f"must be {word.means}, not {scalar.text}"
    if "\0" in scalar.text or any("\ud800" <= char <= "\udfff" for char in scalar.text):
        return "must be valid Unicode without NUL characters"
    return None


def _without_secrets(error: ArtifactctlError, scalar: Scalar, report: Report) -> str:
    """The message with the text as it stands in the file, not as it came to be."""
    message, written = with_hint(error), quoted(scalar.written)
    for said in (repr(scalar.text), quoted(scalar.text)):  # whole, or cut
        message = message.replace(said, written)
    if scalar.text == scalar.written:
        return message
    hidden = report.secrets | worth_hiding(report.secrets)
    if any(secret in message.replace(scalar.written, "") for secret in hidden):
        return f"{quoted(scalar.written)} is not right once its variables are filled in"
    return f"{message} (with its variables filled in)"
