// Choosing what is drawn: the list of keys that can be axes.
import { byId, h, options, placeBelow } from "./dom.js";
import { drawable, grouped, rowOf, rows } from "./content.js";
import { chosenAxes, usualAxes } from "./axes.js";
import { palette } from "./charts.js";
import { state, toggled, update } from "./state.js";

export function prepareChoosing() {
  byId("axis-filter").addEventListener("input", drawChoices);
  byId("axes-all").addEventListener("click", () =>
    update({ axes: matching().map(({ id }) => id) }),
  );
  byId("axes-none").addEventListener("click", () => update({ axes: [] }));
  byId("axes-usual").addEventListener("click", () => update({ axes: usualAxes }));
  byId("choose-axes").addEventListener("toggle", openChoices);
  for (const select of document.querySelectorAll("select.colour")) {
    select.addEventListener("change", () => update({ colour: select.value }));
    options(select, grouped(drawable), state.colour);
  }
}

export function prepareGrouping() {
  const list = [["ungrouped", [["", "none"]]], ...grouped(rows)];
  for (const select of document.querySelectorAll("select.grouping")) {
    select.addEventListener("change", () => groupBy(select.value));
    options(select, list, state.group);
  }
}

// The groups have the colours of the key in the charts.
function groupBy(group) {
  update(rowOf.get(group)?.isDrawable ? { group, colour: group } : { group });
}

export function drawGrouping() {
  for (const select of document.querySelectorAll("select.grouping")) select.value = state.group;
}

function openChoices() {
  drawChoices();
  placeBelow(byId("choose-axes"), byId("choose"));
}

export function drawColours() {
  for (const select of document.querySelectorAll("select.colour"))
    select.value = state.colour ?? "";
  for (const legend of document.querySelectorAll(".legend")) drawLegend(legend);
}

function drawLegend(legend) {
  const row = rowOf.get(state.colour);
  legend.hidden = !row?.isDrawable;
  if (legend.hidden) return;
  const ticks = state.log.includes(row.id) && row.logTicks.length ? row.logTicks : row.ticks;
  const bar = h("span", { class: "bar", "aria-hidden": true });
  bar.style.backgroundImage = `linear-gradient(to right, ${palette().join(",")})`;
  const labels = thinned(ticks).map(({ at, label }) => {
    const text = h("span", {}, label);
    text.style.left = `${at * 100}%`;
    return text;
  });
  legend.replaceChildren(bar, h("span", { class: "labels" }, ...labels));
}

// At most four labels, as that many fit side by side.
const thinned = (ticks) => ticks.filter((_, index) => index % Math.ceil(ticks.length / 4) === 0);

function matching() {
  const wanted = byId("axis-filter").value.trim().toLowerCase();
  return drawable.filter(({ id }) => id.toLowerCase().includes(wanted));
}

export function drawChoices() {
  byId("axis-count").textContent = `${chosenAxes().length} of ${drawable.length}`;
  if (!byId("choose-axes").matches(":popover-open")) return;
  const list = matching();
  byId("axes").replaceChildren(...list.map(choice));
  byId("axes-all").textContent =
    list.length === drawable.length ? `All ${list.length}` : `These ${list.length}`;
}

function choice(row) {
  const onchange = () => update({ axes: toggled(state.axes, row.id) });
  const box = h("input", {
    type: "checkbox",
    checked: state.axes.includes(row.id),
    onchange,
    "data-focus": `axis ${row.id}`,
  });
  const kind = row.kind === "category" ? h("span", { class: "mark" }, "category") : null;
  return h("li", {}, h("label", {}, box, h("span", { class: "name" }, row.shown), kind));
}
