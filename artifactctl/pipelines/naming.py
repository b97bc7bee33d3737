"""Placeholders in names: `{date}`, `{time}`, and the substitutions of a step or pipeline."""

import re
from collections.abc import Mapping
from datetime import datetime

from artifactctl.errors import InvalidInputError, MissingPlaceholderError
from artifactctl.refs import MAX_LENGTH

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

MOMENTS = {"date": "2000_01_31", "time": "12_30_00_000000"}
"""Placeholders that every run fills in, with examples as long as their values."""


class Passing(str):
    """A text that fills a placeholder in one run only, and is not part of the cache key."""

    # A class, since the mark has to go with the text when substitutions are merged.
    __slots__ = ()


def moment_substitutions(moment: datetime) -> dict[str, str]:
    """The texts of `date` and `time`; `moment` is the begin of the run, in UTC."""
    texts = {"date": "%Y_%m_%d", "time": "%H_%M_%S_%f"}
    return {name: Passing(moment.strftime(text)) for name, text in texts.items()}


def placeholders(template: str) -> list[str]:
    """The names in braces in a template."""
    return _PLACEHOLDER.findall(template)


def fill(template: str, substitutions: Mapping[str, str]) -> str:
    """Replace every placeholder; raises `MissingPlaceholderError` for an unknown one."""

    def replace(found: re.Match[str]) -> str:
        key = found[1]
        if key not in substitutions:
            known = ", ".join(f"{{{name}}}" for name in substitutions)
            raise MissingPlaceholderError(
                f"name {template!r} has an unknown placeholder {{{key}}}",
                hint=f"known are {known}; 'substitutions' of the step or pipeline add others",
            )
        return str(substitutions[key])

    return _PLACEHOLDER.sub(replace, template)


def check_run_name(name: str) -> str:
    """Return the name of a run, or raise `InvalidInputError`."""
    if not 1 <= len(name) <= MAX_LENGTH or not name.isprintable():
        raise InvalidInputError(
            f"run name {name[:60]!r} must have 1 to {MAX_LENGTH} printable characters"
        )
    return name


def fill_known(template: str, substitutions: Mapping[str, str]) -> str:
    """Replace the placeholders that are known; others stay as text."""
    return _PLACEHOLDER.sub(lambda found: str(substitutions.get(found[1], found[0])), template)
