"""Answers to questions that are asked before they are needed, together with another question.

Over a network each question costs the time of a trip to the server and back. Code that knows what
will be asked says so, and then asks as usual.
"""

import re
import time
from collections.abc import Iterable, Sequence

from artifactctl.catalog.engine.protocol import Params, Query, Row

_Key = tuple[str, frozenset[tuple[str, object]]]

_AGE_S = 1.0  # an answer outside of a transaction serves no longer
_WRITTEN = re.compile(r"\b(?:INTO|UPDATE|FROM)\s+(\w+)")


class Foreseen:
    """Foreseen questions, and the answers that came; each answer serves once."""

    def __init__(self) -> None:
        self._waiting: dict[_Key, Query] = {}
        self._answers: dict[_Key, list[Row]] = {}
        self._since = 0.0

    def expect(self, queries: Iterable[Query]) -> None:
        """Add questions, to be sent together with the next one."""
        self._waiting |= {_key(*query): query for query in queries}

    def unsent(self, asked: Sequence[Query]) -> Sequence[Query]:
        """The questions that have no answer yet, without those that are `asked` just now."""
        for query in asked if self._waiting else ():
            self._waiting.pop(_key(*query), None)
        return list(self._waiting.values())

    def keep(self, query: Query, rows: list[Row]) -> None:
        """Keep the answer to a question, unless it was forgotten since it was sent."""
        if self._waiting.pop(_key(*query), None) is not None:
            self._answers[_key(*query)] = rows
            self._since = time.monotonic()

    def knows(self, query: Query) -> bool:
        """Whether a question is foreseen already, answered or not."""
        key = _key(*query)
        return key in self._answers or key in self._waiting

    def is_waiting(self, sql: str, params: Params) -> bool:
        """Whether a question is foreseen and has no answer yet."""
        return _key(sql, params) in self._waiting if self._waiting else False

    def take(self, sql: str, params: Params) -> list[Row] | None:
        """The answer to a question, which does not serve again; None if there is none."""
        return self._answers.pop(_key(sql, params), None) if self._answers else None

    def take_fresh(self, sql: str, params: Params) -> list[Row] | None:
        """The answer to a question, if it is of this second: others may have changed the rows."""
        if self._answers and time.monotonic() > self._since + _AGE_S:
            self._answers.clear()
        return self.take(sql, params)

    def heed(self, statement: str) -> None:
        """Forget the answers about the table that a statement changes."""
        changed = _WRITTEN.search(statement)
        if changed is None:
            self.clear()
            return
        named = re.compile(rf"\b(?:FROM|JOIN)\s+{changed[1]}\b")
        for key in [key for key in (*self._answers, *self._waiting) if named.search(key[0])]:
            self._answers.pop(key, None)
            self._waiting.pop(key, None)

    def forget_answers(self) -> None:
        """Forget all answers, but no question."""
        self._answers.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._waiting.clear()
        self._answers.clear()


def _key(sql: str, params: Params) -> _Key:
    return sql, frozenset(params.items())
