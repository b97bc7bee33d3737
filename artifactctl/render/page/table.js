// The table: a row for each key, a column for each run or version.
import { byId, h, icon, keyParts, options, unseen } from "./dom.js";
import { columns, noun, rows, sortText } from "./content.js";
import { shownColumns } from "./axes.js";
import { byName, seconds, visible } from "./numbers.js";
import { cell } from "./cells.js";
import { signature, state, toggled, update } from "./state.js";
import { toggleColumn } from "./runs.js";

const GROUPS = { facts: `About the ${noun}s`, metadata: "Metadata", outputs: "Outputs", parameters: "Parameters" };
const PARTS = ["filter", "sort", "order", "changes", "baseline", "differing", "hidden", "pinned"];
const MOST_ROWS = 400; // more are drawn when the user asks for them
const AT_ONCE = 12; // rows before the browser may paint; doubled after each paint

let most = MOST_ROWS;
let drawn = "";
let filling = 0;

export function drawTable() {
  const now = signature(PARTS, most);
  drawControls();
  if (now === drawn) return;
  // The rows that were scrolled to must exist again. Reading the position forces a layout, so not
  // when the table is drawn first.
  const isScrolled = drawn && byId("grid").parentElement.scrollTop > 0;
  drawn = now;
  const shown = orderedColumns();
  const matching = Object.keys(GROUPS).flatMap(matchingOf);
  const first = matching.slice(0, most);
  const count = isScrolled ? first.length : AT_ONCE;
  byId("grid").replaceChildren(head(shown));
  fill(first, shown, count, ++filling);
  byId("none").hidden = matching.length > 0;
  byId("rest").hidden = matching.length <= most;
  byId("rest").textContent = `Show the other ${matching.length - first.length} rows`;
  byId("row-count").textContent = `${matching.length} of ${rows.length} rows`;
}

// Appends rows, a batch at a time, so that the page stays responsive.
function fill(list, shown, count, turn) {
  if (turn !== filling) return;
  const grid = byId("grid");
  for (const row of list.slice(0, count)) bodyOf(row.group, shown).append(line(row, shown));
  stickPinned(shown);
  const rest = list.slice(count);
  grid.setAttribute("aria-busy", String(rest.length > 0));
  if (rest.length) requestAnimationFrame(() => setTimeout(fill, 0, rest, shown, 2 * count, turn));
}

export function showRest() {
  most = Infinity;
  update({});
}

function drawControls() {
  const filter = byId("filter");
  if (filter.value !== state.filter) filter.value = state.filter;
  byId("differing").checked = state.differing;
  byId("changes").value = state.changes;
  const named = columns.map((column, index) => [String(index), column.shown]);
  if (!byId("baseline").options.length) options(byId("baseline"), [["Baseline", named]], "0");
  byId("baseline").value = String(state.baseline);
}

const matchingOf = (group) => sortedRows(rows.filter((row) => row.group === group && isShown(row)));

// Part of a key, or a pattern with `*` and `?` for the whole key; case is ignored.
function isShown(row) {
  if (state.differing && !row.differs) return false;
  const wanted = state.filter.trim().toLowerCase();
  const key = row.id.toLowerCase();
  if (!/[*?]/.test(wanted)) return key.includes(wanted);
  const pattern = wanted
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern}$`, "su").test(key);
}

function orderedColumns() {
  const shown = shownColumns();
  if (state.order) {
    const row = rows.find(({ id }) => id === state.order.by);
    shown.sort((a, b) => compare(row, a, row, b, state.order.isDown));
  }
  return [...shown.filter(isPinned), ...shown.filter((index) => !isPinned(index))];
}

const isPinned = (index) => state.pinned.includes(index);

function sortedRows(list) {
  const { sort } = state;
  if (!sort) return list;
  const way = sort.isDown ? -1 : 1;
  if (sort.by === "key") return list.toSorted((a, b) => way * byName(a.id, b.id));
  return list.toSorted((a, b) => compare(a, sort.by, b, sort.by, sort.isDown));
}

// Numbers before texts; missing values come last in both directions.
function compare(row, column, other, otherColumn, isDown) {
  const [rank, otherRank] = [rankOf(row, column), rankOf(other, otherColumn)];
  if (rank !== otherRank) return rank - otherRank;
  const way = isDown ? -1 : 1;
  if (rank === 0) return way * (row.numbers[column] - other.numbers[otherColumn]);
  return way * byName(sortText(row, column), sortText(other, otherColumn));
}

function rankOf(row, column) {
  if (row.missing[column]) return 2;
  return row.kind === "number" ? 0 : 1;
}

function head(shown) {
  const sortByKey = sortButton("Key", "key", state.sort, (sort) => update({ sort }));
  const corner = h(
    "th",
    { scope: "col", class: "corner", "aria-sort": ariaSort(state.sort, "key") },
    sortByKey,
  );
  return h("thead", {}, h("tr", {}, corner, ...shown.map(columnHead)));
}

function columnHead(index) {
  const column = columns[index];
  const classes = [isPinned(index) ? "pinned" : "", index === state.baseline ? "baseline" : ""];
  return h(
    "th",
    {
      scope: "col",
      class: classes.join(" "),
      "data-column": index,
      "aria-sort": ariaSort(state.sort, index),
    },
    sortButton(column.shown, index, state.sort, (sort) => update({ sort })),
    h(
      "span",
      { class: "tools" },
      index === state.baseline ? h("span", { class: "mark" }, "baseline") : facts(column),
      tool("pin", isPinned(index) ? "Unpin" : "Pin", index, isPinned(index), () =>
        update({ pinned: toggled(state.pinned, index) }),
      ),
      tool("hide", "Hide", index, null, () => toggleColumn(index)),
    ),
  );
}

function facts({ status, duration_s: duration, type }) {
  const words = [status, duration === null ? null : seconds(duration), type].filter(Boolean);
  return h("span", { class: "facts" }, words.map(visible).join(", "));
}

function tool(drawing, verb, index, isPressed, onclick) {
  const label = `${verb} ${columns[index].shown}`;
  const names = { "aria-label": label, title: label, "data-focus": `${drawing} ${index}` };
  return h(
    "button",
    { type: "button", class: "tool", "aria-pressed": isPressed, ...names, onclick },
    icon(drawing),
  );
}

// Ascending, descending, and back to the original order.
function sortButton(text, by, current, onSort) {
  const isDown = current?.by === by ? current.isDown : null;
  const next = isDown === null ? { by, isDown: false } : isDown ? null : { by, isDown: true };
  const drawing = isDown === null ? "unsorted" : isDown ? "down" : "up";
  const label = typeof text === "string" ? [h("span", { class: "name" }, text)] : text;
  return h(
    "button",
    { type: "button", class: "sort", "data-focus": `sort ${by}`, onclick: () => onSort(next) },
    ...label,
    icon(drawing),
  );
}

function ariaSort(current, by) {
  if (current?.by !== by) return "none";
  return current.isDown ? "descending" : "ascending";
}

// The last part of the table, or a new one where another group begins.
function bodyOf(group, shown) {
  const last = [...byId("grid").tBodies].at(-1);
  if (last?.dataset.group === group) return last;
  const title = h(
    "th",
    { scope: "colgroup", colspan: shown.length + 1 },
    h("span", {}, GROUPS[group]),
  );
  const body = h("tbody", { "data-group": group }, h("tr", { class: "group" }, title));
  byId("grid").append(body);
  return body;
}

function line(row, shown) {
  const name = h("span", { class: "key", title: row.shown }, ...keyParts(row.shown));
  const button = sortButton([name, goal(row)].filter(Boolean), row.id, state.order, (order) =>
    update({ order }),
  );
  button.title = `${row.shown}: sort ${noun}s by it`;
  const header = h("th", { scope: "row", "aria-sort": ariaSort(state.order, row.id) }, button);
  return h(
    "tr",
    { class: row.differs ? "differs" : "equal" },
    header,
    ...shown.map((index) => cell(row, index)),
  );
}

function goal(row) {
  if (!row.goal) return null;
  const isUp = row.goal === "maximize";
  return h(
    "span",
    { class: "goal" },
    h("span", { "aria-hidden": true }, isUp ? "↗" : "↘"),
    unseen(isUp ? "higher is better" : "lower is better"),
  );
}

// Pinned columns stay at the left, side by side.
function stickPinned(shown) {
  if (!state.pinned.length) return;
  const heads = [...byId("grid").tHead.rows[0].cells];
  let left = heads[0].offsetWidth;
  for (const index of shown.filter(isPinned)) {
    const cells = byId("grid").querySelectorAll(`[data-column="${index}"]`);
    for (const one of cells) one.style.left = `${left}px`;
    left += cells[0].offsetWidth;
  }
}
