"""Functions that read one text of a file; each gives its value or raises `InvalidInputError`."""

import re
import unicodedata

from artifactctl.enums import ArtifactType, ColorVariants
from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.metadata import check_metadata
from artifactctl.pipelines.naming import placeholders
from artifactctl.refs import check_name, check_version, parse_ref

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
"""The names that variables can have."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_SPAN = re.compile(
    r"(?=\d)(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s?)?", re.ASCII
)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def read_text(text: str) -> str:
    """A text that is not empty."""
    if not text:
        raise InvalidInputError("must not be empty")
    return text


def read_flag(text: str) -> bool:
    """True or false in any spelling of YAML, as a bool."""
    if text.lower() not in _FLAGS:
        raise InvalidInputError("must be true or false, not {}", given=text)
    return _FLAGS[text.lower()]


def read_count(text: str) -> int:
    """A whole number of 0 or more."""
    if not _WHOLE.fullmatch(text):
        raise InvalidInputError("must be a whole number from 0, not {}", given=text)
    return int(text)


def read_seconds(text: str) -> float:
    """Seconds from `10m`, `90s`, `1h30m` or a plain number; more than 0."""
    found = _SPAN.fullmatch(text)
    days, hours, minutes, seconds = (
        (float(part or 0) for part in found.groups()) if found else 4 * [0]
    )
    total = seconds + 60 * (minutes + 60 * (hours + 24 * days))
    if not total > 0:
        raise InvalidInputError("must be a time such as 10m, 90s or 1h30m, not {}", given=text)
    return total


def read_expiry(text: str) -> float:
    """Seconds as `read_seconds` reads them, or 0."""
    return 0.0 if text == "0" else read_seconds(text)


def read_pipeline(text: str) -> str:
    """The name of a pipeline, or `module:function`."""
    if _FUNCTION.fullmatch(text):
        return text
    if ":" in text.replace("::", ""):
        raise InvalidInputError("must be a name or module:function, not {}", given=text)
    return check_name(text)


def is_function(pipeline: str | None) -> bool:
    """Whether the text names a pipeline written in Python."""
    return pipeline is not None and ":" in pipeline.replace("::", "")


def read_name(text: str) -> str:
    """A name; one with placeholders is checked later, when they are filled in."""
    return unicodedata.normalize("NFC", text) if placeholders(text) else check_name(text)


def read_version(text: str) -> str:
    """A version; one with placeholders is checked later, when they are filled in."""
    return text if placeholders(text) else check_version(text)


def read_type(text: str) -> ArtifactType:
    """A type of artifact: `model`, or in ZenML's spelling, `ModelArtifact`."""
    try:
        return ArtifactType.parse(text)
    except WrongUsageError as error:
        raise InvalidInputError("type {} is not known", given=text, hint=error.hint) from None


def read_color(text: str) -> ColorVariants:
    """The colour of a tag: `red`, or as ZenML's enumeration calls it, `RED`."""
    try:
        return ColorVariants.parse(text)
    except WrongUsageError as error:
        raise InvalidInputError("color {} is not known", given=text, hint=error.hint) from None


def read_reference(text: str) -> str:
    """A reference as written: `x` may be an output of the file, `x:latest` is in the catalog."""
    parse_ref(text)
    return unicodedata.normalize("NFC", text)


def read_identifier(text: str) -> str:
    """Letters, digits and `_`: a part of the name of an environment variable."""
    return _matching(_IDENTIFIER, text, "letters, digits and '_', not starting with a digit")


def read_variable(text: str) -> str:
    """The name of a variable."""
    return _matching(VARIABLE, text, "letters, digits, '_' and '-', not starting with a digit")


def read_environment_name(text: str) -> str:
    """A name that the system accepts for an environment variable."""
    if not text or "=" in text or not text.isprintable():
        raise InvalidInputError("{} cannot be the name of an environment variable", given=text)
    return text


def read_key(text: str) -> str:
    """A key that is printable and not empty."""
    if not text or not text.isprintable():
        raise InvalidInputError("key {} must be printable and not empty", given=text)
    return text


def read_metadata_key(text: str) -> str:
    """A key that metadata can have."""
    check_metadata({text: None})
    return text


def _matching(pattern: re.Pattern[str], text: str, allowed: str) -> str:
    if not pattern.fullmatch(text):
        raise InvalidInputError(f"{{}} must be {allowed}", given=text)
    return text
