"""Results for programs: JSON, YAML, CSV and TSV."""

import csv
import json
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from artifactctl.render.columns import cell
from artifactctl.render.text import escape_in_json, is_dangerous


def print_json(value: Any, out: TextIO) -> None:
    """Print any JSON value, indented."""
    is_unicode = (out.encoding or "utf-8").lower().startswith("utf")
    text = json.dumps(value, indent=2, ensure_ascii=not is_unicode, default=list)
    out.write(escape_in_json(text) + "\n")


def print_yaml(value: Any, out: TextIO) -> None:
    """Print the same value as YAML."""
    # Only this format needs it.
    import yaml  # noqa: PLC0415

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        """Quotes what has to be shown as escapes."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    def represent_text(dumper: Any, text: str) -> Any:
        style = '"' if is_dangerous(text) else None
        text = text.encode("utf-8", "backslashreplace").decode()  # YAML has no lone surrogates
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent_text)
    plain = json.loads(json.dumps(value, default=list))
    document = yaml.dump(plain, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1 << 20)
    out.write(escape_in_json(document))


def print_separated(
    columns: Sequence[str], rows: Sequence[Mapping[str, Any]], out: TextIO, separator: str
) -> None:
    """Print a header and a line for each row, with `,` or a tab between values."""
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row[column]) for column in columns])
