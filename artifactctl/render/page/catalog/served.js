// Where rows come from while a server runs: they are asked for page by page, as one scrolls.
import { byId } from "../dom.js";
import { servedFlow } from "./flow.js";
import { termsOf } from "./question.js";
import { numbersFirst } from "./source.js";

const [SIZE, EVERY_MS, FARTHEST] = [50, 2000, 500_000];
const TYPES = ["Data", "Model", "DataAnalysis", "Statistics", "Schema", "Service", "Base"];

async function get(name, asked = {}) {
  const words = Object.entries(asked).filter(([, value]) => value !== "" && value !== null);
  const answer = await fetch(`${name}?${new URLSearchParams(words)}`).catch(() => null);
  byId("lost").hidden = answer !== null;
  return answer?.ok ? answer.json().catch(() => null) : null;
}

export async function servedSource() {
  let about = await get("about");
  const tellers = [];
  setInterval(async () => {
    if (document.hidden) return;
    const change = await get("change");
    if (change === null || change === about.change) return;
    about = (await get("about")) ?? about;
    for (const tell of tellers) tell();
  }, EVERY_MS);
  return {
    isLive: true,
    rest: Promise.resolve(),
    about: () => aboutOf(about),
    whenChanged: (tell) => tellers.push(tell),
    ask: (table, question) => askFor(table, question),
    keysOf: (table, artifact) => keysOf(table, artifact),
    one: async (kind, name) => withValues(await get("one", { kind, name })),
    held: (ref) => get("held", { name: ref }),
    graph: async (kind, name, depth) => graphOf(await get("graph", { kind, name, depth }), kind),
    flow: async (artifact) => servedFlow(await get("flow"), artifact),
    comparison: (found) => `comparison?of=${found.map(({ kind, id }) => (kind === "run" ? `run:${id}` : id)).join(",")}`,
  };
}

function aboutOf({ count, tags }) {
  const types = TYPES.map((type) => `${type}Artifact`);
  return { count, types, notes: [], tags: { artifacts: tags, versions: tags, runs: tags } };
}

const withValues = (row) =>
  row && { ...row, value: (key) => row.metadata?.[key] ?? row.extremes?.[key], recent: row.recent?.map(withValues) };

async function askFor(table, { text, type, tag, artifact, sort }) {
  const order = sort ? `${sort.by}:${sort.isDown ? "down" : "up"}` : "";
  const terms = JSON.stringify(termsOf(text));
  const asked = { table, size: SIZE, type: table === "versions" ? type : "", tag, artifact, sort: order, terms };
  const pages = new Map();
  const load = async (page) => {
    const found = await get("rows", { ...asked, page: page + 1 });
    pages.set(page, (found?.rows ?? []).map(withValues));
    return found;
  };
  const first = await load(0);
  return {
    total: Math.min(first?.total ?? 0, FARTHEST),
    error: first?.error,
    at: (place) => pages.get(Math.floor(place / SIZE))?.[place % SIZE] ?? null,
    need: (from, to) => need(pages, load, from, to),
  };
}

function need(pages, load, from, to) {
  const wanted = [];
  for (let page = Math.floor(from / SIZE); page <= Math.floor((to - 1) / SIZE); page += 1)
    if (page >= 0 && !pages.has(page)) wanted.push(page);
  if (!wanted.length) return null;
  for (const page of wanted) pages.set(page, []);
  return Promise.all(wanted.map(load));
}

// The keys of the newest rows.
async function keysOf(table, artifact) {
  const found = await get("rows", { table, size: 100, artifact: table === "versions" ? artifact : "" });
  const counts = new Map();
  for (const { metadata, extremes } of found?.rows ?? [])
    for (const [key, value] of [...Object.entries(metadata), ...Object.entries(extremes)]) {
      const one = counts.get(key) ?? { key, count: 0, isNumeric: typeof value === "number", isExtreme: !Object.hasOwn(metadata, key) };
      counts.set(key, { ...one, count: one.count + 1 });
    }
  return numbersFirst([...counts.values()]);
}

const versionNode = ({ id, ref, type, gone }) => {
  const opens = gone ? null : `version:${ref}`;
  return { id, kind: "version", ref, type, gone, tags: [], opens };
};

function addEdge(nodes, edges, { from, to, step, run, run_id: runId }) {
  const join = (one, other) => edges.set(`${one} ${other}`, { from: one, to: other });
  if (step === null) {
    join(from, to);
    return;
  }
  const id = `${runId}/${step}`;
  if (nodes.get(from)?.kind === "version") join(from, id);
  if (nodes.get(to)?.kind === "version") join(id, to);
  nodes.set(id, { id, kind: "step", ref: step, run, status: "completed", opens: `run:${runId}` });
}

// A lineage as versions and the steps between them.
function graphOf(found, kind) {
  if (!found || found.error) return null;
  const versions = found.nodes.filter((node) => node.kind === "version").map(versionNode);
  const nodes = new Map(versions.map((node) => [node.id, node]));
  const edges = new Map();
  for (const edge of found.edges) addEdge(nodes, edges, edge);
  const root = kind === "run" ? [...nodes.keys()].find((id) => id.startsWith(`${found.root}/`)) : found.root;
  const rootName = found.nodes.find(({ id }) => id === found.root)?.ref.replace(/^run:/, "");
  return { nodes: [...nodes.values()], edges: [...edges.values()], root, rootName, left: found.left };
}
