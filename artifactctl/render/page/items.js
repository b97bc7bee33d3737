// What the values of a key stand beside: the runs or versions, or the groups of them.
import { cellText, columns, noun, rowOf } from "./content.js";
import { shownColumns } from "./axes.js";
import { moments } from "./statistics.js";
import { signature, state } from "./state.js";

export const isGrouped = () => Boolean(rowOf.get(state.group));

// { id, shown, places, column }; the `places` of a group are its columns, and its `column` is null.
export const items = () => (isGrouped() ? groups() : shownColumns().map(itemOf));

const itemOf = (column) => ({ id: column, shown: columns[column].shown, places: [column], column });

// The shown columns by their value of the key: numbers by size, what is missing last.
export function groups() {
  const row = rowOf.get(state.group);
  const found = Map.groupBy(shownColumns(), (column) => valueOf(row, column));
  return [...found.keys()].toSorted(byValue).map((value) => {
    const places = found.get(value);
    const leaf = row.shown.slice(row.shown.lastIndexOf(".") + 1) || row.shown;
    const shown = value === "missing" ? `no ${leaf}` : `${leaf}=${groupText(row, places[0])}`;
    return { id: `group ${value}`, shown, places, column: null };
  });
}

// Exact, as two groups must not have the same heading.
function groupText(row, column) {
  const isPlain = row.kind === "number" && !row.unit && !(column in row.exact);
  return isPlain ? String(row.values[column]) : cellText(row, column).slice(0, 80);
}

// The same for equal values: of numbers these, of categories their places in order.
function valueOf(row, column) {
  if (row.missing[column]) return "missing";
  return row.numbers[column] ?? "null";
}

const RANK = { null: 1, missing: 2 };
const byValue = (a, b) =>
  (RANK[a] ?? 0) - (RANK[b] ?? 0) || (typeof a === "number" ? a - b : 0);

export const countOf = ({ places }) => `${places.length} ${noun}${places.length === 1 ? "" : "s"}`;

let means = new Map();
let meansOf = "";

// The least and the greatest mean of all groups, kept until the groups change.
export function extremes(row) {
  const now = signature(["group", "hidden"]);
  if (now !== meansOf) [means, meansOf] = [new Map(), now];
  if (!means.has(row)) {
    const known = groups().map((group) => spread(row, group).mean).filter((mean) => mean !== null);
    means.set(row, [Math.min(...known), Math.max(...known)]);
  }
  return means.get(row);
}

// The values of a key in a group: { n, mean, deviation, distinct, place }, the `place` of one value.
export function spread(row, { places }) {
  const isNumber = row.kind === "number";
  const present = places.filter((column) => !row.missing[column] && !(isNumber && row.numbers[column] === null));
  const numbers = present.map((column) => row.numbers[column]);
  return {
    n: present.length,
    distinct: new Set(numbers).size,
    place: present[0],
    ...(isNumber && row.unit !== "order" ? moments(numbers) : { mean: null, deviation: null }),
  };
}
