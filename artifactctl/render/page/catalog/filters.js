// The bar over a table: what it is narrowed down to, in which order, with which columns.
import { byId, h, icon } from "../dom.js";
import { visible } from "../numbers.js";
import { signature, state, toggled, update } from "../state.js";
import { ordersOf } from "./columns.js";
import { go, shortType } from "./words.js";

const AUTOMATIC = 3; // columns of metadata that an artifact's versions begin with
let columnsOfKeys = "";

export function drawFilters(source, table) {
  const about = source.about();
  const isSearchable = table !== null;
  byId("bar").hidden = !isSearchable;
  if (!isSearchable) return;
  if (byId("search").value !== state.q) byId("search").value = state.q;
  byId("type-label").hidden = table === "runs";
  fill("type", "All types", about.types, state.type, shortType);
  fill("tag", "All tags", about.tags[table], state.tag, (tag) => tag);
  byId("tag-label").hidden = !about.tags[table].length && !state.tag;
  byId("artifact").hidden = !state.artifact || table !== "versions";
  byId("artifact").replaceChildren(h("span", {}, visible(state.artifact)), icon("close"));
  byId("columns").hidden = table === "artifacts";
  drawOrders(table);
}

function fill(id, all, known, chosen, name) {
  const list = chosen && !known.includes(chosen) ? [...known, chosen] : known;
  const signed = JSON.stringify([list, chosen]);
  const select = byId(id);
  if (select.dataset.filled === signed) return;
  select.dataset.filled = signed;
  const option = (value, text) => h("option", { value, selected: value === chosen }, text);
  select.replaceChildren(option("", all), ...list.map((value) => option(value, visible(name(value)))));
}

function drawOrders(table) {
  const select = byId("order");
  const now = JSON.stringify([table, state.sort, state.columns]);
  if (select.dataset.filled === now) return;
  select.dataset.filled = now;
  const choices = ordersOf(table).flatMap(({ label, sort }) => [
    [`${sort}:up`, `${label} ↑`],
    [`${sort}:down`, `${label} ↓`],
  ]);
  const current = state.sort ? `${state.sort.by}:${state.sort.isDown ? "down" : "up"}` : "";
  select.replaceChildren(...[["", "Newest first"], ...choices].map(([value, text]) => h("option", { value, selected: value === current }, text)));
}

// The versions of one artifact begin with the numbers that most of them have.
export async function chooseColumns(source, table) {
  if (table !== "versions" || state.columns !== null || !state.artifact) return;
  const wanted = state.artifact;
  const keys = await source.keysOf(table, wanted);
  if (state.artifact !== wanted || state.columns !== null) return;
  const numeric = keys.filter(({ isNumeric, isExtreme }) => isNumeric && !isExtreme).slice(0, AUTOMATIC);
  if (numeric.length) update({ columns: numeric.map(({ key }) => key) });
}

async function drawColumnMenu(source) {
  const list = byId("column-list");
  const now = signature(["artifact", "columns", "view"]);
  if (columnsOfKeys === now) return;
  columnsOfKeys = now;
  const keys = await source.keysOf(state.view, state.artifact);
  const shown = state.columns ?? [];
  const names = [...new Set([...shown, ...keys.map(({ key }) => key)])].slice(0, 200);
  list.replaceChildren(...(names.length ? names.map((key) => columnItem(source, key, shown)) : [h("li", { class: "muted" }, "There is no metadata.")]));
}

function columnItem(source, key, shown) {
  const onchange = () => {
    update({ columns: toggled(state.columns ?? [], key) });
    requestAnimationFrame(() => drawColumnMenu(source));
  };
  return h("li", {}, h("label", {}, h("input", { type: "checkbox", checked: shown.includes(key), onchange }), visible(key)));
}

export function prepareFilters(source) {
  byId("search").addEventListener("input", ({ target }) => update({ q: target.value, ...(searchable() ? {} : { view: "versions" }) }));
  byId("type").addEventListener("change", ({ target }) => update({ type: target.value }));
  byId("tag").addEventListener("change", ({ target }) => update({ tag: target.value }));
  byId("artifact").addEventListener("click", () => go({ artifact: "", columns: null }));
  byId("order").addEventListener("change", ({ target }) => update({ sort: orderOf(target.value) }));
  byId("column-menu").addEventListener("toggle", (event) => event.newState === "open" && drawColumnMenu(source));
}

const searchable = () => ["artifacts", "versions", "runs"].includes(state.view);

function orderOf(word) {
  const cut = word.lastIndexOf(":");
  return cut < 0 ? null : { by: word.slice(0, cut), isDown: word.slice(cut + 1) === "down" };
}
