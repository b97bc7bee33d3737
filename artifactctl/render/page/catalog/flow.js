// Which artifacts are made from which, by the steps of pipelines: a whole catalog as one graph.
import { inputsOf, isCached, outputsOf } from "./relations.js";

const MOST = 160; // nodes that are drawn

// All of the catalog, or what an artifact is next to.
export function flowOf(catalog, artifact) {
  const found = new Map();
  const { runs, core } = catalog;
  const artifactOf = (row) => core.artifacts.name[core.versions.artifact[row]] ?? catalog.refOf(row).replace(/:[^:]*$/, "");
  for (const [step, run] of runs.steps.run.entries()) {
    if (isCached(catalog, step) || run < 0) continue;
    const pipeline = runs.pipelines[runs.pipeline[run]];
    const name = runs.steps.names[runs.steps.name[step]];
    note(found, pipeline, name, inputsOf(catalog, step).map(artifactOf), outputsOf(catalog, step).map(artifactOf));
  }
  for (const [own, other] of runs.inputs) note(found, "", "", [artifactOf(other)], [artifactOf(own)]);
  const counted = (name) => core.artifacts.groups[core.artifacts.rowOf.get(name)]?.rows.length;
  return drawnFlow([...found.values()], artifact, counted);
}

// The same from what a server counted.
export function servedFlow({ passes, inputs, versions, isPart }, artifact) {
  const found = new Map();
  for (const [pipeline, step, direction, name] of passes)
    note(found, pipeline, step, direction === "input" ? [name] : [], direction === "input" ? [] : [name]);
  for (const [taken, made] of inputs) note(found, "", "", [taken], [made]);
  return { ...drawnFlow([...found.values()], artifact, (name) => versions[name]), isPart };
}

function note(found, pipeline, step, inputs, outputs) {
  const id = JSON.stringify([pipeline, step, pipeline ? "" : [inputs, outputs]]);
  if (!found.has(id)) found.set(id, { id, pipeline, step, inputs: new Set(), outputs: new Set() });
  for (const name of inputs) found.get(id).inputs.add(name);
  for (const name of outputs) found.get(id).outputs.add(name);
}

// The graph of steps with the artifacts that they take and make; `countOf` says how many versions.
function drawnFlow(steps, artifact, countOf) {
  const near = artifact ? steps.filter(({ inputs, outputs }) => inputs.has(artifact) || outputs.has(artifact)) : steps;
  const [nodes, edges] = [new Map(), new Map()];
  let left = 0;
  for (const { id, pipeline, step, inputs, outputs } of near) {
    if (nodes.size > MOST) {
      left += 1;
      continue;
    }
    const ends = (names) => [...names].map((name) => artifactNode(nodes, name, countOf(name)));
    const [from, to] = [ends(inputs), ends(outputs)];
    if (!pipeline) {
      for (const one of from) for (const other of to) join(edges, one, other);
      continue;
    }
    nodes.set(id, { id, kind: "step", ref: step, run: pipeline, status: "completed", opens: null });
    for (const one of from) join(edges, one, id);
    for (const other of to) if (!inputs.has(other.slice(1))) join(edges, id, other);
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], root: artifact ? `a${artifact}` : null, left };
}

const join = (edges, from, to) => from !== to && edges.set(JSON.stringify([from, to]), { from, to });

function artifactNode(nodes, name, versions) {
  const id = `a${name}`;
  const told = versions === undefined ? "" : `${versions.toLocaleString("en")} version${versions === 1 ? "" : "s"}`;
  if (!nodes.has(id)) nodes.set(id, { id, kind: "artifact", ref: name, told, opens: versions ? `artifact:${name}` : null });
  return id;
}
