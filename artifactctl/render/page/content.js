// What is compared: columns (runs or versions) and rows (a value for each column).
import { byId } from "./dom.js";
import { FEWEST } from "./statistics.js";
import { localTime, short, signed, visible, withUnit } from "./numbers.js";

export const content = JSON.parse(byId("data").textContent);
export const { columns, rows } = content;
// Charts are drawn by a library that the page was written with, or without.
export const curveKeys = Object.keys(content.curves);
export const hasCharts = byId("library").textContent !== "";
const isMetric = ({ kind, group }) => kind === "number" && group !== "facts" && group !== "parameters";
export const ALL_VIEWS = ["table", "curves", "parallel", "scatter", "importance"];
const IS_THERE = {
  table: true,
  curves: curveKeys.length > 0,
  importance: columns.length >= FEWEST && rows.some(isMetric),
  parallel: hasCharts,
  scatter: hasCharts,
};
export const VIEWS = ALL_VIEWS.filter((view) => IS_THERE[view]);
export const noun = content.kind === "run" ? "run" : "version";
export const rowOf = new Map(rows.map((row) => [row.id, row]));

for (const [index, column] of columns.entries()) {
  column.full = visible(column.name);
  column.shown = visible(content.details[index]?.label ?? column.name);
}
for (const row of rows) {
  row.shown = visible(row.id);
  row.numbers ??= row.values;
  row.missing = Array.from(columns, (_, index) => row.missing.includes(index));
  const present = row.numbers.filter((number) => number !== null);
  row.low = Math.min(...present);
  row.high = Math.max(...present);
  row.isDrawable = present.length > 0;
}

export const drawable = rows.filter((row) => row.isDrawable);
export const numeric = drawable.filter((row) => row.kind === "number");
export const metrics = numeric.filter(isMetric);

export function grouped(list) {
  return ["metadata", "outputs", "parameters", "facts"].map((group) => [
    group === "facts" ? `of the ${noun}` : group,
    list.filter((row) => row.group === group).map((row) => [row.id, row.shown]),
  ]);
}

// A value in full, with invisible characters shown as escapes.
export function fullText(row, column) {
  const value = row.values[column];
  if (row.missing[column]) return "missing";
  if (column in row.exact) return visible(row.exact[column]);
  if (row.unit === "order") return localTime(value);
  if (typeof value === "string") return quoted(visible(value));
  if (row.group === "facts" && row.key === "tags") return value.map(visible).join(", ");
  return visible(JSON.stringify(value));
}

// The same, short enough for a cell.
export function cellText(row, column) {
  const value = row.values[column];
  const isPlain = typeof value === "number" && !(column in row.exact);
  return isPlain ? withUnit(value, row.unit) : fullText(row, column);
}

// Text that looks like a number or another value is put in quotes.
function quoted(text) {
  return text === "" || /^([-+\d.]+(e[-+]?\d+)?|true|false|null|missing)$/i.test(text)
    ? `"${text}"`
    : text;
}

// The difference to the baseline as { number, text }; null where there is none.
export function change(row, column, baseline, kind) {
  if (kind === "none" || column === baseline || row.unit === "order") return null;
  if (!isNumber(row, column) || !isNumber(row, baseline)) return null;
  const number = difference(row, column, baseline);
  if (!Number.isFinite(Number(number)) && typeof number !== "bigint") return null;
  if (kind === "absolute") return { number: Number(number), text: differenceText(row, number) };
  const from = Math.abs(row.values[baseline]);
  if (from === 0) return null;
  const percent = (Number(number) / from) * 100;
  if (!Number.isFinite(percent)) return null;
  return { number: percent, text: `${signed(short(percent, 3), percent)} %` };
}

// The key for sorting texts and lists; integers in it are exact.
export const sortText = (row, column) => row.exact[column] ?? JSON.stringify(row.values[column]);

function isNumber(row, column) {
  return typeof row.values[column] === "number" && !row.missing[column];
}

// Exact when both are integers.
function difference(row, column, baseline) {
  const pair = [column, baseline].map((index) => row.exact[index] ?? row.values[index]);
  const areIntegers = pair.every(
    (value) => typeof value === "string" || Number.isSafeInteger(value),
  );
  if (areIntegers) return BigInt(pair[0]) - BigInt(pair[1]);
  return Number(pair[0]) - Number(pair[1]);
}

function differenceText(row, number) {
  if (typeof number === "bigint" && !row.unit) return signed(String(number), number);
  return signed(withUnit(Number(number), row.unit, 4), number);
}
