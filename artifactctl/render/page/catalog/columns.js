// What a row of each table shows: cells of columns on a wide screen, a card on a narrow one.
import { h } from "../dom.js";
import { keyParts } from "../dom.js";
import { visible } from "../numbers.js";
import { state, toggled, update } from "../state.js";
import { age, count, duration, link, opening, refParts, size, statusBadge, tagList } from "./words.js";
import { typeBadge, valueText } from "./words.js";

const PICK = { id: "pick", label: "", track: "38px", cell: pickBox };

export const nameOf = (row) =>
  row.kind === "version" ? `version:${row.ref}` : row.kind === "run" ? `run:${row.id}` : `artifact:${row.name}`;

// A tick puts the row among those that are compared.
function pickBox(row) {
  const name = nameOf(row);
  const label = `Compare ${visible(row.ref ?? row.name)}`;
  return h("input", {
    type: "checkbox",
    tabindex: -1,
    "aria-label": label,
    checked: state.picked.includes(name),
    onclick: (event) => event.stopPropagation(),
    onchange: () => update({ picked: toggled(state.picked, name) }),
  });
}

const TAGS = { id: "tags", label: "Tags", sort: "tags", track: "minmax(90px, 1fr)", cell: (row) => tagList(row.tags, 3) };
const TYPE = { id: "type", label: "Type", sort: "type", track: "108px", cell: (row) => (row.type ? typeBadge(row.type) : null) };

function created(label, by) {
  return { id: by, label, sort: by, track: "118px", cell: (row) => age(row[by]) };
}

const COLUMNS = {
  artifacts: () => [
    { id: "name", label: "Name", sort: "name", track: "minmax(170px, 2fr)", cell: artifactLink },
    { id: "latest", label: "Latest", sort: "updated", track: "minmax(64px, .7fr)", cell: (row) => h("b", {}, visible(row.latest ?? "–")) },
    { id: "versions", label: "Versions", sort: "versions", track: "88px", isNumber: true, cell: (row) => row.versions.toLocaleString("en") },
    !state.open && TYPE,
    TAGS,
    { id: "size", label: "Size", sort: "size", track: "88px", isNumber: true, cell: (row) => (row.size === null ? "" : size(row.size)) },
    created("Updated", "updated"),
  ],
  versions: () => [
    PICK,
    { id: "ref", label: "Version", sort: "artifact", track: "minmax(180px, 2fr)", cell: versionLink },
    TYPE,
    TAGS,
    ...(state.columns ?? []).map(metadataColumn),
    { id: "size", label: "Size", sort: "size", track: "84px", isNumber: true, cell: (row) => sizeOf(row) },
    !state.open && { id: "run", label: "Run", track: "minmax(80px, .8fr)", cell: (row) => h("span", { class: "muted cut" }, row.run ? visible(row.run.name) : "") },
    created("Created", "created"),
  ],
  runs: () => [
    PICK,
    { id: "name", label: "Run", sort: "name", track: "minmax(160px, 1.6fr)", cell: runLink },
    { id: "status", label: "Status", sort: "status", track: "112px", cell: (row) => statusBadge(row.status) },
    !state.open && { id: "pipeline", label: "Pipeline", sort: "pipeline", track: "minmax(100px, 1fr)", cell: (row) => h("span", { class: "cut" }, visible(row.pipeline)) },
    TAGS,
    ...(state.columns ?? []).map(metadataColumn),
    !state.open && { id: "steps", label: "Steps", sort: "steps", track: "66px", isNumber: true, cell: (row) => String(row.steps) },
    { id: "took", label: "Took", sort: "took", track: "100px", isNumber: true, cell: (row) => duration(row.took) },
    created("Started", "started"),
  ],
};

// Beside details there is room for fewer.
export const columnsOf = (table) => COLUMNS[table]().filter(Boolean);

function metadataColumn(key) {
  return {
    id: `metadata.${key}`,
    label: visible(key),
    title: visible(key),
    sort: `metadata.${key}`,
    track: "minmax(76px, .6fr)",
    isNumber: true,
    cell: (row) => h("span", { class: "cut" }, valueText(row.value(key))),
  };
}

const sizeOf = (row) => (row.gone ? h("span", { class: "muted" }, "deleted") : size(row.size));

function artifactLink(row) {
  return link(opening("artifact", row.name), { class: "ref", tabindex: -1 }, ...keyParts(visible(row.name)));
}

function versionLink(row) {
  return link(opening("version", row.ref), { class: "ref", tabindex: -1 }, ...refParts(row.ref));
}

function runLink(row) {
  return link(opening("run", row.id), { class: "ref", tabindex: -1 }, h("b", {}, visible(row.name)));
}

const dot = () => h("span", { class: "dot", "aria-hidden": true }, "·");
const between = (parts) => parts.filter(Boolean).flatMap((part, index) => (index ? [dot(), part] : [part]));

const CARDS = {
  artifacts: (row) => [
    [artifactLink(row), row.type && typeBadge(row.type)],
    between([count(row.versions, "version"), row.size === null ? null : size(row.size), age(row.updated), row.tags.length ? tagList(row.tags, 2) : null]),
  ],
  versions: (row) => [
    [versionLink(row), typeBadge(row.type)],
    between([sizeOf(row), age(row.created), row.tags.length ? tagList(row.tags, 2) : null]),
  ],
  runs: (row) => [
    [runLink(row), statusBadge(row.status)],
    between([visible(row.pipeline), duration(row.took) || null, age(row.started)]),
  ],
};

export function cardOf(table, row) {
  const [first, second] = CARDS[table](row);
  const pick = table === "artifacts" ? null : h("span", { class: "pick" }, pickBox(row));
  return [
    pick,
    h("span", { class: "lines" }, h("span", { class: "first" }, ...first.filter(Boolean)), h("span", { class: "second" }, ...second)),
  ];
}

// The orders that a narrow screen offers, where there are no heads of columns.
export const ordersOf = (table) => columnsOf(table).filter(({ sort }) => sort);
