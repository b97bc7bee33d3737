"""How fast the page of a comparison answers: in a real browser, until what changed is painted."""

import shutil
import statistics
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from artifactctl.render.page import write_page
from tests.benchmarks.measuring import Row, Sample
from tests.render.page.comparisons import big

LIMIT_MS = 100.0

# From a pointer that moves until the frame after the next: by then the first has been painted.
_TIMED = """(moves) => new Promise(async (done) => {
  const painted = () => new Promise((r) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => r();
    port2.postMessage(0);
  }));
  const strip = document.querySelector(".strip");
  const box = strip.getBoundingClientRect();
  const at = (part) => ({ bubbles: true, pointerId: 1, pointerType: "mouse", button: 0, buttons: 1,
    clientX: box.left + 13, clientY: box.top + part * box.height });
  strip.setPointerCapture = () => {};
  strip.dispatchEvent(new PointerEvent("pointerdown", at(0.1)));
  const times = [];
  for (let move = 1; move <= moves; move += 1) {
    const before = performance.now();
    strip.dispatchEvent(new PointerEvent("pointermove", at(0.1 + (0.8 * move) / moves)));
    await painted();
    times.push(performance.now() - before);
  }
  strip.dispatchEvent(new PointerEvent("pointerup", at(0.9)));
  done(times);
})"""


def brushing(folder: Path, runs: int) -> list[Row]:
    """A range drawn on an axis of 20 runs with 200 numbers each: the usual axes, then all."""
    path = folder / "page.html"
    write_page(big(20, 200), path)
    every = ",".join(f"@{index}" for index in range(200))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        table = browser.new_page(viewport={"width": 1280, "height": 800})
        table.goto(path.as_uri())
        rows = [_opening(table, "the table")]
        for what, fragment in (("12 axes", ""), ("200 axes", f"&axes={every}")):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{path.as_uri()}#view=parallel{fragment}")
            rows += [_opening(page, what), _brush(page, what, runs * 10)]
        browser.close()
    return rows


def _opening(page: Page, what: str) -> Row:
    timing: dict[str, Any] = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    return _row(f"the page opens, {what}", [timing["domComplete"]], None)


def _brush(page: Page, what: str, moves: int) -> Row:
    times: list[float] = page.evaluate(_TIMED, moves)
    slowest, middle = max(times), statistics.median(times)
    print(f"{what}: {len(times)} moves, median {middle:.0f} ms, slowest {slowest:.0f} ms")
    return _row(f"a range follows the pointer, {what}", times, 1.0)


def _row(what: str, times_ms: list[float], limit: float | None) -> Row:
    ours = [Sample(time / 1000, 0.0) for time in times_ms]
    return Row(what, f"{LIMIT_MS:.0f} ms", ours, [Sample(LIMIT_MS / 1000, 0.0)] * len(ours), limit)
