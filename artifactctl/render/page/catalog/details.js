// All that is known of one version, run or artifact, beside the table.
import { byId, h, icon, keepingFocus, keyParts } from "../dom.js";
import { visible } from "../numbers.js";
import { state, toggled, update } from "../state.js";
import { nameOf } from "./columns.js";
import { curveCharts, curveControls, saidOf } from "./curving.js";
import { lined, previewOf } from "./previews.js";
import { sparkline } from "./sparkline.js";
import { age, count, duration, go, link, moment, opening, refLink, refParts } from "./words.js";
import { quoted, size, statusBadge, tagList, typeBadge, wholeValue } from "./words.js";

const MOST = 30; // neighbours and versions that are listed at once
let shown = "";
let told = ""; // what the details say, to leave them alone while it stays the same
let held = ""; // and what the store said of it

// Draws what `state.open` names; nothing while nothing is open.
export async function drawDetails(source, isChanged = false) {
  const panel = byId("details");
  panel.hidden = !state.open;
  document.body.classList.toggle("opened", Boolean(state.open));
  if (!state.open) shown = "";
  const wanted = `${state.open} ${state.picked.includes(state.open)}`;
  if (!state.open || (wanted === shown && !isChanged)) return;
  const isOther = !shown.startsWith(`${state.open} `);
  shown = wanted;
  const [kind, name] = split(state.open);
  const one = await source.one(kind, name);
  if (shown !== wanted) return;
  const now = JSON.stringify([wanted, one]);
  if (now !== told) redraw(partsOf(kind, name, one).filter(Boolean), isOther);
  told = now;
  if (isOther) byId("details-body").scrollTop = 0;
  if (one?.isHeld) await addHeld(source, one, () => told === now);
}

function partsOf(kind, name, one) {
  if (!one) return missing(name);
  return one.error ? [h("p", { class: "notice" }, `${visible(name)}: ${visible(one.error)}`)] : DRAW[kind](one);
}

// What was unfolded, and what came from the store, stays where the same is drawn again.
function redraw(parts, isOther) {
  const body = byId("details-body");
  const folds = () => [...body.querySelectorAll("details")].map((one) => [one, one.closest("tr")?.firstChild.title]);
  const opened = new Set(isOther ? [] : folds().filter(([one]) => one.open).map(([, key]) => key));
  const kept = isOther ? [] : [...(byId("details-held")?.childNodes ?? [])];
  keepingFocus(() => body.replaceChildren(...parts));
  for (const [one, key] of folds()) one.open = opened.has(key);
  const place = byId("details-held");
  if (place && !place.hasChildNodes()) place.append(...kept);
  if (isOther) held = "";
}

// What a server reads in the store comes after the rest, as the store may be far away.
async function addHeld(source, one, isWanted) {
  const found = await source.held(refOf(one));
  const now = JSON.stringify(found);
  if (!found || !isWanted() || now === held) return;
  held = now;
  const { files, left, previews: shows, problem } = found;
  byId("details-held").replaceChildren(
    ...[problem ? h("p", { class: "warning" }, visible(problem)) : null, one.kind === "version" ? section("Files", fileList(files, left)) : null, ...previewSections(shows, refOf(one))].filter(Boolean),
  );
}

export function split(opened) {
  const cut = opened.indexOf(":");
  const kind = opened.slice(0, cut);
  return [Object.hasOwn(DRAW, kind) ? kind : "version", opened.slice(cut + 1)];
}

const missing = (name) => [h("p", { class: "notice" }, `${visible(name)} is not in this page.`)];

const DRAW = { version: drawVersion, run: drawRun, artifact: drawArtifact };

function title(kind, name, ...more) {
  return h("div", { class: "headline" }, h("p", { class: "kicker" }, kind), h("h2", {}, ...name), h("p", { class: "badges" }, ...more));
}

function description({ description: text }) {
  return text ? h("p", { class: "description" }, lined(text)) : null;
}

function section(name, ...children) {
  return children.some(Boolean) ? h("section", {}, h("h3", {}, name), ...children) : null;
}

function facts(pairs) {
  const rows = pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
  return h("dl", { class: "facts" }, ...rows);
}

function values(pairs) {
  if (!pairs.length) return null;
  const rows = pairs.map(([key, value]) =>
    h("tr", {}, h("th", { scope: "row", title: visible(key) }, ...keyParts(visible(key))), h("td", {}, wholeValue(value))),
  );
  return h("table", { class: "values" }, h("tbody", {}, ...rows));
}

function actions(row, ...more) {
  const name = nameOf(row);
  const isPicked = state.picked.includes(name);
  return h(
    "p",
    { class: "doing" },
    h("button", { type: "button", "aria-pressed": isPicked, onclick: () => update({ picked: toggled(state.picked, name) }) }, isPicked ? "✓ To compare" : "Compare"),
    link({ view: "lineage", of: state.open }, { class: "button" }, "Lineage"),
    ...more,
  );
}

function copy(text, label) {
  const button = h("button", { type: "button", class: "quiet", title: text }, label);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = text;
    }
    setTimeout(() => (button.textContent = label), 2500);
  });
  return button;
}

function neighbours(list) {
  if (!list.length) return null;
  const items = list.slice(0, MOST).map(({ ref, isHere, step, run }) =>
    h(
      "li",
      {},
      ref === null ? h("span", { class: "muted" }, "no output") : refLink({ ref, isHere: isHere !== false }),
      h("span", { class: "how" }, ...how(step, run)),
    ),
  );
  return h("ul", { class: "neighbours" }, ...items, more(list.length));
}

const more = (number) => (number > MOST ? h("li", { class: "muted" }, `${number - MOST} more`) : null);

function how(step, run) {
  if (!step) return ["named when it was registered"];
  const name = visible(run?.name ?? "");
  return [`${visible(step)}, `, run?.id ? link(opening("run", run.id), {}, name) : name];
}

function drawVersion(one) {
  const { ref, artifact, run } = one;
  const made = run && (run.id ? link(opening("run", run.id), {}, visible(run.name)) : visible(run.name));
  return [
    title("Version", refParts(ref), typeBadge(one.type), tagList(one.tags)),
    one.gone ? h("p", { class: "warning" }, "The data of this version was deleted; what is known of it stays.") : null,
    description(one),
    actions(one, copy(`artifactctl download ${quoted(ref)}`, "Copy download command")),
    facts([
      ["Artifact", link(opening("artifact", artifact), {}, visible(artifact))],
      ["Created", h("span", {}, age(one.created), h("span", { class: "muted" }, ` ${moment(one.created)}`))],
      ["Size", `${size(one.size)} in ${count(one.files, "file")}${one.linked ? ", linked in its place" : ""}`],
      ["Made by", made && h("span", {}, made, one.step ? ` / ${visible(one.step)}` : "")],
      ["Object", one.dataType && h("code", {}, visible(one.dataType))],
      ["Digest", one.digest && h("code", { class: "cut", title: one.digest }, visible(one.digest))],
      ["ID", h("code", {}, visible(one.id))],
    ]),
    section("Metadata", values(one.metadata)),
    hasCurves(one) ? curveControls() : null,
    curves(one.curves),
    section("Made from", neighbours(one.madeFrom)),
    section("Used for", neighbours(one.usedFor)),
    ...previews(one),
  ];
}

function fileList(files, left) {
  if (!files.length) return null;
  const rows = files.map(({ path, size_bytes: bytes }) => h("li", {}, h("span", { class: "cut", title: visible(path) }, visible(path)), h("span", { class: "muted" }, size(bytes))));
  return h("ul", { class: "files" }, ...rows, left ? h("li", { class: "muted" }, `${left.toLocaleString("en")} more`) : null);
}

const refOf = ({ ref, name, latest }) => ref ?? `${name}:${latest}`;
const previews = (one) => [h("div", { id: "details-held" }, ...previewSections(one.previews ?? [], refOf(one)))];
const previewSections = (found, ref) => found.map((item) => section(visible(item.name), previewOf(item, ref)));

// The curves of series: of a run those of its steps stand with the steps.
function curves(series) {
  return series?.length ? section("Curves", curveCharts(series.map(itemOf))) : null;
}

const itemOf = (one) => ({ key: one.key, said: saidOf(one), lines: [{ name: "", column: 0, ...one }] });
const hasCurves = (one) => Boolean(one.curves?.length || one.parts?.some((part) => part.curves?.length));

function drawRun(one) {
  return [
    title("Run", [h("b", {}, visible(one.name))], statusBadge(one.status), tagList(one.tags)),
    description(one),
    actions(one, copy(`artifactctl runs describe ${quoted(one.id)}`, "Copy describe command")),
    facts([
      ["Pipeline", link({ view: "runs", q: `pipeline:"${one.pipeline}"`, artifact: "", type: "", tag: "" }, {}, visible(one.pipeline))],
      ["Started", h("span", {}, age(one.started), h("span", { class: "muted" }, ` ${moment(one.started)}`))],
      ["Took", duration(one.took)],
      ["ID", h("code", {}, visible(one.id))],
    ]),
    section("Metadata", values(one.metadata)),
    hasCurves(one) ? curveControls() : null,
    curves(one.curves),
    ...one.parts.map(drawStep),
  ];
}

const refs = (label, list) => [
  label,
  list.length ? h("span", { class: "refs" }, ...list.slice(0, MOST).map((one) => refLink(one))) : null,
];

function drawStep({ name, status, took, parameters, metadata, curves: series, inputs, outputs }) {
  return h(
    "section",
    { class: "step" },
    h("h3", {}, h("span", {}, visible(name)), statusBadge(status), h("span", { class: "muted" }, duration(took))),
    facts([refs("Inputs", inputs), refs("Outputs", outputs)]),
    values([...parameters, ...metadata]),
    series?.length ? curveCharts(series.map(itemOf)) : null,
  );
}

function drawArtifact(one) {
  const all = link({ view: "versions", artifact: one.name, q: "", type: "", tag: "", sort: null, columns: null, open: "" }, { class: "button" }, `All ${count(one.versions, "version")}`);
  return [
    title("Artifact", [h("b", {}, visible(one.name))], one.type && typeBadge(one.type), tagList(one.tags)),
    description(one),
    h("p", { class: "doing" }, all, copy(`artifactctl download ${quoted(one.name)}`, "Copy download command")),
    facts([
      ["Latest", one.latest && refLink({ ref: `${one.name}:${one.latest}`, isHere: true })],
      ["Size", one.size === null ? null : `${size(one.size)} together`],
      ["Created", h("span", {}, age(one.created), h("span", { class: "muted" }, ` ${moment(one.created)}`))],
      ["ID", h("code", {}, visible(one.id))],
    ]),
    ...(one.trends ?? []).map(({ key, points }) => section(visible(key), sparkline(points, visible(key)))),
    section("Versions", h("ul", { class: "neighbours" }, ...one.recent.slice(0, MOST).map(recentLine), more(one.versions))),
    ...previews(one),
  ];
}

function recentLine(row) {
  return h("li", {}, refLink({ ref: row.ref, isHere: true }), h("span", { class: "how" }, tagList(row.tags, 3), " ", size(row.size), " · ", age(row.created)));
}

export function prepareDetails(focusBack) {
  const close = () => {
    go({ open: "" });
    focusBack();
  };
  byId("details-close").append(icon("close"));
  byId("details-close").addEventListener("click", close);
  return close;
}
