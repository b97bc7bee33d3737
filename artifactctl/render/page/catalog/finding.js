// Answers to questions from the columns in the file: which rows match, and in what order.
import { byName } from "../numbers.js";
import { holds, termsOf, textOf } from "./question.js";

const texts = new Map(); // of each table, what words are looked for in

// The rows of a table that match, in order.
export function matching(catalog, table, { text, type, tag, artifact, sort }) {
  const terms = termsOf(text);
  if (type) terms.push({ field: "type", sign: "=", value: type });
  if (tag) terms.push({ field: "tag", sign: "=", value: tag });
  const tests = terms.map((term) => negated(term, testOf(catalog, table, term)));
  let rows = null;
  if (artifact && table === "versions")
    rows = catalog.core.artifacts.groups[catalog.core.artifacts.rowOf.get(artifact)]?.rows ?? [];
  rows ??= Array.from({ length: catalog.count[table] ?? 0 }, (_, row) => row);
  if (tests.length) rows = rows.filter((row) => tests.every((test) => test(row)));
  return sort ? sorted(catalog, table, rows, sort) : rows;
}

const negated = ({ isNot }, test) => (isNot ? (row) => !test(row) : test);

function testOf(catalog, table, { field, sign, value }) {
  const wanted = value.toLowerCase();
  if (field === null) {
    const all = textsOf(catalog, table);
    return (row) => all[row].includes(wanted);
  }
  if (field.startsWith("metadata.")) {
    const key = field.slice("metadata.".length);
    const column = valuesOf(catalog, table)?.get(key);
    return (row) => holds(sign, column?.at(row), value);
  }
  if (field === "type") return (row) => typeOf(catalog, table, row) === shortOf(wanted);
  if (field === "tag") return (row) => tagsOf(catalog, table, row).some((t) => t === value);
  return (row) => (fieldOf(catalog, table, field, row) ?? "").toLowerCase() === wanted;
}

// `type:model` and `type:ModelArtifact` ask for the same.
const shortOf = (type) => type.toLowerCase().replace(/artifact$/, "");
const typeOf = (catalog, table, row) => shortOf(fieldOf(catalog, table, "type", row) ?? "");

function valuesOf({ values, runs }, table) {
  return table === "runs" ? runs?.shown : table === "versions" ? values : null;
}

function tagsOf(catalog, table, row) {
  return table === "runs" ? catalog.run(row).tags : catalog.tagsOf(table, row);
}

const SINGULAR = { versions: "version", artifacts: "artifact", runs: "run" };

function fieldOf(catalog, table, field, row) {
  const found = catalog[SINGULAR[table]](row);
  if (field === "run") return table === "runs" ? found.name : found.run?.name;
  if (field === "artifact" && table === "artifacts") return found.name;
  return found[field];
}

// All that is known of a row, in lower case; for all rows, when a word is looked for.
function textsOf(catalog, table) {
  const known = texts.get(table);
  const isWhole = catalog.isWhole;
  if (known?.isWhole === isWhole) return known.list;
  const make = catalog[SINGULAR[table]];
  const list = Array.from({ length: catalog.count[table] }, (_, row) => {
    const { ref, name, type, tags, run, pipeline, status, step } = make(row);
    return [ref ?? name, type, ...tags, run?.name, pipeline, status, step].filter(Boolean).join(" ");
  });
  for (const [row, text] of Object.entries(catalog.ids?.descriptions[SINGULAR[table]] ?? {})) list[row] += ` ${text}`;
  for (const [key, column] of valuesOf(catalog, table) ?? []) {
    for (const [position, value] of column.values.entries())
      list[column.row(position)] += ` ${key}=${textOf(value)}`;
  }
  texts.set(table, { isWhole, list: list.map((text) => text.toLowerCase()) });
  return texts.get(table).list;
}

function sorted(catalog, table, rows, { by, isDown }) {
  const ranks = ranksOf(catalog, table, by);
  const way = isDown ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [x, y] = [ranks[a], ranks[b]];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || a - b;
    return way * (x - y) || a - b;
  });
}

// A number for each row to sort by; NaN comes last in both directions.
function ranksOf(catalog, table, by) {
  const count = catalog.count[table];
  if (by.startsWith("metadata.")) {
    const column = valuesOf(catalog, table)?.get(by.slice("metadata.".length));
    return ranked(Array.from({ length: count }, (_, row) => column?.at(row)));
  }
  const { core } = catalog;
  if (table === "versions" && by === "artifact") {
    const names = ranked(core.artifacts.name);
    const own = ranked(core.versions.version);
    return Float64Array.from(own, (rank, row) => names[core.versions.artifact[row]] * 2 ** 24 + rank);
  }
  if (table === "versions" && core.versions[by] && ["created", "size", "files"].includes(by))
    return ranked(core.versions[by]);
  const make = catalog[SINGULAR[table]];
  return ranked(
    Array.from({ length: count }, (_, row) => {
      const value = make(row)[by];
      return Array.isArray(value) ? (value[0] ?? null) : by === "run" ? value?.name : value;
    }),
  );
}

function ranked(values) {
  const isNumeric = values.some((value) => typeof value === "number");
  if (isNumeric)
    return Float64Array.from(values, (value) => (typeof value === "number" ? value : Number.NaN));
  const known = new Set(values.filter((v) => v !== null && v !== undefined).map(textOf));
  const order = new Map([...known].toSorted(byName).map((text, rank) => [text, rank]));
  return Float64Array.from(values, (v) =>
    v === null || v === undefined ? Number.NaN : order.get(textOf(v)),
  );
}
