// All that the columns in the file tell of one version, run or artifact.
import { givenTo, inputsOf, makersOf, outputsOf, takenBy, usersOf } from "./relations.js";

const RECENT = 60; // versions of an artifact in its details
const TRENDS = 4;
const TELL = { version: versionDetails, run: runDetails, artifact: artifactDetails };

export function detailsOf(catalog, found) {
  if (!found) return null;
  const { kind, row } = found;
  return { ...TELL[kind](catalog, row), description: catalog.ids.descriptions[kind][row] };
}

const entries = (columns, row) =>
  [...columns]
    .map(([key, column]) => [key, column.at(row)])
    .filter(([, value]) => value !== undefined);

const named = (catalog, row) => ({
  ref: catalog.refOf(row),
  isHere: row < catalog.count.versions,
});

const stepOf = ({ runs, run }, step) => ({
  step: runs.steps.names[runs.steps.name[step]],
  run: run(runs.steps.run[step]),
});

function versionDetails(catalog, row) {
  const { versions } = catalog.core;
  return {
    ...catalog.version(row),
    id: catalog.ids.versions[row],
    digest: catalog.ids.digests[row],
    dataType: versions.dataTypes[versions.data[row]] ?? null,
    materializer: versions.materializers[versions.materializer[row]] ?? null,
    metadata: entries(catalog.metadata, row),
    curves: catalog.series.of("version", row),
    previews: catalog.previews.filter((one) => one.version === row),
    madeFrom: madeFrom(catalog, row),
    usedFor: usedFor(catalog, row),
  };
}

function madeFrom(catalog, row) {
  const given = givenTo(catalog, row).map((other) => ({ ...named(catalog, other), step: null }));
  const taken = makersOf(catalog, row).flatMap((step) =>
    inputsOf(catalog, step).map((other) => ({ ...named(catalog, other), ...stepOf(catalog, step) })),
  );
  return [...given, ...taken];
}

function usedFor(catalog, row) {
  const given = takenBy(catalog, row).map((other) => ({ ...named(catalog, other), step: null }));
  const made = usersOf(catalog, row).flatMap((step) => {
    const how = stepOf(catalog, step);
    const outputs = outputsOf(catalog, step).map((other) => ({ ...named(catalog, other), ...how }));
    return outputs.length ? outputs : [{ ref: null, ...how }];
  });
  return [...given, ...made];
}

function runDetails(catalog, row) {
  const { steps } = catalog.runs;
  return {
    ...catalog.run(row),
    metadata: entries(catalog.runs.values, row),
    curves: catalog.series.of("run", row),
    parts: steps.of[row].map((step) => ({
      name: steps.names[steps.name[step]],
      status: catalog.runs.statuses[steps.status[step]],
      took: steps.took[step],
      parameters: entries(steps.arguments, step),
      metadata: entries(steps.values, step),
      curves: catalog.series.of("step", step),
      inputs: inputsOf(catalog, step).map((other) => named(catalog, other)),
      outputs: outputsOf(catalog, step).map((other) => named(catalog, other)),
    })),
  };
}

function artifactDetails(catalog, row) {
  const { rows } = catalog.core.artifacts.groups[row];
  return {
    ...catalog.artifact(row),
    id: catalog.ids.artifacts[row],
    recent: rows.slice(0, RECENT).map((one) => catalog.version(one)),
    trends: trendsOf(catalog, rows.slice(0, RECENT).toReversed()),
    previews: catalog.previews.filter((one) => one.version === rows[0]),
  };
}

// The numbers that most of an artifact's versions have, from the oldest version to the newest.
function trendsOf(catalog, rows) {
  const found = [];
  for (const [key, column] of catalog.metadata) {
    if (!column.isNumeric) continue;
    const points = rows.map((row) => column.at(row)).filter((value) => typeof value === "number");
    if (points.length > 1 && new Set(points).size > 1) found.push({ key, points });
  }
  return found.toSorted((a, b) => b.points.length - a.points.length).slice(0, TRENDS);
}
