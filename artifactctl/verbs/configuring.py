"""The settings with their sources, and changing them in the home's config file."""

import os

from artifactctl.home import Home, configuring
from artifactctl.results.maintenance import Configuring, ConfigValue
from artifactctl.settings import KEYS, load
from artifactctl.url_text import without_secrets

_ALSO = ("home", "cache")
_PLACES = {
    "catalog": "what is in the present one stays there: 'artifactctl catalog copy --to URL' takes"
    " it along",
    "store": "the bytes in the present one stay there: 'artifactctl copy --all --to HOME' takes"
    " everything along",
}


def values(home: Home) -> list[ConfigValue]:
    """Return all settings, without secrets; `home` and `cache` are in no config file."""
    return [_value(home, key) for key in (_ALSO[0], *KEYS, *_ALSO[1:])]


def value(home: Home, key: str) -> ConfigValue:
    """Return one setting, without secrets; raises `WrongUsageError` for an unknown one."""
    return _value(home, key if key in _ALSO else configuring.check_key(key))


def _value(home: Home, key: str) -> ConfigValue:
    setting = getattr(home.settings, key)
    shown = without_secrets(setting.value)
    if key == "cache":
        shown = home.settings.cache_folder or "off"
    return ConfigValue(key, shown or None, setting.source)


def change(home: Home, key: str, text: str | None) -> Configuring:
    """Set a setting in the config file, or remove it for None; return what is in force then."""
    before = home.settings
    if text is None:
        is_changed = configuring.unset_value(before, key)
    else:
        is_changed = configuring.set_value(before, key, text)
    after = load(before.home.value)
    now = getattr(after, key)
    notes = []
    if key in _PLACES and now.value != getattr(before, key).value:
        notes.append(f"{key} is another one now, and {_PLACES[key]}")
    variable = f"ARTIFACTCTL_{key.upper()}"
    if os.environ.get(variable):
        notes.append(f"{variable} is set, and overrides the config file")
    shown = ConfigValue(key, without_secrets(now.value) or None, now.source)
    return Configuring(shown, is_changed, tuple(notes))
