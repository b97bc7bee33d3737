// Where values stand on an axis, and which columns the ranges drawn on axes leave in.
import { columns, content, rowOf } from "./content.js";
import { rounded } from "./numbers.js";
import { state } from "./state.js";

export const isLog = (row) => state.log.includes(row.id) && row.logTicks.length > 0;
export const isInverted = (row) => state.inverted.includes(row.id);

// From 0, at the bottom, to 1; null where the value is missing.
export function place(row, column) {
  const number = row.numbers[column];
  return number === null ? null : placeOf(row, number);
}

export function placeOf(row, number) {
  const at = row.low === row.high ? 0.5 : along(row, number);
  return isInverted(row) ? 1 - at : at;
}

// Halved: the span of two floats can be more than a float holds.
function along(row, number) {
  const { low, high } = row;
  const scale = isLog(row) ? Math.log : (value) => value / 2;
  return (scale(number) - scale(low)) / (scale(high) - scale(low));
}

export function numberAt(row, at) {
  const up = isInverted(row) ? 1 - at : at;
  const number = isLog(row)
    ? Math.exp(Math.log(row.low) + up * (Math.log(row.high) - Math.log(row.low)))
    : row.low * (1 - up) + row.high * up;
  const span = isLog(row) ? Math.min(number, row.high - row.low) : row.high - row.low;
  return rounded(number, span);
}

export function ticks(row) {
  const list = isLog(row) ? row.logTicks : row.ticks;
  return list.map(({ at, label }) => ({ at: isInverted(row) ? 1 - at : at, label }));
}

export const shownColumns = () =>
  [...columns.keys()].filter((index) => !state.hidden.includes(index));
export const chosenAxes = () =>
  state.axes.map((id) => rowOf.get(id)).filter((row) => row.isDrawable);

// The ranges that count: those on axes that are drawn.
export const brushed = () => chosenAxes().filter((row) => state.brush[row.id]);

export function isOut(column) {
  return brushed().some((row) => {
    const [from, to] = state.brush[row.id];
    const number = row.numbers[column];
    return number === null || number < from || number > to;
  });
}

export const outside = () => columns.map((_, index) => isOut(index));

// A brush on the ends themselves keeps what lies there, however its ends were rounded.
export function rangeOf(row, a, b) {
  const [from, to] = [numberAt(row, a), numberAt(row, b)].toSorted((x, y) => x - y);
  const lower = isInverted(row) ? 1 - Math.max(a, b) : Math.min(a, b);
  const upper = isInverted(row) ? 1 - Math.min(a, b) : Math.max(a, b);
  return [lower <= 0 ? row.low : from, upper >= 1 ? row.high : to];
}

export function shade(column) {
  const row = rowOf.get(state.colour);
  if (!row?.isDrawable || row.numbers[column] === null) return null;
  return row.low === row.high ? 0.5 : along(row, row.numbers[column]);
}

export const hasColour = () => Boolean(rowOf.get(state.colour)?.isDrawable);
export const usualAxes = content.axes;
