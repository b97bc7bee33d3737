// One cell of the table.
import { byId, h, unseen } from "./dom.js";
import { cellText, change, columns, fullText, noun } from "./content.js";
import { extremes, spread } from "./items.js";
import { meanText, utcTime } from "./numbers.js";
import { state } from "./state.js";

const SHORT = 24; // characters that stay on one line
const LONGEST = 120; // characters that a cell shows; a click shows the rest

export function cell(row, item) {
  return item.column === null ? groupCell(row, item) : columnCell(row, item.column);
}

// The mean and the deviation of a group's numbers, or the value that all of it share.
function groupCell(row, item) {
  const { n, mean, deviation, distinct, place } = spread(row, item);
  const missing = item.places.length - n;
  const rest = missing ? h("span", { class: "delta" }, `n = ${n}, ${missing} missing`) : null;
  if (n === 0) return h("td", { class: row.kind }, h("span", { class: "missing" }, "missing"));
  if (mean === null) {
    const shown = distinct === 1 ? value(row, place) : h("span", { class: "missing" }, `${distinct} values`);
    return h("td", { class: "category" }, shown, rest);
  }
  const way = row.goal ? extremeOf(row, mean) : "";
  const text = meanText(mean, deviation, row.unit);
  const title = `mean ${mean}, deviation ${deviation ?? "of one value is unknown"}, n = ${n} ${noun}${n === 1 ? "" : "s"}`;
  return h("td", { class: `number ${way}`, title }, h("span", { class: "value" }, text), rank(way === "best", way === "worst"), rest);
}

function extremeOf(row, mean) {
  const [low, high] = extremes(row);
  if (low === high || (mean !== low && mean !== high)) return "";
  return (mean === high) === (row.goal === "maximize") ? "best" : "worst";
}

function columnCell(row, column) {
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
  if (text.length <= LONGEST) return h("span", { class: valueClass(row, column, text) }, text);
  const open = () => showText(row, column);
  const count = `${text.length.toLocaleString("en")} letters`;
  const button = h("button", { type: "button", class: "more", onclick: open }, `show all ${count}`);
  return h("span", { class: "long" }, `${text.slice(0, LONGEST)}… `, button);
}

function valueClass(row, column, text) {
  return row.kind === "category" && row.group !== "facts" && typeof row.values[column] !== "string"
    ? "value literal"
    : row.kind === "category" && text.length <= SHORT
      ? "value brief"
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
