"""Changing the settings in a home's `config.yaml`, with what a person wrote around them.

Only the value, or the line, of one setting is replaced. The folder is locked meanwhile, so that of
two changes at once none is lost, and the file is replaced atomically.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from artifactctl import config_file
from artifactctl import settings as reading
from artifactctl.config_file import CONFIG_FILE
from artifactctl.drafts import replace, take_lock
from artifactctl.durable import sync_folder
from artifactctl.errors import BusyError, InvalidInputError, WrongUsageError
from artifactctl.home import access
from artifactctl.settings import KEYS, Settings
from artifactctl.suggestions import suggestion
from artifactctl.yaml_text import parse_events, parse_yaml

_WAIT_S = 10.0
_PAUSE_S = 0.02

Span = tuple[int, int, int]
"""Where in a text a setting begins, where its value does, and where that ends."""


def check_key(key: str) -> str:
    """Return the key of a setting; raises `WrongUsageError` for an unknown one."""
    if key not in KEYS:
        raise WrongUsageError(f"there is no setting {key!r}", hint=suggestion(key, KEYS))
    return key


def set_value(settings: Settings, key: str, value: str) -> bool:
    """Write a setting into the home's config file; return whether that changed it.

    The home is made when it does not exist. Raises `WrongUsageError` or `InvalidInputError` for a
    value that is wrong, and `UnsafeError` in a home that this user may only read.
    """
    check_key(key)
    if not value.isprintable():
        raise InvalidInputError(f"the value of {key!r} has characters that cannot be printed")
    reading.check_value(key, value, settings.home_path)
    return _change(settings, lambda text: _with(text, key, _typed(key, value)))


def unset_value(settings: Settings, key: str) -> bool:
    """Remove a setting from the home's config file; return whether it was there."""
    check_key(key)
    access.check_writable(settings)
    if not (settings.home_path / CONFIG_FILE).exists():
        return False
    return _change(settings, lambda text: _without(text, key))


def _change(settings: Settings, edit: Callable[[str], str]) -> bool:
    access.check_writable(settings)
    home = settings.home_path
    reading.make_home(home)
    path = home / CONFIG_FILE
    with _locked(home):
        config_file.read_config(home)  # what is wrong in it is for a person to see
        before = config_file.config_text(home)
        after = edit(before)
        if after == before:
            return False
        replace(path, after.encode())
        sync_folder(str(home))
    return True


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Hold the lock of a folder; raises `BusyError` when another process keeps it too long."""
    descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    until = time.monotonic() + _WAIT_S
    try:
        while not take_lock(descriptor):
            if time.monotonic() > until:
                raise BusyError(f"another process changes settings of {home}", hint="try again")
            time.sleep(_PAUSE_S)
        yield
    finally:
        os.close(descriptor)


def _typed(key: str, value: str) -> str | int | float:
    """The value as YAML has it: a number of seconds is a number."""
    if key != "timeout":
        return value
    seconds = float(value)
    if seconds.is_integer():
        return int(seconds)
    return seconds if "e" not in repr(seconds) else value  # 1e-05 is a text in YAML


def _written(value: object) -> str:
    return repr(value) if isinstance(value, int | float) else config_file.quoted(str(value))


def _with(text: str, key: str, value: str | float) -> str:
    known = _values(text)
    if known.get(key) == value:
        return text
    span, written = _spans(text).get(key), _written(value)
    if span is not None:
        changed = text[: span[1]] + written + text[span[2] :]
    else:
        changed = text + "\n" * (text != "" and not text.endswith("\n")) + f"{key}: {written}\n"
    return _if_right(changed, {**known, key: value})


def _without(text: str, key: str) -> str:
    known = _values(text)
    if key not in known:
        return text
    begin, _, end = _spans(text).get(key, (0, 0, 0))
    line = text.rfind("\n", 0, begin) + 1
    next_line = text.find("\n", end) + 1 or len(text)
    wanted = {name: value for name, value in known.items() if name != key}
    return _if_right(text[:line] + text[next_line:], wanted)


def _if_right(text: str, wanted: dict[str, Any]) -> str:
    """The text if it has these settings; else they are written anew, without comments."""
    try:
        if _values(text) == wanted:
            return text
    except InvalidInputError:
        pass
    return "".join(f"{key}: {_written(value)}\n" for key, value in wanted.items())


def _values(text: str) -> dict[str, Any]:
    value = parse_yaml(text, CONFIG_FILE)
    return value if isinstance(value, dict) else {}


def _spans(text: str) -> dict[str, Span]:
    """Where the settings are in a text that is a mapping of plain values."""
    spans: dict[str, Span] = {}
    scalars = [event for event in parse_events(text) if isinstance(event, yaml.ScalarEvent)]
    for key, value in zip(scalars[::2], scalars[1::2], strict=False):
        marks = (key.start_mark, value.start_mark, value.end_mark)
        begin, start, end = (0 if mark is None else mark.index for mark in marks)
        spans[key.value] = begin, start, end
    return spans
