"""Names of columns as the keys of facts: one for each column, whatever their labels are."""

from collections.abc import Iterable
from typing import Any


def column_names(labels: Iterable[Any]) -> list[str]:
    """The labels as text; where several are the same text, the later ones are numbered.

    As pandas does on reading a CSV file: `a`, `a.1`, `a.2`.
    """
    texts = [str(label).encode("utf-8", "backslashreplace").decode() for label in labels]
    taken, numbers = set(texts), dict.fromkeys(texts, 0)
    seen: set[str] = set()
    names = []
    for text in texts:
        name = text
        while name in seen or (name != text and name in taken):
            numbers[text] += 1
            name = f"{text}.{numbers[text]}"
        seen.add(name)
        names.append(name)
    return names
