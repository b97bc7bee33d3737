"""Names of columns as the keys of facts: one for each column, whatever their labels are."""

from collections.abc import Iterable
from typing import Any

from artifactctl.plain_values import numbered


def column_names(labels: Iterable[Any]) -> list[str]:
    """The labels as text; where several are the same text, the later ones are numbered."""
    return numbered(str(label).encode("utf-8", "backslashreplace").decode() for label in labels)
