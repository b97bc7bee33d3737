// One cell of the table.
import { byId, h, unseen } from "./dom.js";
import { cellText, change, columns, fullText } from "./content.js";
import { utcTime } from "./numbers.js";
import { state } from "./state.js";

const LONGEST = 120; // characters that a cell shows; a click shows the rest

export function cell(row, column) {
  const classes = [
    row.kind,
    row.unit === "order" ? "time" : "",
    state.pinned.includes(column) ? "pinned" : "",
  ];
  if (column === state.baseline) classes.push("baseline");
  if (row.missing[column])
    return td(classes, row, column, h("span", { class: "missing" }, "missing"));
  const isBest = row.best.includes(column);
  const isWorst = row.worst.includes(column);
  if (isBest) classes.push("best");
  if (isWorst) classes.push("worst");
  return td(classes, row, column, value(row, column), rank(isBest, isWorst), delta(row, column));
}

function td(classes, row, column, ...children) {
  const attributes = { class: classes.filter(Boolean).join(" "), title: titleOf(row, column) };
  return h("td", { ...attributes, "data-column": column }, ...children);
}

function titleOf(row, column) {
  if (row.missing[column]) return null;
  if (row.unit === "order") return utcTime(row.values[column]);
  const full = fullText(row, column);
  return row.kind === "number" && full !== cellText(row, column) ? full : null;
}

function value(row, column) {
  const text = cellText(row, column);
  if (text.length <= LONGEST) return h("span", { class: valueClass(row, column) }, text);
  const open = () => showText(row, column);
  const count = `${text.length.toLocaleString("en")} letters`;
  const button = h("button", { type: "button", class: "more", onclick: open }, `show all ${count}`);
  return h("span", { class: "long" }, `${text.slice(0, LONGEST)}… `, button);
}

function valueClass(row, column) {
  return row.kind === "category" && row.group !== "facts" && typeof row.values[column] !== "string"
    ? "value literal"
    : "value";
}

function rank(isBest, isWorst) {
  if (isBest)
    return h("span", { class: "rank" }, h("span", { "aria-hidden": true }, "★"), unseen("best"));
  if (isWorst)
    return h("span", { class: "rank" }, h("span", { "aria-hidden": true }, "▽"), unseen("worst"));
  return null;
}

function delta(row, column) {
  const found = change(row, column, state.baseline, state.changes);
  if (!found) return null;
  const isUp = found.number > 0;
  if (found.number === 0) return row.differs ? h("span", { class: "delta" }, "=") : null;
  // The colour repeats what the sign and the arrow beside the key say.
  const isGood = row.goal && isUp === (row.goal === "maximize");
  const way = row.goal ? (isGood ? "better" : "worse") : "";
  return h("span", { class: `delta ${way}` }, found.text);
}

function showText(row, column) {
  byId("text-title").textContent = `${row.shown} of ${columns[column].shown}`;
  byId("text-whole").textContent = fullText(row, column);
  byId("text").showModal();
}
