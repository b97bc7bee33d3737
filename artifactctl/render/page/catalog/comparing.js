// What was ticked, side by side: a row for each key, a column for each version or run.
import { byId, h, icon, keepingFocus, keyParts } from "../dom.js";
import { short, signed, visible } from "../numbers.js";
import { signature, state, toggled, update } from "../state.js";
import { curveCharts, curveControls, saidOf, swatch } from "./curving.js";
import { split } from "./details.js";
import { textOf } from "./question.js";
import { duration, link, moment, opening, quoted, refParts, size, statusBadge, tagList, typeBadge, wholeValue } from "./words.js";

const MOST = 20;
let drawn = "";
let told = "";

export async function drawComparison(source, isChanged = false) {
  const now = signature(["picked", "differing", "compared"]);
  byId("differing").checked = state.differing;
  if (now === drawn && !isChanged) return;
  drawn = now;
  const names = state.picked.slice(0, MOST);
  const found = await Promise.all(names.map((name) => source.one(...split(name))));
  if (drawn !== now) return;
  const said = JSON.stringify([now, found]);
  if (said === told) return;
  told = said;
  const columns = found.map((one, index) => ({ one, name: names[index] })).filter(({ one }) => one && !one.error);
  byId("compare-none").hidden = columns.length > 0;
  byId("compare-bar").hidden = columns.length === 0;
  byId("compare-note").textContent = noteOf(columns);
  const rows = rowsOf(columns.map(({ one }) => one));
  const shown = state.differing ? rows.filter(({ differs }) => differs) : rows;
  byId("compared").replaceChildren(...(columns.length ? [head(columns), h("tbody", {}, ...shown.map(line))] : []));
  const page = byId("compare-page");
  page.hidden = !source.isLive || columns.length < 2;
  if (!page.hidden) page.href = source.comparison(columns.map(({ one }) => one));
  byId("compare-command").textContent = columns.length > 1 ? commandOf(columns) : "";
  drawCurves(columns);
}

// The curves of all columns one over another; a chart for each key.
function drawCurves(columns) {
  const items = curvesOf(columns.map(({ one }) => one));
  const isShown = items.length > 0 && state.compared === "curves";
  byId("compared-switch").hidden = items.length === 0;
  byId("compared-shown").value = isShown ? "curves" : "table";
  byId("compared-table").hidden = isShown;
  byId("compared-curves").hidden = !isShown;
  byId("differing-label").hidden = isShown;
  if (!isShown) {
    byId("compared-curves").replaceChildren();
    return;
  }
  const legend = columns.map(({ one, name }, column) =>
    h("li", {}, swatch(column), link(opening(...split(name)), { class: "ref", title: visible(one.ref ?? one.name) }, ...nameParts(one))),
  );
  keepingFocus(() => byId("compared-curves").replaceChildren(h("ul", { class: "legend" }, ...legend), curveControls(), curveCharts(items)));
}

function curvesOf(found) {
  const items = new Map();
  for (const [column, one] of found.entries())
    for (const [key, series] of seriesOf(one)) {
      if (!items.has(key)) items.set(key, { key, lines: [] });
      items.get(key).lines.push({ ...series, name: visible(one.ref ?? one.name), column });
    }
  return [...items.values()].map((item) => ({ ...item, said: saidOfLines(item.lines, found.length) }));
}

const saidOfLines = (lines, all) => (all === 1 ? saidOf(lines[0]) : `${lines.length} of ${all} have it`);

const seriesOf = (one) => [
  ...(one.curves ?? []).map((series) => [series.key, series]),
  ...(one.parts ?? []).flatMap(({ name, curves }) => (curves ?? []).map((series) => [`${name}.${series.key}`, series])),
];

const nameParts = (one) => (one.kind === "run" ? [h("b", {}, visible(one.name))] : refParts(one.ref));

function noteOf(columns) {
  if (state.picked.length > MOST) return `the first ${MOST} of ${state.picked.length}`;
  return columns.length === 1 ? "Tick another one to compare it with." : "";
}

function commandOf(columns) {
  const names = columns.map(({ one }) => (one.kind === "run" ? `run:${one.id}` : one.ref));
  return `artifactctl compare ${names.map(quoted).join(" ")} --html compared.html`;
}

function head(columns) {
  const cells = columns.map(({ one, name }) =>
    h("th", { scope: "col" },
      link(opening(...split(name)), { class: "ref", title: visible(one.ref ?? one.name) }, ...nameParts(one)),
      h("button", { type: "button", class: "tool", "aria-label": `Leave ${visible(one.ref ?? one.name)} out`, onclick: () => update({ picked: toggled(state.picked, name) }) }, icon("close"))),
  );
  return h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "corner" }, "Key"), ...cells));
}

const FACTS = [
  ["type", (one) => one.type, (one) => one.type && typeBadge(one.type)],
  ["status", (one) => one.status, (one) => one.status && statusBadge(one.status)],
  ["pipeline", (one) => one.pipeline, (one) => one.pipeline && visible(one.pipeline)],
  ["tags", (one) => one.tags.join(","), (one) => tagList(one.tags)],
  ["created", (one) => one.created ?? one.started, (one) => moment(one.created ?? one.started)],
  ["took", (one) => one.took, (one) => duration(one.took)],
  ["size", (one) => one.size, (one) => (one.size === undefined ? "" : size(one.size))],
  ["files", (one) => one.files, (one) => (one.files === undefined ? "" : String(one.files))],
];

function rowsOf(found) {
  const facts = FACTS.filter(([, value]) => found.some((one) => value(one) !== undefined && value(one) !== null)).map(
    ([key, value, cell]) => ({ key, isFact: true, differs: differ(found.map(value)), cells: found.map((one) => cell(one)) }),
  );
  const keys = new Map();
  for (const [column, one] of found.entries())
    for (const [key, value] of allOf(one)) {
      if (!keys.has(key)) keys.set(key, Array(found.length).fill(undefined));
      keys.get(key)[column] = value;
    }
  const rows = [...keys].map(([key, values]) => ({ key, values, differs: differ(values.map((v) => v === undefined ? "\0" : textOf(v))) }));
  return [...facts, ...rows];
}

// The metadata of a version; of a run also what its steps were called with and said.
function allOf(one) {
  const steps = (one.parts ?? []).flatMap(({ name, parameters, metadata }) => [
    ...parameters.map(([key, value]) => [`${name}.${key}`, value]),
    ...metadata.map(([key, value]) => [`${name}.${key}`, value]),
  ]);
  return [...one.metadata, ...steps];
}

const differ = (values) => values.some((value) => value !== values[0]);

function line({ key, isFact, differs, cells, values }) {
  const shown = cells ?? values.map((value, index) => cellOf(value, values, index));
  return h("tr", { class: differs ? "differs" : "equal" },
    h("th", { scope: "row", title: visible(key) }, ...(isFact ? [h("span", { class: "muted" }, key)] : keyParts(visible(key)))),
    ...shown.map((cell) => h("td", {}, cell ?? "")));
}

// A number with how far it is from the first one, and a bar from the smallest to the largest.
function cellOf(value, values, index) {
  if (value === undefined) return h("span", { class: "missing" }, "missing");
  const numbers = values.filter((one) => typeof one === "number");
  if (typeof value !== "number" || numbers.length < 2) return wholeValue(value);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const change = index > 0 && typeof values[0] === "number" ? value - values[0] : 0;
  const bar = h("span", { class: "bar", "aria-hidden": true }, h("span"));
  bar.firstChild.style.width = high === low ? "100%" : `${8 + (92 * (value - low)) / (high - low)}%`;
  return h("span", { class: "measured" }, wholeValue(value), change ? h("span", { class: "delta" }, signed(short(change, 4), change)) : null, high === low ? null : bar);
}

export function prepareComparison() {
  byId("differing").addEventListener("change", ({ target }) => update({ differing: target.checked }));
  byId("compared-shown").addEventListener("change", ({ target }) => update({ compared: target.value }));
  byId("compare-clear").addEventListener("click", () => update({ picked: [] }));
}
