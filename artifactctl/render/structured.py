"""Results for programs: JSON, YAML, CSV and TSV."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from io import StringIO
from itertools import islice
from typing import Any, TextIO

from artifactctl.plain_text import escape_in_json, is_dangerous, is_unicode
from artifactctl.render.columns import cell
from artifactctl.render.stream import write

_YAML_BATCH = 50  # rows at a time: setting a dumper up costs as much as a few of them

Row = Mapping[str, Any]


def print_json(value: Any, out: TextIO) -> None:
    """Print any JSON value, indented."""
    out.write(_json(value, out) + "\n")


def print_json_page(rows: Iterable[Row], pagination: Mapping[str, int], out: TextIO) -> None:
    """Print the same as `print_json` for `{"items": rows, "pagination": …}`, row by row."""
    write(_json_page(rows, pagination, out), out)


def print_yaml(value: Any, out: TextIO) -> None:
    """Print any JSON value as YAML."""
    out.write(_yaml(value, out))


def print_yaml_page(rows: Iterable[Row], pagination: Mapping[str, int], out: TextIO) -> None:
    """Print the same as `print_yaml` for `{"items": rows, "pagination": …}`, in batches of rows."""
    write(_yaml_page(rows, pagination, out), out)


def print_separated(
    columns: Sequence[str], rows: Iterable[Row], out: TextIO, separator: str
) -> None:
    """Print a header and a line for each row as CSV (`,`) or TSV (a tab)."""
    print_cells(
        columns, ([cell(row[column]) for column in columns] for row in rows), out, separator
    )


def print_cells(
    header: Sequence[str], lines: Iterable[Sequence[str]], out: TextIO, separator: str
) -> None:
    """Print a header and lines of cells that are texts already; column names may repeat."""
    write(_separated(header, lines, separator), out)


def print_texts(
    names: Sequence[str], lines: Iterable[Sequence[str]], out: TextIO, separator: str
) -> None:
    """Print texts of users as cells, with escapes for what a terminal acts upon."""
    print_cells(list(map(cell, names)), (list(map(cell, line)) for line in lines), out, separator)


def _json_page(rows: Iterable[Row], pagination: Mapping[str, int], out: TextIO) -> Iterator[str]:
    yield '{\n  "items": ['
    end = "]"
    before = "\n    "
    for row in rows:
        yield before
        yield _json(row, out).replace("\n", "\n    ")
        before, end = ",\n    ", "\n  ]"
    yield end + ',\n  "pagination": ' + _json(pagination, out).replace("\n", "\n  ") + "\n}\n"


def _json(value: Any, out: TextIO) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=not is_unicode(out), default=list)
    return escape_in_json(text)


def _yaml_page(rows: Iterable[Row], pagination: Mapping[str, int], out: TextIO) -> Iterator[str]:
    unread = iter(rows)
    batch = list(islice(unread, _YAML_BATCH))
    yield "items:\n" if batch else "items: []\n"
    while batch:
        yield _yaml(batch, out)
        batch = list(islice(unread, _YAML_BATCH))
    yield _yaml({"pagination": pagination}, out)


def _yaml(value: Any, out: TextIO) -> str:
    import yaml  # noqa: PLC0415 (only this format needs it)

    # Through JSON: tuples, mappings and dataclass values become what the dumper knows.
    plain = json.loads(json.dumps(value, default=list))
    text: str = yaml.dump(
        plain, Dumper=_dumper(), sort_keys=False, allow_unicode=is_unicode(out), width=1 << 20
    )
    return escape_in_json(text)


@cache
def _dumper() -> Any:
    import yaml  # noqa: PLC0415 (as above)

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        """Puts texts that need escapes into double quotes."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    def represent_text(dumper: Any, text: str) -> Any:
        style = '"' if is_dangerous(text) else None
        text = text.encode("utf-8", "backslashreplace").decode()  # YAML has no lone surrogates
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent_text)
    return Dumper


def _separated(
    header: Sequence[str], lines: Iterable[Sequence[str]], separator: str
) -> Iterator[str]:
    line = StringIO()
    writer = csv.writer(line, delimiter=separator, lineterminator="\n")
    writer.writerow(header)
    for cells in lines:
        yield line.getvalue()
        line.seek(0)
        line.truncate()
        writer.writerow(cells)
    yield line.getvalue()
