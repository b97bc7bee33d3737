// The table: a row for each key and a column for each run or version, or the other way round.
import { byId, h, options } from "./dom.js";
import { columns, noun, rows } from "./content.js";
import { cell } from "./cells.js";
import { drawGrouping } from "./choosing.js";
import { corner, itemHead, keyHead } from "./heads.js";
import { isGrouped } from "./items.js";
import { isPinned, matching, orderedItems } from "./ordering.js";
import { signature, state, update } from "./state.js";

const TITLES = { facts: `About the ${noun}s`, metadata: "Metadata", outputs: "Outputs", parameters: "Parameters" };
const PARTS = ["filter", "sort", "order", "changes", "baseline", "differing", "hidden", "pinned"];
const MORE_PARTS = ["runs", "group", "without"];
const MOST_KEYS = { columns: 400, rows: 60 }; // more are drawn when the user asks for them
const MOST_CELLS = 12_000;
const AT_ONCE = 12; // lines before the browser may paint; doubled after each paint

let isWhole = false;
let drawn = "";
let filling = 0;

export function prepareTable() {
  byId("rest").addEventListener("click", showRest);
  byId("every-key").addEventListener("click", () => update({ without: [] }));
  for (const one of document.querySelectorAll("[name=runs]"))
    one.addEventListener("change", () => update({ runs: one.value }));
}

export function drawTable() {
  const now = signature([...PARTS, ...MORE_PARTS], isWhole);
  drawControls();
  if (now === drawn) return;
  // The rows that were scrolled to must exist again. Reading the position forces a layout, so not
  // when the table is drawn first.
  const isScrolled = drawn && byId("grid").parentElement.scrollTop > 0;
  drawn = now;
  const [keys, items] = [matching(), orderedItems()];
  const first = keys.slice(0, mostOf(items.length));
  const isLying = state.runs === "rows";
  const lines = isLying ? items : first;
  byId("grid").replaceChildren(head(isLying ? first : items, isLying));
  byId("grid").classList.toggle("lying", isLying);
  fill(lines, isLying ? first : items, isScrolled ? lines.length : AT_ONCE, ++filling);
  drawCounts(keys.length, first.length);
}

function mostOf(count) {
  if (isWhole) return Infinity;
  return Math.min(MOST_KEYS[state.runs], Math.max(20, Math.floor(MOST_CELLS / Math.max(1, count))));
}

function drawCounts(count, shown) {
  byId("none").hidden = count > 0;
  byId("rest").hidden = count <= shown;
  const named = state.runs === "rows" ? "keys" : "rows";
  byId("rest").textContent = `Show the other ${count - shown} ${named}`;
  byId("row-count").textContent = `${count} of ${rows.length} ${named}`;
  byId("every-key").hidden = state.without.length === 0;
  byId("every-key").textContent = `Show ${state.without.length} hidden`;
}

// Appends lines, a batch at a time, so that the page stays responsive.
function fill(list, heads, count, turn) {
  if (turn !== filling) return;
  const isLying = state.runs === "rows";
  for (const one of list.slice(0, count))
    bodyOf(isLying ? "items" : one.group, heads).append(line(one, heads, isLying));
  stickPinned(heads, isLying);
  const rest = list.slice(count);
  byId("grid").setAttribute("aria-busy", String(rest.length > 0));
  if (rest.length) requestAnimationFrame(() => setTimeout(fill, 0, rest, heads, 2 * count, turn));
}

function showRest() {
  isWhole = true;
  update({});
}

function drawControls() {
  const filter = byId("filter");
  if (filter.value !== state.filter) filter.value = state.filter;
  byId("differing").checked = state.differing;
  byId("changes").value = state.changes;
  drawGrouping();
  for (const one of document.querySelectorAll("[name=runs]")) one.checked = one.value === state.runs;
  const named = columns.map((column, index) => [String(index), column.shown]);
  if (!byId("baseline").options.length) options(byId("baseline"), [["Baseline", named]], "0");
  byId("baseline").value = String(state.baseline);
  for (const id of ["baseline", "changes"]) byId(id).parentElement.hidden = isGrouped();
}

function head(heads, isLying) {
  const cells = heads.map((one) => (isLying ? keyHead(one, "col") : itemHead(one, "col")));
  const title = isGrouped() ? "Group" : noun === "run" ? "Run" : "Version";
  return h("thead", {}, h("tr", {}, corner(title), ...cells));
}

function line(one, heads, isLying) {
  if (isLying) {
    const classes = isPinned(one) ? "pinned-row" : null;
    return h("tr", { class: classes }, itemHead(one, "row"), ...heads.map((row) => cell(row, one)));
  }
  const classes = one.differs ? "differs" : "equal";
  return h("tr", { class: classes }, keyHead(one, "row"), ...heads.map((item) => cell(one, item)));
}

// The last part of the table, or a new one where another group of keys begins.
function bodyOf(group, heads) {
  const last = [...byId("grid").tBodies].at(-1);
  if (last?.dataset.group === group) return last;
  const body = h("tbody", { "data-group": group });
  if (TITLES[group]) {
    const title = h("th", { scope: "colgroup", colspan: heads.length + 1 }, h("span", {}, TITLES[group]));
    body.append(h("tr", { class: "group" }, title));
  }
  byId("grid").append(body);
  return body;
}

// Pinned columns stay at the left, side by side.
function stickPinned(heads, isLying) {
  if (isLying || isGrouped() || !state.pinned.length) return;
  const first = [...byId("grid").tHead.rows[0].cells];
  let left = first[0].offsetWidth;
  for (const { column } of heads.filter(isPinned)) {
    const cells = byId("grid").querySelectorAll(`[data-column="${column}"]`);
    for (const one of cells) one.style.left = `${left}px`;
    left += cells[0].offsetWidth;
  }
}
