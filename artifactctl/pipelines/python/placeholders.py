"""Environment variables in the options `extra` and `settings`, as `${NAME}`."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from artifactctl.errors import NotFoundError
from artifactctl.pipelines.python.options import PipelineOptions, StepOptions

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_]\w*)\}", re.ASCII)

Options = TypeVar("Options", StepOptions, PipelineOptions)


class FromEnvironment(str):
    """A text with values from the environment, which no record may contain."""

    secrets: frozenset[str] = frozenset()


def with_environment(options: Options) -> Options:
    """The options with the values of environment variables.

    Raises `NotFoundError` (a `KeyError`) for a variable that is not set.
    """
    if not options.extra and not options.settings:
        return options
    return replace(options, extra=_filled(options.extra), settings=_filled(options.settings))


def secrets_in(options: StepOptions | PipelineOptions) -> set[str]:
    """The values from the environment in the options."""
    texts = (*_texts(options.extra), *_texts(options.settings))
    return {value for text in texts for value in text.secrets}


def _filled(value: Any) -> Any:
    if type(value) is str and _PLACEHOLDER.search(value):
        made = FromEnvironment(_PLACEHOLDER.sub(lambda found: _value_of(found[1]), value))
        made.secrets = frozenset(_value_of(name) for name in _PLACEHOLDER.findall(value))
        return made
    if isinstance(value, Mapping):
        return {key: _filled(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_filled, value))
    return value


def _value_of(name: str) -> str:
    if name not in os.environ:
        raise NotFoundError(
            f"environment variable {name!r} is not set", hint=f"set it, or remove ${{{name}}}"
        )
    return os.environ[name]


def _texts(value: Any) -> Iterator[FromEnvironment]:
    if isinstance(value, FromEnvironment):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif type(value) in (list, tuple):
        for item in value:
            yield from _texts(item)
