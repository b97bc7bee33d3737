"""Values from the environment, kept out of everything that is recorded."""

from collections.abc import Collection, Mapping
from typing import Any

HIDDEN = "***"


def without(value: Any, secrets: Collection[str]) -> Any:
    """The same JSON value with every secret in its texts replaced."""
    if isinstance(value, str):
        for secret in sorted(secrets, key=len, reverse=True):
            value = value.replace(secret, HIDDEN) if secret else value
        return value
    if isinstance(value, Mapping):
        return {key: without(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [without(item, secrets) for item in value]
    return HIDDEN if not isinstance(value, bool) and str(value) in secrets else value
