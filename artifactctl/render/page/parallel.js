// Parallel coordinates: Vega draws lines and axes; titles and ranges are elements above them.
import { byId, h } from "./dom.js";
import { columns } from "./content.js";
import { brushed, chosenAxes, isOut, outside, place, shade, shownColumns, ticks } from "./axes.js";
import { bandPath, groupPlaces } from "./bands.js";
import { drawBrush, strip } from "./brushes.js";
import { chart, isDark } from "./charts.js";
import { drawChoices, drawColours, drawGrouping } from "./choosing.js";
import { heading } from "./headings.js";
import { groups, isGrouped } from "./items.js";
import { toggleColumn } from "./runs.js";
import { signature, state } from "./state.js";
import { hideTooltip, showTooltip } from "./tooltip.js";

const PARTS = ["axes", "inverted", "log", "hidden", "colour", "group"];
const EDGE = 64; // pixels before the first axis and after the last
const TOP = 64; // for the titles
const LANE = 30; // from an axis down to the dots for missing values
const FOOT = 56;
const LEAST_STEP = 92;
const MOST_STEP = 260;
const REACH = 14; // pixels: the largest distance at which the pointer selects a line

let view = null;
let drawn = "";
let geometry = null;
let strips = [];
let focus = -1;

export function drawParallel() {
  const axes = chosenAxes();
  byId("no-axes").hidden = axes.length > 0;
  byId("parallel").hidden = axes.length === 0;
  const wide = byId("parallel-scroll").clientWidth;
  const now = signature(PARTS, wide, room(), isDark());
  if (now !== drawn) {
    drawn = now;
    drawChoices();
    drawColours();
    drawGrouping();
    if (axes.length) build(axes, wide);
  }
  if (!axes.length) return;
  for (const one of strips) drawBrush(one);
  view.signal("out", outside()).run();
}

export function point(column) {
  if (column === focus) return;
  focus = column;
  if (view && state.view === "parallel") view.signal("focus", column).run();
}

const room = () => Math.round(Math.max(260, Math.min(560, innerHeight - 380)));

function build(axes, wide) {
  const gaps = Math.max(1, axes.length - 1);
  const step = Math.min(MOST_STEP, Math.max(LEAST_STEP, (wide - 2 * EDGE) / gaps));
  const width = 2 * EDGE + (axes.length - 1) * step;
  const tall = room();
  const places = columns.map((_, index) => axes.map((row) => place(row, index)));
  geometry = { axes, step, tall, places };
  const size = { width, height: TOP + tall + FOOT, left: EDGE, top: TOP, step, tall, lane: LANE };
  view?.finalize();
  view = chart("parallel", byId("parallel-chart"), { ...size, focus, grouped: isGrouped() }, contents(geometry));
  byId("parallel").style.width = `${width}px`;
  strips = axes.map((row) => strip(row, tall));
  byId("overlay").replaceChildren(...axes.map((row, index) => overlay(row, index, step)));
}

function overlay(row, index, step) {
  const box = h("div", { class: "axis" }, heading(row, index, step));
  box.style.left = `${EDGE + index * step}px`;
  box.style.setProperty("--step", `${step}px`);
  box.style.setProperty("--tall", `${geometry.tall}px`);
  if (row.low < row.high) box.append(strips[index].element);
  return box;
}

function contents({ axes, step, tall, places }) {
  const shown = shownColumns();
  const runs = shown.map((run) => ({
    run,
    name: columns[run].shown,
    colour: shade(run),
    path: path(places[run], step, tall),
  }));
  return {
    axes: axes.map((_, index) => ({
      index,
      gaps: shown.some((run) => places[run][index] === null),
    })),
    groups: isGrouped() ? groupLines(axes, step, tall) : [],
    ticks: axes.flatMap((row, index) => ticks(row).map((tick) => ({ index, ...tick }))),
    runs,
    dots: runs.flatMap(({ run, colour }) =>
      dots(places[run]).map((dot) => ({ run, colour, ...dot })),
    ),
  };
}

// A line through the means of each group, in a band as wide as its deviation.
function groupLines(axes, step, tall) {
  return groups().map((group) => {
    const found = axes.map((row) => groupPlaces(row, group));
    const line = path(found.map((one) => one?.at ?? null), step, tall);
    return { name: group.shown, colour: shade(group.places[0]), path: line, band: bandPath(found, step, tall) };
  });
}

// A line from axis to axis; a missing value is a gap.
export function path(list, step, tall) {
  const word = (at, index) =>
    `${index && list[index - 1] !== null ? "L" : "M"}${index * step},${(1 - at) * tall}`;
  return list.map((at, index) => (at === null ? "" : word(at, index))).join("");
}

// A dot for a missing value, and for a value between two missing ones.
function dots(list) {
  const isGap = (index) => (list[index] ?? null) === null;
  return list
    .map((at, index) => ({ index, place: at }))
    .filter(({ index }) => isGap(index) || (isGap(index - 1) && isGap(index + 1)));
}

export function prepareParallel() {
  const area = byId("parallel");
  area.addEventListener("pointermove", (event) => hover(event));
  area.addEventListener("pointerleave", (event) => event.pointerType === "touch" || leave());
  area.addEventListener("click", (event) => {
    const column = nearest(event);
    if (column < 0) return leave();
    // On a touch screen the first touch shows the name, the second one hides the column.
    if (event.pointerType === "touch" && column !== focus) return hover(event);
    leave();
    return toggleColumn(column);
  });
}

function hover(event) {
  const column = event.buttons && event.pointerType !== "touch" ? -1 : nearest(event);
  point(column);
  byId("parallel").classList.toggle("aimed", column >= 0);
  if (column < 0) return hideTooltip();
  return showTooltip(column, telling(event), event);
}

// The values that the tooltip shows: those of the axes nearby, and of those with a range.
function telling(event) {
  const { axes, step } = geometry;
  const at = (event.clientX - byId("parallel").getBoundingClientRect().left - EDGE) / step;
  const near = axes.filter((_, index) => Math.abs(index - at) < (axes.length > 12 ? 4 : 13));
  return [...new Set([...near, ...brushed()])];
}

function leave() {
  point(-1);
  hideTooltip();
  byId("parallel").classList.remove("aimed");
}

// The column whose line is nearest to the pointer, -1 where none is near.
function nearest(event) {
  if (event.target.closest?.(".heading, .strip")) return -1;
  const { step, tall, places, axes } = geometry;
  const box = byId("parallel").getBoundingClientRect();
  const x = (event.clientX - box.left - EDGE) / step;
  const y = event.clientY - box.top - TOP;
  const before = Math.min(axes.length - 1, Math.max(0, Math.floor(x)));
  const part = Math.min(1, Math.max(0, x - before));
  const distances = shownColumns()
    .filter((column) => !isOut(column))
    .map((column) => {
      const [a, b] = [places[column][before], places[column][before + 1] ?? null];
      const at = b === null || part === 0 ? a : a === null ? null : a + (b - a) * part;
      const isBeside = b === null && part * step > REACH;
      return { column, off: at === null || isBeside ? Infinity : Math.abs((1 - at) * tall - y) };
    });
  const best = distances.reduce((a, b) => (b.off < a.off ? b : a), { column: -1, off: REACH });
  return best.column;
}
