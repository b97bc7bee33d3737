// The page as a whole: its title, its views, and what they share.
import { byId, keepingFocus } from "./dom.js";
import { ALL_VIEWS, VIEWS, columns, content, hasCharts, noun } from "./content.js";
import { library } from "./charts.js";
import { prepareChoosing, prepareGrouping } from "./choosing.js";
import { drawCurves, pointCurve, prepareCurves } from "./curves.js";
import { drawParallel, point, prepareParallel } from "./parallel.js";
import { drawRuns, keepInside } from "./runs.js";
import { drawScatter, pointScatter, prepareScatter } from "./scatter.js";
import { fragment } from "./link.js";
import { onChange, state, update, writeLink } from "./state.js";
import { prepareExporting } from "./exporting.js";
import { drawImportance, prepareImportance } from "./importance.js";
import { drawTable, prepareTable } from "./table.js";
import { hideTooltip } from "./tooltip.js";

const DRAWINGS = {
  table: drawTable,
  curves: drawCurves,
  importance: drawImportance,
  parallel: drawParallel,
  scatter: drawScatter,
};
const dark = matchMedia("(prefers-color-scheme: dark)");

function draw() {
  keepingFocus(() => {
    drawTheme();
    for (const view of VIEWS) drawTab(view);
    hideTooltip();
    drawRuns(pointOut);
    DRAWINGS[state.view]();
  });
}

function pointOut(column) {
  if (state.view === "parallel") point(column);
  if (state.view === "scatter") pointScatter(column);
  if (state.view === "curves") pointCurve(column);
}

function drawTheme() {
  const isDark = state.theme === "dark" || (state.theme === "auto" && dark.matches);
  document.documentElement.dataset.dark = String(isDark);
  byId("theme").value = state.theme;
}

function drawTab(view) {
  const isShown = state.view === view;
  const tab = byId(`tab-${view}`);
  tab.setAttribute("aria-selected", String(isShown));
  tab.tabIndex = isShown ? 0 : -1;
  byId(`view-${view}`).hidden = !isShown;
}

// The arrow keys move between tabs, as is usual for tabs.
function onTabKey(event) {
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!way) return;
  const next = VIEWS[(VIEWS.indexOf(state.view) + way + VIEWS.length) % VIEWS.length];
  update({ view: next });
  byId(`tab-${next}`).focus();
}

function prepareControls() {
  for (const view of VIEWS) byId(`tab-${view}`).addEventListener("click", () => update({ view }));
  byId("tabs").addEventListener("keydown", onTabKey);
  listen("theme", "change", ({ value }) => ({ theme: value }));
  listen("filter", "input", ({ value }) => ({ filter: value }));
  listen("differing", "change", ({ checked }) => ({ differing: checked }));
  listen("changes", "change", ({ value }) => ({ changes: value }));
  listen("baseline", "change", ({ value }) => ({ baseline: Number(value) }));
  listen("show-all", "click", () => ({ hidden: [] }));
  listen("clear", "click", () => ({ brush: {} }));
  byId("keep").addEventListener("click", keepInside);
  byId("copy").addEventListener("click", copyLink);
}

function listen(id, name, changes) {
  byId(id).addEventListener(name, (event) => update(changes(event.target)));
}

async function copyLink() {
  writeLink();
  const address = location.href.split("#")[0] + (fragment(state) ? `#${fragment(state)}` : "");
  try {
    await navigator.clipboard.writeText(address);
    byId("copied").textContent = "Link copied";
  } catch {
    byId("copied").textContent = "Copy the address of this page: it has everything";
  }
  setTimeout(() => (byId("copied").textContent = ""), 4000);
}

function drawTitle() {
  const title = `${columns.length} ${noun}${columns.length === 1 ? "" : "s"} compared`;
  document.title = title;
  byId("title").textContent = title;
  byId("tabs").hidden = VIEWS.length === 1;
  for (const view of ALL_VIEWS) byId(`tab-${view}`).hidden = !VIEWS.includes(view);
  byId("no-charts").hidden = hasCharts;
  byId("empty").hidden = columns.length > 0;
  byId("summary").textContent = content.rows.length
    ? `${content.rows.length} rows`
    : "nothing is known of them";
}

drawTitle();
prepareControls();
prepareTable();
prepareGrouping();
prepareExporting();
prepareImportance();
prepareChoosing();
prepareParallel();
prepareScatter();
prepareCurves();
onChange(draw);
dark.addEventListener("change", draw);
addEventListener("resize", () => update({}));
addEventListener("scroll", hideTooltip, { passive: true, capture: true });
draw();
if (VIEWS.includes("scatter")) (window.requestIdleCallback ?? setTimeout)(library);
