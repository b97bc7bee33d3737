// The position of values on an axis, and which columns are within the ranges chosen on axes.
import { columns, content, rowOf } from "./content.js";
import { rounded } from "./numbers.js";
import { state } from "./state.js";

export const isLog = (row) => state.log.includes(row.id) && row.logTicks.length > 0;
export const isInverted = (row) => state.inverted.includes(row.id);

// A position from 0 (bottom) to 1 (top); null where the value is missing.
export function place(row, column) {
  const number = row.numbers[column];
  return number === null ? null : placeOf(row, number);
}

export function placeOf(row, number) {
  const at = row.low === row.high ? 0.5 : along(row, number);
  return isInverted(row) ? 1 - at : at;
}

// Halved, because the difference of two floats can be larger than any float.
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

// The ranges in use: those on axes that are drawn.
export const brushed = () => chosenAxes().filter((row) => state.brush[row.id]);

export function isOut(column) {
  return brushed().some((row) => {
    const [from, to] = state.brush[row.id];
    const number = row.numbers[column];
    return number === null || number < from || number > to;
  });
}

export const outside = () => columns.map((_, index) => isOut(index));

// A range up to an end of the axis includes the values at that end, however it was rounded.
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
