"""Removal of secret values, which come from the environment, from everything that is recorded."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

HIDDEN = "***"
_LEAST = 3  # characters: one or two letters occur in every text
_LEAST_LINE = 8


def worth_hiding(secrets: Collection[str]) -> frozenset[str]:
    """The texts to hide: secrets of some length, and their longer lines.

    Each text is there also in the escaped forms of JSON and Python.
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
        # The longest first: a secret may contain another one.
        for secret in sorted(secrets, key=len, reverse=True):
            value = value.replace(secret, HIDDEN) if secret else value
        return value
    if isinstance(value, Mapping):
        return {without(key, secrets): without(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without(item, secrets) for item in value]
    return HIDDEN if not isinstance(value, bool) and str(value) in secrets else value


class Mask:
    """Replaces every secret in a stream of bytes that comes in chunks.

    Bytes that may be the beginning of a secret are held back until the next chunk.
    """

    def __init__(self, secrets: Collection[str]) -> None:
        words = sorted({secret.encode() for secret in secrets if secret}, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, words))) if words else None
        self._words = words
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """Take a chunk and return the bytes that can be shown by now."""
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
        """The bytes held back, at the end of the stream."""
        text, self._held = self._held, b""
        return self._pattern.sub(HIDDEN.encode(), text) if self._pattern else text

    def _open_end(self, text: bytes) -> int:
        """The number of bytes at the end that may be the beginning of a secret."""
        first = len(text)
        for word in self._words:
            at = max(0, len(text) - len(word) + 1)
            while 0 <= at < first and not word.startswith(text[at:]):
                at = text.find(word[:1], at + 1, first)
            first = at if 0 <= at < first else first
        return len(text) - first
