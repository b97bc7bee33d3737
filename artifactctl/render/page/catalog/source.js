// Where rows come from: the columns in the file. `served.js` asks a server the same.
import { matching } from "./finding.js";
import { openCatalog, openRest } from "./embedded.js";
import { flowOf } from "./flow.js";
import { graphAround } from "./relations.js";
import { detailsOf } from "./telling.js";

export async function embeddedSource() {
  const catalog = await openCatalog();
  const rest = new Promise((done) => setTimeout(done, 30)).then(() => openRest(catalog));
  const whole = async () => {
    await rest;
    return catalog;
  };
  return {
    isLive: false,
    about: () => ({ ...catalog, written: catalog.core.written, totals: catalog.core.totals }),
    rest,
    ask: async (table, question) => {
      if (table === "runs" || question.text || question.sort?.by.startsWith("metadata.")) await rest;
      return answer(catalog, table, question);
    },
    keysOf: async (table, artifact) => (table === "runs" ? keysOfRuns(await whole()) : keysOf(await whole(), artifact)),
    one: async (kind, name) => detailsOf(await whole(), locate(await whole(), kind, name)),
    flow: async (artifact) => flowOf(await whole(), artifact),
    graph: async (kind, name, depth) => graphOf(await whole(), kind, name, depth),
  };
}

function graphOf(catalog, kind, name, depth) {
  const root = locate(catalog, kind, name);
  if (!root) return null;
  const rootName = kind === "run" ? catalog.run(root.row).name : null;
  return { ...graphAround(catalog, root, depth), rootName };
}

const ROWS = { versions: "version", artifacts: "artifact", runs: "run" };

function answer(catalog, table, question) {
  const rows = matching(catalog, table, question);
  const at = (place) => (place < rows.length ? catalog[ROWS[table]](rows[place]) : null);
  return { total: rows.length, at, need: () => null };
}

function locate(catalog, kind, name) {
  if (kind === "run") {
    const row = catalog.runs.rowOf.get(name) ?? catalog.runs.id.findIndex((id) => id.startsWith(name));
    return row === undefined || row < 0 ? null : { kind, row };
  }
  const { artifacts, versions } = catalog.core;
  if (kind === "artifact") {
    const row = artifacts.rowOf.get(name);
    return row === undefined ? null : { kind, row };
  }
  const cut = name.lastIndexOf(":");
  const group = artifacts.groups[artifacts.rowOf.get(name.slice(0, cut))];
  const row = group?.rows.find((one) => versions.version[one] === name.slice(cut + 1));
  return row === undefined ? null : { kind: "version", row };
}

// The keys of metadata of an artifact's versions, the most frequent first.
function keysOf(catalog, artifact) {
  const rows = new Set(catalog.core.artifacts.groups[catalog.core.artifacts.rowOf.get(artifact)]?.rows);
  const found = [];
  for (const [key, column] of catalog.values) {
    let count = artifact ? 0 : column.count;
    if (artifact) for (const row of rows) count += column.at(row) === undefined ? 0 : 1;
    if (count) found.push({ key, count, isNumeric: column.isNumeric, isExtreme: !catalog.metadata.has(key) });
  }
  return numbersFirst(found);
}

const keysOfRuns = ({ runs }) => numbersFirst([...runs.shown].map(([key, { count, isNumeric }]) => ({ key, count, isNumeric })));

export const numbersFirst = (keys) => keys.toSorted((a, b) => b.isNumeric - a.isNumeric || b.count - a.count);
