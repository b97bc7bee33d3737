"""The comparison as a Markdown table, where anyone is ahead of us first."""

from collections.abc import Callable, Iterator, Sequence

from tests.benchmarks.peers.results import LIMIT, OURS, Cell, Comparison, Line

DASH = "\N{EN DASH}"


def table(comparison: Comparison) -> str:
    """Medians of wall seconds, the shortest in brackets; the fastest in bold."""
    names = list(comparison.titles)
    heads = [comparison.titles[name] for name in names]
    lines = [f"| seconds | {' | '.join(heads)} |", f"|---{'|--:' * len(names)}|"]
    for line in comparison.sorted_lines():
        cells = (_cell(line, name) for name in names)
        lines.append(f"| {line.title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(line: Line, name: str) -> str:
    cell = line.cells.get(name, Cell())
    if cell.median is None or cell.least is None:
        return DASH
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
        told = list(_told(comparison.lines, name, "", lambda line, n: line.remarks.get(n)))
        if name != LIMIT:
            told += _told(comparison.lines, name, DASH, lambda line, n: line.cells[n].reason)
        if told:
            lines.append(f"- **{comparison.titles[name]}**: {'; '.join(told)}.")
    return "\n".join(lines) + ("\n" if lines else "")


def _told(
    lines: Sequence[Line], name: str, word: str, text_of: Callable[[Line, str], str | None]
) -> Iterator[str]:
    """Each text once, with the rows that it is for."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if text := text_of(line, name):
            found.setdefault(text, []).append(line.key)
    for text, keys in found.items():
        yield f"{word} {text} ({', '.join(keys)})".lstrip()


def machine_line(comparison: Comparison) -> str:
    """What it ran on, in one paragraph."""
    facts = comparison.machine
    loads = [load for line in comparison.lines for load in line.load]
    load = f"{min(loads):.1f} to {max(loads):.1f}" if loads else "unknown"
    versions = ", ".join(
        f"{comparison.titles[name]} {version}"
        for name, version in comparison.versions.items()
        if version and name != OURS
    )
    return (
        f"Measured on {facts['date']} with artifactctl {comparison.versions[OURS]}"
        f" ({facts['commit']}), Python {facts['python']}, on {facts['kernel']},"
        f" {facts['processor']}, {facts['cores']} cores, {facts['memory']} of memory,"
        f" {facts['disk']}; ROUNDS={comparison.rounds}, load average {load}."
        f" Beside it: {versions or 'nobody'}.\n"
    )
