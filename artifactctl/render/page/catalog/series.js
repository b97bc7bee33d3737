// Series from the columns in the file: what is known of each, and its points where it has some.
import { columnOf, summed } from "./unpacking.js";

const LETTERS = { version: "v", run: "r", step: "s" };

// `of("run", row)`: the series of a row. `extremes("run")`: columns `KEY.min` and `KEY.max`.
export function unpackSeries(packed) {
  const places = new Map();
  for (const [place, row] of packed.row.entries()) {
    const name = packed.owner[place] + row;
    if (places.has(name)) places.get(name).push(place);
    else places.set(name, [place]);
  }
  return {
    of: (owner, row) => (places.get(LETTERS[owner] + row) ?? []).map((place) => seriesAt(packed, place)),
    extremes: (owner) => extremes(packed, LETTERS[owner]),
  };
}

function seriesAt({ key, keys, goals, count, last, low, high, steps, values }, place) {
  const about = { key: keys[key[place]], goal: goals[key[place]], count: count[place] };
  const known = { last: last[place], low: low[place], high: high[place] };
  return { ...about, ...known, steps: steps[place] ? summed(steps[place]) : null, values: values[place] ?? null };
}

function extremes({ owner, row, key, keys, low, high }, letter) {
  const found = new Map();
  for (const [place, of] of owner.entries()) {
    if (of !== letter || low[place] === null) continue;
    setIn(found, `${keys[key[place]]}.min`, row[place], low[place]);
    setIn(found, `${keys[key[place]]}.max`, row[place], high[place]);
  }
  return found;
}

export function setIn(columns, key, row, value) {
  if (!columns.has(key)) columns.set(key, new Map());
  columns.get(key).set(row, value);
}

// Columns from values by key and then by row.
export const columnsOfValues = (byKey) =>
  new Map(
    [...byKey].map(([key, values]) => {
      const rows = [...values.keys()].toSorted((a, b) => a - b);
      return [key, columnOf(rows, rows.map((row) => values.get(row)))];
    }),
  );

// What a table shows of runs: their own values, else those of their last step that has some.
export function valuesOfRuns(runs, series) {
  const found = new Map();
  const put = (columns, runOf) => {
    for (const [key, column] of columns)
      for (const [position, value] of column.values.entries()) setIn(found, key, runOf(column.row(position)), value);
  };
  const { steps } = runs;
  put(columnsOfValues(series.extremes("step")), (step) => steps.run[step]);
  put(columnsOfValues(series.extremes("run")), (run) => run);
  put(steps.values, (step) => steps.run[step]);
  put(runs.values, (run) => run);
  return columnsOfValues(found);
}
