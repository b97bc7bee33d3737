"""Parsing of filters as users write them: `VALUE` or `OPERATOR:VALUE`, with ZenML's operators.

If the text before the first `:` is not an operator, the whole text is the value.
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from artifactctl.catalog.cells import is_text
from artifactctl.errors import InvalidInputError, WrongUsageError

OPERATORS = (
    "equals",
    "notequals",
    "contains",
    "notcontains",
    "startswith",
    "endswith",
    "oneof",
    "notoneof",
    "isnull",
    "isnotnull",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
)
EQUALITY = ("equals", "notequals", "isnull", "isnotnull")
TEXT = tuple(operator for operator in OPERATORS if operator != "in")
ORDERED = (*EQUALITY, "oneof", "notoneof", "gt", "gte", "lt", "lte", "in")

COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
SEARCHES = ("contains", "startswith", "endswith")
_MOST_CHARACTERS = 10_000
_MOST_VALUES = 500  # in one filter: each may become a nested OR, and SQLite nests at most 1000
_OPPOSITES = {
    "notequals": "equals",
    "notcontains": "contains",
    "notoneof": "oneof",
    "isnull": "isnotnull",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One parsed filter. If `is_negated`, `operator` is the opposite of the one in `text`."""

    name: str
    text: str
    operator: str
    value: str
    is_negated: bool

    @classmethod
    def parse(cls, name: str, text: str, allowed: Sequence[str] = OPERATORS) -> "Filter":
        """Parse the text of a filter on the field `name`.

        Raises `WrongUsageError` for an operator that is not `allowed`, for a value where none
        belongs and for text that is too long, `InvalidInputError` for text that no database keeps.
        """
        if not is_text(text):
            raise InvalidInputError(f"filter {name}={text!r} is not valid Unicode without NUL")
        if len(text) > _MOST_CHARACTERS:
            raise WrongUsageError(
                f"filter {name}={text[:40]!r}… is longer than {_MOST_CHARACTERS} characters"
            )
        operator, value = _split(unicodedata.normalize("NFC", text))
        if operator not in allowed:
            raise WrongUsageError(
                f"filter {name}={text!r}: operator {operator!r} is not possible for this field",
                hint="use one of " + ", ".join(allowed),
            )
        if operator in ("isnull", "isnotnull") and value:
            raise WrongUsageError(f"filter {name}={text!r}: {operator} takes no value")
        positive = _OPPOSITES.get(operator, operator)
        return cls(name, text, positive, value, positive != operator)

    @property
    def as_typed(self) -> "Filter":
        """The same filter with its value as typed, not in NFC: metadata is not normalized."""
        return replace(self, value=_split(self.text)[1])

    def wrong(self, problem: str, hint: str) -> WrongUsageError:
        """The error for a value that is not valid for the field."""
        return WrongUsageError(f"filter {self.name}={self.text!r}: {problem}", hint=hint)

    @property
    def values(self) -> list[str]:
        """The values of `oneof` or `in`, which are written as a JSON list or separated by commas.

        Raises `WrongUsageError` for more than 500 values and for a malformed list.
        """
        words = self._words()
        if len(words) > _MOST_VALUES:
            raise self.wrong(f"more than {_MOST_VALUES} values", "split it into several queries")
        return words

    def _words(self) -> list[str]:
        if not self.value.lstrip().startswith("["):
            return [item.strip() for item in self.value.split(",")]
        try:
            values = json.loads(self.value)
        except (ValueError, RecursionError):
            raise self.wrong(
                "not a JSON list", f'write {self.operator}:a,b or {self.operator}:["a","b"]'
            ) from None
        words = [item if isinstance(item, str) else json.dumps(item) for item in values]
        if not all(is_text(word) for word in words):
            raise self.wrong("not valid Unicode without NUL", "leave out what is not text")
        return words


def _split(text: str) -> tuple[str, str]:
    operator, colon, value = text.partition(":")
    return (operator, value) if colon and operator in OPERATORS else ("equals", text)
