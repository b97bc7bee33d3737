// A table of any length: only the rows that can be seen exist.
import { byId, h, icon } from "../dom.js";
import { state, update } from "../state.js";
import { cardOf, columnsOf, nameOf } from "./columns.js";
import { go } from "./words.js";

const [ROW, CARD, EXTRA] = [38, 62, 8]; // pixels; rows beyond the edges
const [EDGE, GAP] = [20, 14]; // pixels beside a row, and between its cells
const narrow = matchMedia("(max-width: 760px)");
const place = () => byId("rows");
const body = byId("rows-body");
const drawn = new Map(); // elements of rows by position

let found = null;
let table = "";
let active = 0;
let frame = 0;

const height = () => (narrow.matches ? CARD : ROW);

// Shows the rows that were found; a new question begins at the top.
export function showRows(of, rows, isNew) {
  [table, found] = [of, rows];
  if (isNew) {
    place().scrollTop = 0;
    active = 0;
  }
  active = Math.max(0, Math.min(active, found.total - 1));
  clear();
  drawHead();
  body.style.height = `${found.total * height()}px`;
  place().setAttribute("aria-rowcount", String(found.total + 1));
  draw();
}

// Where to show the same question's rows after a change: rows that are above what is seen push it
// down, and the place follows. The rows that will be seen are waited for.
export async function placeAfter(rows) {
  const first = Math.floor(place().scrollTop / height());
  const seen = { first: await positionAfter(rows, first), active: await positionAfter(rows, active) };
  await rows.need(...rangeAt(place().scrollTop + (seen.first - first) * height(), rows.total));
  return { ...seen, moved: first ? seen.first - first : 0 };
}

async function positionAfter(rows, position) {
  const row = found?.at(position);
  if (!row) return position;
  const guess = position + rows.total - found.total;
  for (const middle of new Set([guess, position])) {
    await rows.need(Math.max(0, middle - EXTRA), Math.min(rows.total, middle + EXTRA));
    for (let at = middle - EXTRA; at < middle + EXTRA; at += 1) {
      const one = at < 0 ? null : rows.at(at);
      if (one && nameOf(one) === nameOf(row)) return at;
    }
  }
  return position;
}

export function showRowsAt(of, rows, { active: at, moved }) {
  const top = place().scrollTop + moved * height();
  showRows(of, rows, false);
  active = Math.max(0, Math.min(at, rows.total - 1));
  place().scrollTop = top;
  draw();
}

function clear() {
  for (const element of drawn.values()) element.remove();
  drawn.clear();
}

function drawHead() {
  const columns = columnsOf(table);
  const tracks = columns.map(({ track }) => track).join(" ");
  place().style.setProperty("--tracks", tracks);
  place().style.setProperty("--least", `${leastWidth(columns)}px`);
  byId("rows-head").replaceChildren(...columns.map(headCell));
}

// The width below which a table is scrolled: that of the tracks at their narrowest, and of the gaps.
const leastWidth = (columns) =>
  columns.reduce((sum, { track }) => sum + Number(/\d+/.exec(track)[0]), 2 * EDGE + (columns.length - 1) * GAP);

function headCell({ label, title, sort, isNumber }) {
  const current = sort && state.sort?.by === sort ? state.sort : null;
  const order = current ? (current.isDown ? "descending" : "ascending") : "none";
  const attributes = { role: "columnheader", class: isNumber ? "number" : "", "aria-sort": sort ? order : null, title };
  if (!sort) return h("span", attributes, label);
  const drawing = current ? (current.isDown ? "down" : "up") : "unsorted";
  const button = { type: "button", class: "sort", "data-focus": `sort ${sort}`, onclick: () => update({ sort: next(sort, isNumber) }) };
  return h("span", attributes, h("button", button, h("span", { class: "name" }, label), icon(drawing)));
}

// Numbers begin with the largest; then the other way, then as they were.
function next(by, isNumber) {
  const first = Boolean(isNumber);
  if (state.sort?.by !== by) return { by, isDown: first };
  return state.sort.isDown === first ? { by, isDown: !first } : null;
}

// The rows that are drawn when so much is scrolled away: from one position to before another.
const rangeAt = (top, total) => [
  Math.max(0, Math.floor(top / height()) - EXTRA),
  Math.min(total, Math.ceil((top + place().clientHeight) / height()) + EXTRA),
];

function draw() {
  frame = 0;
  if (!found) return;
  const [from, to] = rangeAt(place().scrollTop, found.total);
  for (const [position, element] of drawn) {
    if (position >= from && position < to) continue;
    element.remove();
    drawn.delete(position);
  }
  for (let position = from; position < to; position += 1) drawAt(position);
  mark();
  const asked = found;
  found.need(from, to)?.then(() => asked === found && later());
}

// A row that was waited for takes the place of what stood for it.
function drawAt(position) {
  const old = drawn.get(position);
  if (old && old.dataset.waits === undefined) return;
  const row = found.at(position);
  if (old && !row) return;
  old?.remove();
  drawn.set(position, row ? line(row, position) : waiting(position));
  body.append(drawn.get(position));
}

const later = () => (frame ||= requestAnimationFrame(draw));

function waiting(position) {
  const element = h("div", { class: "row waits", "data-waits": "" }, h("span"));
  element.style.transform = `translateY(${position * height()}px)`;
  return element;
}

function line(row, position) {
  const cells = narrow.matches
    ? [h("span", { role: "gridcell", class: "card" }, ...cardOf(table, row).filter(Boolean))]
    : columnsOf(table).map(({ cell, isNumber, id }) =>
        h("span", { role: "gridcell", class: isNumber ? "number" : `of-${id}` }, cell(row)),
      );
  const element = h(
    "div",
    { role: "row", class: "row", id: `row-${position}`, "aria-rowindex": position + 2, "data-name": nameOf(row), onclick: (event) => onClick(event, row, position) },
    ...cells,
  );
  element.style.transform = `translateY(${position * height()}px)`;
  return element;
}

function onClick(event, row, position) {
  active = position;
  if (event.target.closest("a") || event.ctrlKey || event.metaKey) return;
  go({ open: nameOf(row) });
}

function mark() {
  for (const [position, element] of drawn) {
    element.classList.toggle("active", position === active);
    element.setAttribute("aria-selected", String(element.dataset.name === state.open));
  }
  const current = drawn.get(active);
  if (current?.id) place().setAttribute("aria-activedescendant", current.id);
  else place().removeAttribute("aria-activedescendant");
}

// Redraws what depends on the state and not on the rows: ticks, and which one is open.
export function refreshRows() {
  for (const element of drawn.values()) {
    const box = element.querySelector("input[type=checkbox]");
    if (box) box.checked = state.picked.includes(element.dataset.name);
  }
  mark();
}

const MOVES = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12, Home: -Infinity, End: Infinity, j: 1, k: -1 };

const isForOthers = ({ ctrlKey, metaKey, altKey, target }) =>
  ctrlKey || metaKey || altKey || target.closest("button, input:not([type=checkbox])") !== null;

function onKey(event) {
  if (!found?.total || isForOthers(event)) return;
  const row = found.at(active);
  if (event.key in MOVES) moveTo(active + MOVES[event.key]);
  else if (event.key === "Enter" && row) go({ open: nameOf(row) });
  else if (event.key === " " && row) drawn.get(active)?.querySelector("input")?.click();
  else return;
  event.preventDefault();
}

// While details are open, they follow.
function moveTo(position) {
  active = Math.max(0, Math.min(found.total - 1, position));
  const top = active * height();
  const { scrollTop, clientHeight } = place();
  const room = clientHeight - byId("rows-head").offsetHeight;
  if (top < scrollTop) place().scrollTop = top;
  else if (top + height() > scrollTop + room) place().scrollTop = top + height() - room;
  const row = found.at(active);
  if (state.open && row) update({ open: nameOf(row) });
  draw();
}

const again = () => found && showRows(table, found, false);

export function prepareRows() {
  place().addEventListener("scroll", later, { passive: true });
  place().addEventListener("keydown", onKey);
  narrow.addEventListener("change", again);
  addEventListener("resize", later);
}

export const focusRows = () => place().focus({ preventScroll: true });
