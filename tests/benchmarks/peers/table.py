"""The comparison as a Markdown table, where anyone is ahead of us first."""

from collections.abc import Iterator, Sequence

from tests.benchmarks.peers.results import LIMIT, OURS, Cell, Comparison, Line


def table(comparison: Comparison) -> str:
    """Medians of wall seconds, the shortest in brackets; the fastest in bold."""
    names = list(comparison.titles)
    heads = [f"{comparison.titles[n]} {comparison.versions[n]}".strip() for n in names]
    lines = [f"| seconds | {' | '.join(heads)} |", f"|---{'|--:' * len(names)}|"]
    for line in comparison.sorted_lines():
        cells = (_cell(line, name) for name in names)
        lines.append(f"| {line.title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(line: Line, name: str) -> str:
    cell = line.cells.get(name, Cell())
    if cell.median is None or cell.least is None:
        return "–"
    text = seconds(cell.median)
    fastest = min(
        found
        for other, found in ((n, c.median) for n, c in line.cells.items())
        if other != LIMIT and found is not None
    )
    if name != LIMIT and cell.median == fastest:
        text = f"**{text}**"
    if seconds(cell.least) != seconds(cell.median):
        text += f" ({seconds(cell.least)})"
    return f"{text}, {cell.failed} failed" if cell.failed else text


def seconds(value: float) -> str:
    """Two figures that count, three below ten seconds and above a tenth."""
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def notes(comparison: Comparison) -> str:
    """What the rows are for each program, what it cannot do, and who is not there and why."""
    lines = [f"- {name} is left out: {reason}." for name, reason in comparison.skipped.items()]
    for name in comparison.titles:
        told = "; ".join(_told(comparison.lines, name))
        if told:
            lines.append(f"- **{comparison.titles[name]}**: {told}.")
    return "\n".join(lines) + ("\n" if lines else "")


def _told(lines: Sequence[Line], name: str) -> Iterator[str]:
    """Remarks and reasons, each once, with the rows that it is for."""
    found: dict[str, list[str]] = {}
    for line in lines:
        reason = line.cells[name].reason if name in line.cells else ""
        for text in (f"– {reason}" if reason else "", line.remarks.get(name, "")):
            if text and not (name == LIMIT and reason):
                found.setdefault(text, []).append(line.key)
    for text, keys in found.items():
        yield f"{', '.join(f'`{key}`' for key in keys)}: {text.removeprefix('– ')}"


def machine_line(comparison: Comparison) -> str:
    """What it ran on, in one paragraph."""
    facts = comparison.machine
    loads = [load for line in comparison.lines for load in line.load]
    load = f"{min(loads):.1f} to {max(loads):.1f}" if loads else "unknown"
    return (
        f"Measured on {facts['date']} with artifactctl {comparison.versions[OURS]}"
        f" ({facts['commit']}), Python {facts['python']}, on {facts['kernel']},"
        f" {facts['processor']}, {facts['cores']} cores, {facts['memory']} of memory,"
        f" {facts['disk']}; {comparison.rounds} rounds, load average {load}.\n"
    )
