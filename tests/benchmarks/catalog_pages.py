"""The page of a catalog with 100, 10,000 and 100,000 versions: its size, and its first rows."""

import shutil
import sqlite3
import statistics
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from artifactctl.client import Client
from tests.benchmarks.finding import fill_metadata
from tests.benchmarks.measuring import Row, Sample
from tests.benchmarks.starting import fill

COUNTS = (100, 10_000, 100_000)
MOST_BYTES, MOST_S = 6_000_000, 1.0


def catalog_pages(folder: Path, runs: int) -> list[Row]:
    """Writing a page, its size and the time until its first rows are there."""
    rows = []
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for count in COUNTS:
            path, written_s = written(folder / f"paged-{count}", count)
            times = [first_rows_s(launched, path) for _ in range(runs)]
            rows += [
                _row(f"page of {count:,}: written", [written_s], None),
                _row(f"page of {count:,}: first rows", times, MOST_S),
                _row(f"page of {count:,}: MB", [path.stat().st_size / 1e6], MOST_BYTES / 1e6),
            ]
        launched.close()
    return rows


def written(home: Path, count: int) -> tuple[Path, float]:
    """The page of a home with so many versions, and how long writing it took."""
    fill(home, count, artifacts=max(1, count // 100))
    fill_metadata(home, count)
    vary(home, count)
    path = home.with_suffix(".html")
    begun = time.perf_counter()
    client = Client(home)
    client.page(path)
    client.close()
    return path, time.perf_counter() - begun


def first_rows_s(browser: Browser, path: Path) -> float:
    """The time from the navigation until rows of versions are drawn, in a new context."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(
        "new MutationObserver((_, seen) => { if (document.querySelector('#rows-body .row')) {"
        " window.firstRows = performance.now(); seen.disconnect(); } })"
        ".observe(document, { childList: true, subtree: true });"
    )
    page.goto(f"{path.as_uri()}#view=versions")
    page.wait_for_function("window.firstRows")
    found = float(page.evaluate("window.firstRows")) / 1000
    context.close()
    return found


def vary(home: Path, count: int) -> None:
    """Digests and times as they are in life, and a run for each five versions."""
    with sqlite3.connect(home / "catalog.db") as connection:
        connection.executescript(f"""
            UPDATE artifact_version SET digest = 'blake3:' || lower(hex(randomblob(32))),
                size_bytes = abs(random()) % 1000000000,
                created = strftime('%Y-%m-%dT%H:%M:%S', 1767225600 + seq * 61 + abs(random()) % 60,
                    'unixepoch') || printf('.%06dZ', abs(random()) % 1000000);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count // 5})
            INSERT INTO run (seq, id, name, pipeline, status, started, ended, details, revision,
                recorded)
            SELECT i, lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4000-8000-' ||
                hex(randomblob(6))), 'nightly-' || i, 'training_' || (i % 20), 'completed',
                '2026-01-01T00:00:00.000000Z', '2026-01-01T00:01:00.000000Z', '{{}}', 0, 0 FROM n;
            INSERT INTO run_step (seq, id, run_seq, name, status, details, started, ended)
            SELECT seq, id, seq, 'fit', 'completed', '{{}}', started, ended FROM run;
            INSERT INTO step_version (step_seq, direction, name, version_seq)
            SELECT (seq + 4) / 5, iif(seq % 5 = 1, 'input', 'output'), 'n' || seq, seq
            FROM artifact_version;
            UPDATE artifact_version SET producer_step = 'fit', producer_run =
                (SELECT id FROM run WHERE run.seq = (artifact_version.seq + 4) / 5)
            WHERE seq % 5 <> 1;
        """)


def _row(what: str, values: list[float], limit: float | None) -> Row:
    """A row against its limit, in seconds or megabytes."""
    ours = [Sample(value / (limit or 1.0), 0.0) for value in values]
    print(f"{what}: {statistics.median(values):.2f}")
    return Row(what, "its limit", ours, [Sample(1.0, 0.0)] * len(ours), limit and 1.0)
