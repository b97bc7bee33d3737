// Putting the page together: it is drawn from its state, by asking where the rows are.
import { byId } from "../dom.js";
import { onChange, signature, state, update } from "../state.js";
import { drawComparison, prepareComparison } from "./comparing.js";
import { redrawCurves } from "./curving.js";
import { drawDetails, prepareDetails } from "./details.js";
import { chooseColumns, drawFilters, prepareFilters } from "./filters.js";
import { focusRows, placeAfter, prepareRows, refreshRows, showRows, showRowsAt } from "./grid.js";
import { drawLineage, prepareLineage } from "./lineage.js";
import { VIEWS } from "./link.js";
import { openSource } from "./opening.js";
import { setup } from "./unpacking.js";
import { count, go, moment } from "./words.js";

const TABLES = ["artifacts", "versions", "runs"];
const ASKED = ["view", "q", "type", "tag", "artifact", "sort", "columns"];
const dark = matchMedia("(prefers-color-scheme: dark)");
const SORTS = { artifacts: "name", versions: "artifact", runs: "name" };

let source = null;
let asked = "";
let turn = 0;
let isChanged = false;

function draw() {
  drawTheme();
  drawTabs();
  const table = TABLES.includes(state.view) ? state.view : null;
  byId("table").hidden = table === null;
  byId("lineage").hidden = state.view !== "lineage";
  byId("compare").hidden = state.view !== "compare";
  drawFilters(source, table);
  if (table) drawTable(table);
  if (state.view === "lineage") drawLineage(source, isChanged);
  if (state.view === "compare") drawComparison(source, isChanged);
  drawDetails(source, isChanged);
  redrawCurves();
  isChanged = false;
}

async function drawTable(table) {
  chooseColumns(source, table);
  const now = signature(ASKED, Boolean(state.open));
  if (now === asked && !isChanged) {
    refreshRows();
    return;
  }
  const isFollowing = isChanged && now === asked;
  const isNew = now.replace(/(true|false)]$/, "") !== asked.replace(/(true|false)]$/, "");
  asked = now;
  const mine = ++turn;
  const found = await source.ask(table, questionOf(table));
  const after = isFollowing && mine === turn ? await placeAfter(found) : null;
  if (mine !== turn) return;
  if (after) showRowsAt(table, found, after);
  else showRows(table, found, isNew);
  drawCount(table, found);
}

function questionOf(table) {
  const isOwn = state.sort && (state.sort.by.startsWith("metadata.") ? table !== "artifacts" : isSortOf(table, state.sort.by));
  return {
    text: state.q,
    type: table === "runs" ? "" : state.type,
    tag: state.tag,
    artifact: table === "versions" ? state.artifact : "",
    sort: isOwn ? state.sort : null,
  };
}

const OF_TABLES = {
  artifacts: ["name", "updated", "versions", "type", "tags", "size"],
  versions: ["artifact", "type", "tags", "size", "created"],
  runs: ["name", "status", "pipeline", "tags", "steps", "took", "started"],
};
const isSortOf = (table, by) => OF_TABLES[table].includes(by) || by === SORTS[table];

function drawCount(table, { total, error }) {
  const { count: all } = source.about();
  const noun = table.slice(0, -1);
  const isWhole = total === all[table];
  byId("found").textContent = isWhole ? count(total, noun) : `${total.toLocaleString("en")} of ${count(all[table] ?? total, noun)}`;
  byId("nothing").hidden = total > 0;
  byId("nothing").textContent = error ? `This is not understood: ${error}.` : all[table] ? `No ${noun} matches.` : `There are no ${table} yet.`;
}

function drawTheme() {
  document.documentElement.dataset.dark = String(state.theme === "dark" || (state.theme === "auto" && dark.matches));
  byId("theme").value = state.theme;
}

function drawTabs() {
  for (const view of VIEWS) {
    const tab = byId(`tab-${view}`);
    tab.setAttribute("aria-selected", String(view === state.view));
    tab.tabIndex = view === state.view ? 0 : -1;
  }
  byId("picked-count").textContent = state.picked.length ? String(state.picked.length) : "";
}

function show(view) {
  go({ view, sort: null, columns: view === "versions" || view === "runs" ? null : state.columns, open: TABLES.includes(view) ? "" : state.open });
}

function prepareTabs() {
  for (const view of VIEWS) byId(`tab-${view}`).addEventListener("click", () => show(view));
  byId("tabs").addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return;
    const next = VIEWS[(VIEWS.indexOf(state.view) + way + VIEWS.length) % VIEWS.length];
    show(next);
    byId(`tab-${next}`).focus();
  });
  byId("theme").addEventListener("change", ({ target }) => update({ theme: target.value }));
}

// `/` searches, Escape closes what is open and goes back to the rows.
function prepareKeys(close) {
  addEventListener("keydown", (event) => {
    const isTyping = Boolean(event.target.closest?.("input:not([type=checkbox]), select"));
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      byId("search").focus();
      byId("search").select();
    } else if (event.key === "Escape" && !document.querySelector(":popover-open")) {
      if (isTyping && state.q) update({ q: "" });
      else if (state.open) close();
      focusRows();
    }
  });
  byId("search").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    focusRows();
  });
}

function drawFacts() {
  const { written, notes, count: all } = source.about();
  byId("summary").textContent = `${count(all.versions, "version")} of ${count(all.artifacts, "artifact")}`;
  byId("written").textContent = source.isLive ? "" : `as of ${moment(Date.parse(written))}`;
  byId("notes").hidden = !notes.length;
  byId("notes").textContent = notes.length ? `Note: ${notes.join("; ")}.` : "";
}

// The first rows stand in the page itself: they are there before the rest is read and unpacked.
function showFirst() {
  const rows = setup.first?.[state.view];
  drawTheme();
  drawTabs();
  const isAsked = ["q", "type", "tag", "artifact", "sort"].some((name) => state[name]);
  if (!rows || isAsked) return;
  const at = (place) => rows[place] && { ...rows[place], value: () => undefined };
  showRows(state.view, { total: setup.first.count[state.view], at, need: () => null }, true);
}

async function start() {
  prepareRows();
  showFirst();
  source = await openSource();
  source.whenChanged?.(() => {
    isChanged = true;
    drawFacts();
    draw();
  });
  prepareTabs();
  prepareFilters(source);
  prepareLineage();
  prepareComparison();
  prepareKeys(prepareDetails(focusRows));
  onChange(draw);
  dark.addEventListener("change", draw);
  drawFacts();
  draw();
  document.body.dataset.ready = "rows";
  await source.rest;
  isChanged = true;
  draw();
  document.body.dataset.ready = "all";
}

start();
