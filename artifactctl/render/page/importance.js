// Which parameters go with a metric: bars by the strength of their rank correlation.
import { byId, h, keyParts, options, unseen } from "./dom.js";
import { grouped, metrics, noun, rowOf, rows } from "./content.js";
import { shownColumns } from "./axes.js";
import { FEW, association } from "./statistics.js";
import { state, update } from "./state.js";

const METHODS = { spearman: "Spearman's ρ", correlation_ratio: "ratio η" };

export function prepareImportance() {
  options(byId("target"), grouped(metrics), state.target);
  byId("target").addEventListener("change", ({ target }) => update({ target: target.value }));
}

export function drawImportance() {
  byId("target").value = state.target ?? "";
  const target = rowOf.get(state.target);
  const pairs = shownColumns().filter((column) => target && isKnown(target, column));
  const told = target ? candidates(target).map((row) => ({ row, ...toldOf(row, target, pairs) })) : [];
  const found = told.filter(({ reason }) => !reason);
  found.sort((a, b) => Math.abs(b.strength) - Math.abs(a.strength));
  byId("important").replaceChildren(...(found.length ? [head(), h("tbody", {}, ...found.map(line))] : []));
  byId("no-importance").hidden = found.length > 0;
  byId("few").textContent = fewText(pairs.length, found.length);
  byId("left-out").textContent = leftOutText(told.filter(({ reason }) => reason));
}

const isKnown = (row, column) => !row.missing[column] && row.numbers[column] !== null;

// The parameters that differ; where there are none, all other keys that do.
function candidates(target) {
  const list = rows.filter((row) => row.differs && row !== target && row.group !== "facts");
  const parameters = list.filter(({ group }) => group === "parameters");
  return parameters.length ? parameters : list;
}

function toldOf(row, target, places) {
  const both = places.filter((column) => isKnown(row, column));
  const pairs = both.map((column) => [row.numbers[column], target.numbers[column]]);
  return association(pairs, row.kind === "number");
}

function head() {
  const names = ["Key", "Strength", "How", "n"];
  return h("thead", {}, h("tr", {}, ...names.map((text) => h("th", { scope: "col" }, text))));
}

function line({ row, method, n, strength, chance }) {
  const isChance = Math.abs(strength) <= chance;
  const text = method === "spearman" && strength > 0 ? `+${strength.toFixed(2)}` : strength.toFixed(2);
  const way = strength < 0 ? "falling" : "rising";
  const bar = h("span", { class: `share ${way}` });
  bar.style.width = `${Math.max(0.5, Math.abs(strength) * 100)}%`;
  const limit = h("span", { class: "limit" });
  limit.style.left = `${chance * 100}%`;
  const track = h("span", { class: "track", "aria-hidden": true }, bar, limit);
  const doubt = isChance ? h("span", { class: "doubt" }, "may be chance") : null;
  return h(
    "tr",
    { class: isChance ? "doubtful" : null, "data-key": row.id, "data-strength": strength, "data-chance": chance },
    h("th", { scope: "row", title: row.shown }, h("span", { class: "key" }, ...keyParts(row.shown))),
    h("td", {}, h("span", { class: "strength" }, track, h("span", { class: "value" }, text), unseen(` beyond ${chance.toFixed(2)} is unlikely by chance `), doubt)),
    h("td", {}, METHODS[method]),
    h("td", {}, String(n)),
  );
}

function fewText(count, found) {
  if (count >= FEW || !found) return "";
  return `${count} ${noun}s are few: this is a hint, not a finding.`;
}

function leftOutText(list) {
  const reasons = Map.groupBy(list, ({ reason }) => reason);
  return [...reasons]
    .map(([reason, told]) => `Left out, ${reason}: ${told.map(({ row }) => row.shown).join(", ")}.`)
    .join(" ");
}
