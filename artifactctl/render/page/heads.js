// The heads of the table: of keys, of runs or versions, and of their groups.
import { h, icon, keyParts, unseen } from "./dom.js";
import { columns, noun } from "./content.js";
import { showDetails } from "./details.js";
import { countOf } from "./items.js";
import { seconds, visible } from "./numbers.js";
import { isPinned } from "./ordering.js";
import { toggleColumn } from "./runs.js";
import { state, toggled, update } from "./state.js";

export function corner(text) {
  const isKeys = state.runs === "columns";
  const child = isKeys
    ? sortButton("Key", "key", state.sort, (sort) => update({ sort }))
    : h("span", { class: "name" }, text);
  const sorting = isKeys ? { "aria-sort": ariaSort(state.sort, "key") } : {};
  return h("th", { scope: "col", class: "corner", ...sorting }, child);
}

// The head of a key: of a row, or of a column where the runs are rows.
export function keyHead(row, scope) {
  const name = h("span", { class: "key", title: row.shown }, ...keyParts(row.shown));
  const button = sortButton([name, goal(row)].filter(Boolean), row.id, state.order, (order) =>
    update({ order }),
  );
  button.title = `${row.shown}: sort ${noun}s by it`;
  const label = `Hide ${row.shown}`;
  const hide = h(
    "button",
    { type: "button", class: "tool away", title: label, "aria-label": label, "data-focus": `hide ${row.id}`, onclick: () => update({ without: [...state.without, row.id] }) },
    icon("close"),
  );
  return h("th", { scope, class: scope === "col" ? "of-key" : null, "aria-sort": ariaSort(state.order, row.id) }, h("span", { class: "of" }, button, hide));
}

// The head of a run or version, or of a group: of a column, or of a row.
export function itemHead(item, scope) {
  if (item.column === null) return groupHead(item, scope);
  const index = item.column;
  const column = columns[index];
  const classes = [isPinned(item) ? "pinned" : "", index === state.baseline ? "baseline" : ""];
  const isColumn = scope === "col";
  const attributes = {
    scope,
    class: classes.join(" "),
    "data-column": index,
    title: column.full === column.shown ? null : column.full,
    "aria-sort": isColumn ? ariaSort(state.sort, index) : null,
  };
  const name = isColumn
    ? sortButton(column.shown, index, state.sort, (sort) => update({ sort }))
    : opener(column.shown, index);
  return h("th", attributes, name, tools(item, column, index));
}

function tools(item, column, index) {
  return h(
    "span",
    { class: "tools" },
    index === state.baseline ? h("span", { class: "mark" }, "baseline") : facts(column),
    tool("about", "Details of", index, null, () => showDetails(index)),
    tool("pin", isPinned(item) ? "Unpin" : "Pin", index, isPinned(item), () =>
      update({ pinned: toggled(state.pinned, index) }),
    ),
    tool("hide", "Hide", index, null, () => toggleColumn(index)),
  );
}

function opener(text, index) {
  return h(
    "button",
    { type: "button", class: "sort", "data-focus": `open ${index}`, onclick: () => showDetails(index) },
    h("span", { class: "name" }, text),
  );
}

function groupHead(item, scope) {
  const name = h("span", { class: "sort" }, h("span", { class: "name" }, item.shown));
  return h("th", { scope }, name, h("span", { class: "tools" }, h("span", { class: "facts" }, countOf(item))));
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
