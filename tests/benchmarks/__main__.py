"""`make bench`: what must be fast, each against its yardstick in the same run.

`make bench ARGS="startup listing"` runs some of the groups; `--runs N` sets how often.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import (
    bytes_moved,
    catalog_pages,
    catalogs,
    comparing,
    finding,
    objects,
    runs,
    starting,
    stores,
)
from tests.benchmarks.measuring import Row, print_table

GROUPS: dict[str, Callable[[Path, int], list[Row]]] = {
    "startup": starting.startup,
    "listing": starting.listing,
    "completing": starting.completing,
    "finding": finding.finding,
    "big": bytes_moved.one_big_file,
    "many": bytes_moved.many_small_files,
    "saving": bytes_moved.many_registers,
    "importing": objects.importing,
    "objects": objects.objects,
    "runs": runs.shell_steps,
    "brushing": comparing.brushing,
    "pages": catalog_pages.catalog_pages,
    "team": lambda *given: [*catalogs.catalogs(*given), *stores.stores(*given)],
}


def main() -> None:
    """Run the groups that were asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=None, help="where to write")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        rows = []
        for name in arguments.groups or GROUPS:
            rows += GROUPS[name](Path(folder), arguments.runs)
        print_table(rows)


main()
