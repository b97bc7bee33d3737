"""The figures in the guide `speed`: put there by the run that measured them, never by hand."""

from pathlib import Path

from tests.benchmarks.peers.picture import picture
from tests.benchmarks.peers.results import LIMIT, OURS, Comparison
from tests.benchmarks.peers.table import machine_line, notes, table

GUIDES = Path(__file__).parents[3] / "artifactctl" / "guides"
BEGIN = "<!-- `make bench PEERS=all GUIDE=1` writes what follows -->\n"
END = "<!-- until here -->\n"


def put_into_guide(comparison: Comparison, folder: Path = GUIDES) -> None:
    """Replace the block of measured text in speed.md, and the picture beside it."""
    path = folder / "speed.md"
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no block to replace")
    text = "\n".join((f"{_result(comparison)}\n", table(comparison), notes(comparison)))
    block = f"{text}\n{machine_line(comparison)}"
    path.write_text(f"{before}{BEGIN}\n{block}\n{END}{after}", encoding="utf-8")
    (folder / "speed.svg").write_text(picture(comparison), encoding="utf-8")


def _result(comparison: Comparison) -> str:
    """In words, at which rows somebody is ahead."""
    lines = [line for line in comparison.lines if line.cells[OURS].median]
    behind = []
    for line in comparison.sorted_lines():
        names = [n for n in line.cells if n not in (OURS, LIMIT) and (line.ratio(n) or 1) < 1]
        if names and line in lines:
            behind.append(f"{line.title} ({', '.join(comparison.titles[n] for n in names)})")
    if not behind:
        return f"artifactctl is ahead in all {len(lines)} rows."
    ahead = len(lines) - len(behind)
    return (
        f"artifactctl is ahead in {ahead} of {len(lines)} rows. Ahead of it: {'; '.join(behind)}."
    )
