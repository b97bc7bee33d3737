// How versions hang together, from the columns in the file: as a graph of versions and steps.
import { summed } from "./unpacking.js";

const MOST = 400; // nodes that a graph has

let known = null;

// For each version the steps that made and used it, and what it was registered with.
function relationsOf({ runs }) {
  if (known) return known;
  const [stepOf, versionOf] = [summed(runs.uses.step), summed(runs.uses.version)];
  known = { ins: new Map(), outs: new Map(), makers: new Map(), users: new Map(), inputs: new Map(), takers: new Map() };
  for (const [index, isOutput] of runs.uses.output.entries()) {
    const [step, version] = [stepOf[index], versionOf[index]];
    add(isOutput ? known.outs : known.ins, step, version);
    add(isOutput ? known.makers : known.users, version, step);
  }
  for (const [own, other] of runs.inputs) {
    add(known.inputs, own, other);
    add(known.takers, other, own);
  }
  return known;
}

function add(map, key, value) {
  const list = map.get(key);
  if (!list) map.set(key, [value]);
  else if (!list.includes(value)) list.push(value);
}

const list = (map, key) => map.get(key) ?? [];

export const isCached = ({ runs }, step) => runs.statuses[runs.steps.status[step]] === "cached";

// A step that a cache served is no maker while the real one is known.
export function makersOf(catalog, version) {
  const steps = list(relationsOf(catalog).makers, version);
  const real = steps.filter((step) => !isCached(catalog, step));
  return real.length ? real : steps;
}

export const usersOf = (catalog, version) => list(relationsOf(catalog).users, version);
export const inputsOf = (catalog, step) => list(relationsOf(catalog).ins, step);
export const outputsOf = (catalog, step) => list(relationsOf(catalog).outs, step);
export const givenTo = (catalog, version) => list(relationsOf(catalog).inputs, version);
export const takenBy = (catalog, version) => list(relationsOf(catalog).takers, version);

// The graph around a version or a run, `depth` versions far; 0 is all the way.
export function graphAround(catalog, root, depth) {
  const graph = { nodes: new Map(), edges: new Map(), root: null, left: 0 };
  if (root.kind === "version") {
    graph.root = versionNode(catalog, graph, root.row);
    walk(catalog, graph, [root.row], depth, upwards);
    walk(catalog, graph, [root.row], depth, downwards);
  } else {
    for (const step of catalog.runs.steps.of[root.row]) {
      stepNode(catalog, graph, step);
      graph.root ??= `s${step}`;
      for (const one of inputsOf(catalog, step)) edge(catalog, graph, one, step, true);
      for (const one of outputsOf(catalog, step)) edge(catalog, graph, one, step, false);
    }
    const ends = catalog.runs.steps.of[root.row];
    if (depth !== 1) {
      walk(catalog, graph, ends.flatMap((s) => inputsOf(catalog, s)), depth && depth - 1, upwards);
      walk(catalog, graph, ends.flatMap((s) => outputsOf(catalog, s)), depth && depth - 1, downwards);
    }
  }
  return { ...graph, nodes: [...graph.nodes.values()], edges: [...graph.edges.values()] };
}

function walk(catalog, graph, start, depth, step) {
  const seen = new Set(start);
  let level = start;
  for (let left = depth || Infinity; level.length && left > 0; left -= 1) {
    const next = level.flatMap((version) => step(catalog, graph, version)).filter((v) => !seen.has(v));
    level = [...new Set(next)];
    for (const version of level) seen.add(version);
    if (graph.nodes.size > MOST) {
      graph.left += level.length;
      return;
    }
  }
}

function upwards(catalog, graph, version) {
  const found = [];
  for (const step of makersOf(catalog, version)) {
    edge(catalog, graph, version, step, false);
    for (const input of inputsOf(catalog, step)) {
      edge(catalog, graph, input, step, true);
      found.push(input);
    }
  }
  for (const input of givenTo(catalog, version)) {
    link(graph, versionNode(catalog, graph, input), versionNode(catalog, graph, version));
    found.push(input);
  }
  return found;
}

function downwards(catalog, graph, version) {
  const found = [];
  for (const step of usersOf(catalog, version)) {
    if (isCached(catalog, step)) continue;
    edge(catalog, graph, version, step, true);
    for (const output of outputsOf(catalog, step)) {
      edge(catalog, graph, output, step, false);
      found.push(output);
    }
  }
  for (const taker of takenBy(catalog, version)) {
    link(graph, versionNode(catalog, graph, version), versionNode(catalog, graph, taker));
    found.push(taker);
  }
  return found;
}

function edge(catalog, graph, version, step, isInput) {
  const [one, other] = [versionNode(catalog, graph, version), stepNode(catalog, graph, step)];
  if (isInput) link(graph, one, other);
  else link(graph, other, one);
}

const link = ({ edges }, from, to) => edges.set(`${from} ${to}`, { from, to });

function versionNode(catalog, { nodes }, row) {
  const id = `v${row}`;
  if (nodes.has(id)) return id;
  const isHere = row < catalog.count.versions;
  const found = isHere ? catalog.version(row) : null;
  const other = isHere ? null : catalog.others[row - catalog.count.versions];
  nodes.set(id, {
    id,
    kind: "version",
    ref: catalog.refOf(row),
    type: found?.type ?? null,
    tags: found?.tags ?? [],
    gone: other?.gone ?? false,
    opens: isHere ? `version:${found.ref}` : null,
  });
  return id;
}

function stepNode(catalog, { nodes }, step) {
  const id = `s${step}`;
  const { runs } = catalog;
  const run = catalog.run(runs.steps.run[step]);
  const status = runs.statuses[runs.steps.status[step]];
  const name = runs.steps.names[runs.steps.name[step]];
  nodes.set(id, { id, kind: "step", ref: name, run: run.name, status, opens: `run:${run.id}` });
  return id;
}
