// The page's state as the fragment of its address, and back: `view=parallel&colour=test.accuracy`.
// Columns and keys are written as names, so that a link can be read; a name that cannot be in an
// address is written as its number, `@3`.
import { VIEWS, columns, content, curveKeys, metrics, rowOf, rows } from "./content.js";
import { escaped, flag, listOf, oneOf, readFields } from "./fields.js";
import { sortedBy, unescaped, words, writeFields } from "./fields.js";

const PLAIN = /^(?!@)[\p{L}\p{N} _./:()+#-]{1,80}$/u;
const token = (text, index) => (PLAIN.test(text) ? escaped(text) : `@${index}`);
const number = (text) => (text.trim() === "" ? Number.NaN : Number(text));

function columnFrom(word) {
  const text = unescaped(word);
  const index = text.startsWith("@")
    ? Number(text.slice(1))
    : columns.findIndex((c) => c.name === text);
  return columns[index] ? index : undefined;
}

function keyFrom(word) {
  const text = unescaped(word);
  return text.startsWith("@") ? rows[Number(text.slice(1))]?.id : rowOf.get(text)?.id;
}

const column = { write: (index) => token(columns[index].name, index), read: columnFrom };
const key = { write: (id) => token(id, rows.indexOf(rowOf.get(id))), read: keyFrom };
const ranges = {
  write: (brushes) =>
    Object.entries(brushes)
      .map(([id, [from, to]]) => `${key.write(id)}:${from}:${to}`)
      .join(","),
  read: (word) => Object.fromEntries(word.split(",").map(range).filter(Boolean)),
};
const columnOrKey = {
  write: (by) => (by === "key" ? "@key" : column.write(by)),
  read: (word) => (word === "@key" ? "key" : columnFrom(word)),
};

const curveKey = {
  write: (id) => token(id, curveKeys.indexOf(id)),
  read(word) {
    const text = unescaped(word);
    return curveKeys[text.startsWith("@") ? Number(text.slice(1)) : curveKeys.indexOf(text)];
  },
};
const share = {
  write: (value) => String(value),
  read: (word) => (number(word) >= 0 && number(word) <= 99 ? Math.round(number(word)) : undefined),
};

function range(word) {
  const [name, from, to] = word.split(":");
  const [id, ends] = [keyFrom(name), [number(from ?? ""), number(to ?? "")]];
  return id !== undefined && ends.every(Number.isFinite) && ends[0] <= ends[1] ? [id, ends] : null;
}

const keyOrNone = {
  write: (id) => (id ? key.write(id) : "@none"),
  read: (word) => (word === "@none" ? "" : keyFrom(word)),
};

const FIELDS = {
  view: oneOf(...VIEWS),
  theme: oneOf("auto", "light", "dark"),
  filter: words,
  sort: sortedBy(columnOrKey),
  order: sortedBy(key),
  changes: oneOf("absolute", "relative", "none"),
  baseline: column,
  differing: flag,
  runs: oneOf("rows", "columns"),
  group: keyOrNone,
  without: listOf(key),
  hidden: listOf(column),
  pinned: listOf(column),
  axes: listOf(key),
  inverted: listOf(key),
  log: listOf(key),
  brush: ranges,
  target: key,
  curve: curveKey,
  smooth: share,
  along: oneOf("step", "time"),
  curvelog: flag,
  colour: key,
  x: key,
  y: key,
};

// The metric and the groups that the command asked for, or else the first metric with a goal.
const ASKED = {
  group: content.group ?? "",
  target: content.target ?? (metrics.find(({ goal }) => goal) ?? metrics[0])?.id ?? null,
};
const SHOWN = { without: [], hidden: [], pinned: [] };
const CURVE = { curve: curveKeys[0] ?? null, smooth: 0, along: "step", curvelog: false };

const MOST_COLUMNS = 20; // more runs or versions than this are rows at first

export function initialState() {
  const usual = content.axes;
  return {
    view: "table",
    theme: "auto",
    filter: "",
    sort: null,
    order: null,
    changes: "absolute",
    baseline: content.baseline,
    differing: false,
    runs: columns.length > MOST_COLUMNS ? "rows" : "columns",
    ...ASKED,
    ...SHOWN,
    axes: usual,
    inverted: [],
    log: [],
    brush: {},
    ...CURVE,
    colour: (rowOf.get(content.group)?.isDrawable ? content.group : usual[0]) ?? null,
    x: usual[1] ?? usual[0] ?? null,
    y: usual[0] ?? null,
  };
}

const INITIAL = initialState();

export const fragment = (state) => writeFields(FIELDS, state, INITIAL);
export const parsed = (text) => readFields(FIELDS, text, initialState());
