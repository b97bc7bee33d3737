// Which keys and items are shown, and in which order.
import { rows, sortText } from "./content.js";
import { items, spread } from "./items.js";
import { byName } from "./numbers.js";
import { state } from "./state.js";

export const GROUPS = ["facts", "metadata", "outputs", "parameters"];
export const isPinned = ({ column }) => state.pinned.includes(column);

export const matching = () =>
  GROUPS.flatMap((group) => sortedRows(rows.filter((row) => row.group === group && isShown(row))));

// Part of a key, or a pattern with `*` and `?` for the whole key; case is ignored.
function isShown(row) {
  if (state.without.includes(row.id)) return false;
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

export function orderedItems() {
  const shown = items();
  if (state.order) {
    const row = rows.find(({ id }) => id === state.order.by);
    const known = new Map(shown.map((item) => [item, measureOf(row, item)]));
    shown.sort((a, b) => compare(known.get(a), known.get(b), state.order.isDown));
  }
  return [...shown.filter(isPinned), ...shown.filter((item) => !isPinned(item))];
}

function sortedRows(list) {
  const { sort } = state;
  if (!sort) return list;
  const way = sort.isDown ? -1 : 1;
  if (sort.by === "key") return list.toSorted((a, b) => way * byName(a.id, b.id));
  const known = new Map(list.map((row) => [row, measured(row, sort.by)]));
  return list.toSorted((a, b) => compare(known.get(a), known.get(b), sort.isDown));
}

// What is compared: a number, or a text, or neither.
function measured(row, column) {
  if (row.missing[column]) return { rank: 2 };
  if (row.kind === "number") return { rank: 0, number: row.numbers[column] };
  return { rank: 1, text: sortText(row, column) };
}

// A group counts by its mean, or by the value that all of it share.
function measureOf(row, item) {
  if (item.column !== null) return measured(row, item.column);
  const { mean, distinct, place } = spread(row, item);
  if (mean !== null) return { rank: 0, number: mean };
  return distinct === 1 ? measured(row, place) : { rank: 2 };
}

// Numbers before texts; missing values come last in both directions.
function compare(a, b, isDown) {
  if (a.rank !== b.rank) return a.rank - b.rank;
  const way = isDown ? -1 : 1;
  if (a.rank === 0) return way * (a.number - b.number);
  return a.rank === 1 ? way * byName(a.text, b.text) : 0;
}
