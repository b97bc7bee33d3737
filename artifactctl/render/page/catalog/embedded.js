// The catalog in the file: rows of its columns.
import { columnsOfValues, unpackSeries, valuesOfRuns } from "./series.js";
import { chunk, metadataColumns, setup, summed, tagsByRow } from "./unpacking.js";

const NONE = [];
// Until `openRest`. `values` are what tables show of versions: metadata, and extremes of series.
const UNREAD = { others: NONE, runs: null, metadata: null, values: null, series: null, ids: null, isWhole: false };

// The columns of artifacts and versions, which the first rows are drawn from.
export async function openCatalog() {
  const core = await chunk("core");
  const { artifacts, versions } = core;
  artifacts.created = summed(artifacts.created);
  versions.created = summed(versions.created);
  const marks = { linked: new Set(versions.linked), gone: new Set(versions.gone) };
  const tags = { artifacts: tagsByRow(artifacts.tags), versions: tagsByRow(versions.tags) };
  const catalog = {
    core,
    notes: setup.notes,
    count: { artifacts: artifacts.name.length, versions: versions.version.length },
    types: versions.types,
    tags: { artifacts: Object.keys(artifacts.tags), versions: Object.keys(versions.tags), runs: [] },
    tagsOf: (table, row) => tags[table]?.get(row) ?? NONE,
    refOf: (row) => refOf(core, catalog.others, row),
    version: (row) => versionRow(catalog, marks, row),
    artifact: (row) => artifactRow(catalog, row),
    ...UNREAD,
  };
  gather(catalog);
  return catalog;
}

function refOf({ artifacts, versions }, others, row) {
  const count = versions.version.length;
  if (row >= count) return others[row - count].ref;
  return `${artifacts.name[versions.artifact[row]]}:${versions.version[row]}`;
}

// The versions of each artifact, newest first, with the sum of their sizes.
function gather({ core: { artifacts, versions }, ...catalog }) {
  const groups = artifacts.name.map(() => ({ rows: [], size: 0 }));
  for (let row = 0; row < catalog.count.versions; row += 1) {
    const group = groups[versions.artifact[row]];
    group?.rows.push(row);
    if (group) group.size += versions.size[row];
  }
  artifacts.groups = groups;
  artifacts.rowOf = new Map(artifacts.name.map((name, row) => [name, row]));
}

function versionRow(catalog, marks, row) {
  const { artifacts, versions } = catalog.core;
  return {
    kind: "version",
    row,
    ref: catalog.refOf(row),
    artifact: artifacts.name[versions.artifact[row]] ?? "",
    version: versions.version[row],
    type: versions.types[versions.type[row]],
    tags: catalog.tagsOf("versions", row),
    created: versions.created[row],
    size: versions.size[row],
    files: versions.files[row],
    linked: marks.linked.has(row),
    gone: marks.gone.has(row),
    run: runOf(catalog, versions.run[row]),
    step: versions.steps[versions.step[row]] ?? null,
    value: (key) => catalog.values?.get(key)?.at(row),
  };
}

function runOf({ runs, core }, place) {
  if (place === -1) return null;
  if (place < -1) return { name: core.versions.lostRuns[-2 - place], id: null };
  return runs ? { name: runs.name[place], id: runs.id[place] } : { name: "…", id: null };
}

function artifactRow({ core: { artifacts, versions }, tagsOf }, row) {
  const { rows, size } = artifacts.groups[row];
  const latest = rows[0];
  return {
    kind: "artifact",
    row,
    name: artifacts.name[row],
    tags: tagsOf("artifacts", row),
    created: artifacts.created[row],
    versions: rows.length,
    latest: latest === undefined ? null : versions.version[latest],
    updated: latest === undefined ? artifacts.created[row] : versions.created[latest],
    type: latest === undefined ? null : versions.types[versions.type[latest]],
    size,
  };
}

// What is not needed for the first rows.
export async function openRest(catalog) {
  const runs = await chunk("runs");
  runs.started = summed(runs.started);
  runs.tagsAt = tagsByRow(runs.tags);
  runs.values = metadataColumns(runs.metadata);
  runs.rowOf = new Map(runs.id.map((id, row) => [id, row]));
  const { steps } = runs;
  steps.values = metadataColumns(steps.metadata);
  steps.arguments = metadataColumns(steps.parameters);
  steps.of = runs.id.map(() => []);
  for (const [step, run] of steps.run.entries()) steps.of[run]?.push(step);
  catalog.others = runs.others;
  catalog.tags.runs = Object.keys(runs.tags);
  catalog.runs = runs;
  catalog.count.runs = runs.id.length;
  catalog.run = (row) => runRow(runs, row);
  catalog.series = unpackSeries(await chunk("curves"));
  runs.shown = valuesOfRuns(runs, catalog.series);
  catalog.metadata = metadataColumns((await chunk("metadata")) ?? []);
  catalog.values = new Map([...columnsOfValues(catalog.series.extremes("version")), ...catalog.metadata]);
  catalog.ids = await chunk("ids");
  catalog.previews = (await chunk("previews")).items;
  catalog.isWhole = true;
}

function runRow(runs, row) {
  return {
    kind: "run",
    row,
    id: runs.id[row],
    name: runs.name[row],
    pipeline: runs.pipelines[runs.pipeline[row]],
    status: runs.statuses[runs.status[row]],
    started: runs.started[row],
    took: runs.took[row],
    steps: runs.steps.of[row].length,
    tags: runs.tagsAt.get(row) ?? NONE,
    value: (key) => runs.shown?.get(key)?.at(row),
  };
}
