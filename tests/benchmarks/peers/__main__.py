"""`make bench PEERS=zenml,dvc`: the same work by artifactctl and by others, in one run.

Prints a table, and writes it to build/bench with all figures as JSON and a picture. The options
are given as ROWS=help,list, ROUNDS=5 and GUIDE=1, which also puts them into the guide `speed`.
"""

import argparse
import os
import sys
from pathlib import Path

from tests.benchmarks.peers import machine
from tests.benchmarks.peers.candidate import Candidate
from tests.benchmarks.peers.candidates import OWN, candidate_of
from tests.benchmarks.peers.environments import PEERS, SkippedError
from tests.benchmarks.peers.guide import put_into_guide
from tests.benchmarks.peers.picture import picture
from tests.benchmarks.peers.racing import race
from tests.benchmarks.peers.results import Comparison, from_json, to_json
from tests.benchmarks.peers.table import machine_line, notes, table
from tests.benchmarks.peers.work import Sizes, rows

OUT = Path("build/bench")
# Nothing of these is sensible to be divided further: they only try the comparison out.
SMALL = Sizes(
    big_bytes=4 << 20,
    files=200,
    changed=5,
    versions=2000,
    frame_rows=10_000,
    array_bytes=1_000_000,
    writers=2,
    saves=3,
)


def main() -> None:
    """Measure, or show what was measured before."""
    arguments = _arguments()
    if arguments.again:
        found = from_json(arguments.again.read_text())
        _write(found)
    else:
        found = _measured(arguments)
    if arguments.guide:
        put_into_guide(found)
    print((OUT / "peers.md").read_text())


def _write(found: Comparison) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "peers.md").write_text(f"{table(found)}\n{notes(found)}\n{machine_line(found)}")
    (OUT / "peers.json").write_text(to_json(found))
    (OUT / "peers.svg").write_text(picture(found))


def _arguments() -> argparse.Namespace:
    def names(known: list[str]) -> "type[str]":
        def parse(text: str) -> list[str]:
            found = list(known) if text == "all" else [n for n in text.split(",") if n]
            for name in found:
                if name not in known:
                    raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
            return found

        return parse  # type: ignore[return-value]

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=names(list(PEERS)), default=[], help="names, or all")
    keys = [row.key for row in rows(Sizes())]
    parser.add_argument("--rows", type=names(keys), default=keys, help="keys of rows, or all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="little work, to try this out")
    parser.add_argument("--folder", type=Path, default=None, help="where to work")
    parser.add_argument("--guide", action="store_true", help="put the result into the guide")
    parser.add_argument("--again", type=Path, help="measure nothing, show this peers.json")
    return parser.parse_args()


def _measured(arguments: argparse.Namespace) -> Comparison:
    candidates: list[Candidate] = [made() for made in OWN]
    skipped = {}
    for name in arguments.peers:
        try:
            candidates.append(candidate_of(name))
        except (SkippedError, OSError) as reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)
            skipped[name] = str(reason)
    # The limit stands last in the table.
    candidates.append(candidates.pop(1))
    sizes = SMALL if arguments.small else Sizes()
    folder = arguments.folder or Path(os.environ.get("TMPDIR", "/tmp"))
    wanted = [row for row in rows(sizes) if row.key in arguments.rows]
    found = Comparison(
        titles={candidate.name: candidate.title for candidate in candidates},
        versions={candidate.name: candidate.version for candidate in candidates},
        skipped=skipped,
        machine={**machine.facts(folder), "commit": machine.commit()},
        rounds=arguments.rounds,
        lines=[],
    )
    # Written each time: who breaks it off keeps what was measured.
    for line in race(candidates, wanted, sizes, arguments.rounds, folder):
        found.lines.append(line)
        _write(found)
    return found


if __name__ == "__main__":
    main()
