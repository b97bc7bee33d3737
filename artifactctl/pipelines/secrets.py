"""Values from the environment, kept out of everything that is recorded."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

HIDDEN = "***"
_LEAST = 3  # characters: hiding a letter or two would hide every text
_LEAST_LINE = 8


def worth_hiding(secrets: Collection[str]) -> frozenset[str]:
    """What has to be hidden so that no secret is seen: those of some length, and their lines.

    Both also as JSON and Python write them between quotes.
    """
    whole = {secret for secret in secrets if len(secret) >= _LEAST}
    lines = {line for secret in whole for line in secret.splitlines()}
    plain = whole | {line for line in lines if len(line) >= _LEAST_LINE}
    return frozenset(plain | {way for text in plain for way in _escaped(text)})


def _escaped(text: str) -> tuple[str, ...]:
    ways = (json.dumps(text), json.dumps(text, ensure_ascii=False), repr(text))
    return tuple(way[1:-1] for way in ways)


def without(value: Any, secrets: Collection[str]) -> Any:
    """The same JSON value with every secret in its texts replaced."""
    if isinstance(value, str):
        for secret in sorted(secrets, key=len, reverse=True):
            value = value.replace(secret, HIDDEN) if secret else value
        return value
    if isinstance(value, Mapping):
        return {without(key, secrets): without(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without(item, secrets) for item in value]
    return HIDDEN if not isinstance(value, bool) and str(value) in secrets else value


class Mask:
    """Takes a stream of bytes in chunks and gives it back with every secret replaced.

    What may be the beginning of a secret is held back until the next chunk tells.
    """

    def __init__(self, secrets: Collection[str]) -> None:
        words = sorted({secret.encode() for secret in secrets if secret}, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, words))) if words else None
        self._words = words
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """What can be shown by now."""
        if self._pattern is None:
            return chunk
        text = self._held + chunk
        cut = len(text) - self._open_end(text)
        for found in self._pattern.finditer(text):
            if found.start() < cut < found.end():
                cut = found.start()
        self._held = text[cut:]
        return self._pattern.sub(HIDDEN.encode(), text[:cut])

    def rest(self) -> bytes:
        """What was held back, now that nothing follows."""
        text, self._held = self._held, b""
        return self._pattern.sub(HIDDEN.encode(), text) if self._pattern else text

    def _open_end(self, text: bytes) -> int:
        """How many bytes at the end may be the beginning of a secret."""
        first = len(text)
        for word in self._words:
            at = max(0, len(text) - len(word) + 1)
            while 0 <= at < first and not word.startswith(text[at:]):
                at = text.find(word[:1], at + 1, first)
            first = at if 0 <= at < first else first
        return len(text) - first
