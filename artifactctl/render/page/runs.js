// The strip of all columns: which are shown, their colours, and how to show hidden ones again.
import { byId, h, icon, unseen } from "./dom.js";
import { columns, noun } from "./content.js";
import { brushed, hasColour, isOut, outside, shade, shownColumns } from "./axes.js";
import { colourAt, isDark } from "./charts.js";
import { curveLook } from "./looks.js";
import { signature, state, toggled, update } from "./state.js";

let drawn = "";

// `point` is called with the column that the pointer or the focus is on, -1 for none.
export function drawRuns(point) {
  const out = outside();
  const now = signature(["hidden", "baseline", "colour", "log", "view"], out, isDark());
  if (now === drawn) return;
  drawn = now;
  byId("runs").replaceChildren(
    ...columns.map((_, index) => h("li", {}, chip(index, out[index], point))),
  );
  drawActions(out);
}

export function toggleColumn(index) {
  update({ hidden: toggled(state.hidden, index) });
}

function chip(index, isOutside, point) {
  const isHidden = state.hidden.includes(index);
  const name = columns[index].shown;
  return h(
    "button",
    {
      type: "button",
      class: isOutside && !isHidden ? "chip outside" : "chip",
      "aria-pressed": !isHidden,
      "data-focus": `run ${index}`,
      title: `${isHidden ? "Show" : "Hide"} ${name}`,
      onclick: () => toggleColumn(index),
      onpointerenter: () => point(index),
      onpointerleave: () => point(-1),
      onfocus: () => point(index),
      onblur: () => point(-1),
    },
    swatch(index),
    h("span", { class: "name" }, name),
    index === state.baseline ? h("span", { class: "mark" }, "baseline") : null,
    icon(isHidden ? "show" : "hide"),
    isOutside && !isHidden ? unseen("outside of the ranges") : null,
  );
}

function swatch(index) {
  const spot = h("span", { class: "swatch", "aria-hidden": true });
  if (state.view === "curves") spot.style.backgroundColor = curveLook(index).colour;
  else if (["parallel", "scatter"].includes(state.view) && hasColour()) spot.style.backgroundColor = colourAt(shade(index));
  return spot;
}

function drawActions(out) {
  const shown = shownColumns();
  const inside = shown.filter((index) => !out[index]);
  const isChart = ["parallel", "scatter"].includes(state.view);
  const isFiltered = brushed().length > 0 && isChart;
  byId("show-all").disabled = state.hidden.length === 0;
  byId("clear").disabled = !isFiltered;
  byId("keep").hidden = byId("clear").hidden = !isChart;
  byId("keep").disabled = inside.length === 0 || inside.length === shown.length;
  byId("count").textContent = [
    `${isFiltered ? `${inside.length} of ${shown.length}` : shown.length} ${noun}s`,
    state.hidden.length ? `${state.hidden.length} hidden` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

export function keepInside() {
  const others = shownColumns().filter(isOut);
  update({ hidden: [...state.hidden, ...others], brush: {} });
}
