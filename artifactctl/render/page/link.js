// The page's state as the fragment of its address, and back: `view=parallel&colour=test.accuracy`.
// Columns and keys are written as names, so that a link can be read; a name that cannot be in an
// address is written as its number, `@3`.
import { VIEWS, columns, content, curveKeys, rowOf, rows } from "./content.js";

const PLAIN = /^(?!@)[\p{L}\p{N} _./:()+#-]{1,80}$/u;
const percent = (letter) => `%${letter.charCodeAt(0).toString(16)}`;
const escaped = (text) =>
  encodeURIComponent(text)
    .replace(/[~!'()]/g, percent)
    .replaceAll("%20", "+")
    .replaceAll("%2F", "/");
const unescaped = (text) => decodeURIComponent(text.replaceAll("+", " "));

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

const known = (list) => [...new Set(list.filter((item) => item !== undefined))];
const column = { write: (index) => token(columns[index].name, index), read: columnFrom };
const key = { write: (id) => token(id, rows.indexOf(rowOf.get(id))), read: keyFrom };
const flag = { write: (on) => (on ? "1" : ""), read: (word) => word === "1" || undefined };
const words = {
  write: (value) => escaped(value.replace(/\p{Surrogate}/gu, "")),
  read: (word) => unescaped(word),
};
const oneOf = (...choices) => ({
  write: (value) => value,
  read: (word) => choices.find((c) => c === word),
});
const listOf = ({ write, read }) => ({
  write: (list) => list.map(write).join(",") || "none",
  read: (word) => (word === "none" ? [] : known(word.split(",").map(read))),
});
const sortedBy = ({ write, read }) => ({
  write: ({ by, isDown }) => `${write(by)}:${isDown ? "down" : "up"}`,
  read(word) {
    const [by, way] = [read(word.split(":")[0]), word.split(":")[1]];
    return by === undefined || !["up", "down"].includes(way)
      ? undefined
      : { by, isDown: way === "down" };
  },
});
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
    return text.startsWith("@") ? curveKeys[Number(text.slice(1))] : known([text]).find(isCurve);
  },
};
const isCurve = (id) => curveKeys.includes(id);
const share = {
  write: (value) => String(value),
  read: (word) => (number(word) >= 0 && number(word) <= 99 ? Math.round(number(word)) : undefined),
};

function range(word) {
  const [name, from, to] = word.split(":");
  const [id, ends] = [keyFrom(name), [number(from ?? ""), number(to ?? "")]];
  return id !== undefined && ends.every(Number.isFinite) && ends[0] <= ends[1] ? [id, ends] : null;
}

const FIELDS = {
  view: oneOf(...VIEWS),
  theme: oneOf("auto", "light", "dark"),
  filter: words,
  sort: sortedBy(columnOrKey),
  order: sortedBy(key),
  changes: oneOf("absolute", "relative", "none"),
  baseline: column,
  differing: flag,
  hidden: listOf(column),
  pinned: listOf(column),
  axes: listOf(key),
  inverted: listOf(key),
  log: listOf(key),
  brush: ranges,
  curve: curveKey,
  smooth: share,
  along: oneOf("step", "time"),
  curvelog: flag,
  colour: key,
  x: key,
  y: key,
};

const CURVE = { curve: curveKeys[0] ?? null, smooth: 0, along: "step", curvelog: false };

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
    hidden: [],
    pinned: [],
    axes: usual,
    inverted: [],
    log: [],
    brush: {},
    ...CURVE,
    colour: usual[0] ?? null,
    x: usual[1] ?? usual[0] ?? null,
    y: usual[0] ?? null,
  };
}

const INITIAL = initialState();

export function fragment(state) {
  return Object.entries(FIELDS)
    .filter(
      ([name]) =>
        state[name] !== null && JSON.stringify(state[name]) !== JSON.stringify(INITIAL[name]),
    )
    .map(([name, field]) => `${name}=${field.write(state[name])}`)
    .join("&");
}

// Parts that cannot be parsed leave the initial state.
export function parsed(text) {
  const state = initialState();
  for (const part of text.replace(/^#/, "").split("&")) {
    const [name, ...rest] = part.split("=");
    const read = Object.hasOwn(FIELDS, name)
      ? attempt(() => FIELDS[name].read(rest.join("=")))
      : undefined;
    if (read !== undefined) state[name] = read;
  }
  return state;
}

// An incomplete percent escape must not make the whole link invalid.
function attempt(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}
