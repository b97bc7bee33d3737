// Two numbers of each run or version against each other.
import { byId, options } from "./dom.js";
import { columns, grouped, noun, numeric, rowOf } from "./content.js";
import { brushed, isLog, isOut, outside, place, shade, shownColumns, ticks } from "./axes.js";
import { chart, isDark } from "./charts.js";
import { drawColours } from "./choosing.js";
import { path } from "./parallel.js";
import { toggleColumn } from "./runs.js";
import { signature, state, toggled, update } from "./state.js";
import { hideTooltip, showTooltip } from "./tooltip.js";

const LEFT = 92;
const TOP = 48;
const FOOT = 72;
const RIGHT = 48;
const PARTS = ["x", "y", "hidden", "log", "inverted", "colour"];
const REACH = 24; // pixels: the largest distance at which the pointer selects a point

let view = null;
let drawn = "";
let geometry = null;
let focus = -1;

export function prepareScatter() {
  for (const way of ["x", "y"]) {
    options(byId(`scatter-${way}`), grouped(numeric), state[way]);
    byId(`scatter-${way}`).addEventListener("change", (event) =>
      update({ [way]: event.target.value }),
    );
    byId(`scatter-${way}-log`).addEventListener("change", () =>
      update({ log: toggled(state.log, state[way]) }),
    );
  }
  byId("swap").addEventListener("click", () => update({ x: state.y, y: state.x }));
  const area = byId("scatter-chart");
  area.addEventListener("pointermove", hover);
  area.addEventListener("pointerleave", (event) => event.pointerType === "touch" || leave());
  area.addEventListener("click", click);
}

export function drawScatter() {
  const [x, y] = [rowOf.get(state.x), rowOf.get(state.y)];
  const isPossible = Boolean(x?.isDrawable && y?.isDrawable);
  drawColours();
  drawControls();
  byId("scatter-none").hidden = isPossible;
  if (!isPossible) return;
  const wide = byId("scatter-chart").clientWidth;
  const now = signature(PARTS, wide, room(), isDark());
  if (now !== drawn) build(x, y, wide);
  drawn = now;
  view.signal("out", outside()).run();
}

export function pointScatter(column) {
  if (column === focus) return;
  focus = column;
  if (view && state.view === "scatter") view.signal("focus", column).run();
}

const room = () => Math.round(Math.max(280, Math.min(560, innerHeight - 370)));

function drawControls() {
  for (const way of ["x", "y"]) {
    const row = rowOf.get(state[way]);
    byId(`scatter-${way}`).value = state[way] ?? "";
    byId(`scatter-${way}-log`).checked = Boolean(row && isLog(row));
    byId(`scatter-${way}-log`).disabled = !row?.logTicks.length;
  }
}

function build(x, y, wide) {
  const left = wide < 500 ? 64 : LEFT;
  const across = Math.max(120, wide - left - RIGHT);
  geometry = { x, y, left, across, tall: room(), points: pointsOf(x, y) };
  const { tall, points } = geometry;
  const titles = { xTitle: `${x.shown} →`, yTitle: `↑ ${y.shown}` };
  const size = { width: wide, height: TOP + tall + FOOT, left, top: TOP, wide: across, tall };
  view?.finalize();
  view = chart("scatter", byId("scatter-chart"), { ...size, ...titles, focus }, contents(geometry));
  tellMissing(shownColumns().length - points.length);
}

function pointsOf(x, y) {
  const points = shownColumns().map((run) => ({ run, x: place(x, run), y: place(y, run) }));
  return points.filter((point) => point.x !== null && point.y !== null);
}

function contents({ x, y, across, tall, points }) {
  const isNarrow = across < 400;
  return {
    xTicks: ticks(x).filter((_, index) => !isNarrow || index % 2 === 0),
    yTicks: ticks(y),
    lines: x.unit === "order" ? [{ path: pathOf(points, x, across, tall) }] : [],
    points: told(points, tall).map((point) => ({ ...point, ...looks(point, isNarrow) })),
  };
}

// Of several points in one place the first has the label, with the number of the others.
function told(points, tall) {
  const isSame = (a, b) => Math.abs(a.x - b.x) < 0.01 && Math.abs(a.y - b.y) * tall < 12;
  return points.map((point, index) => {
    const same = points.filter((other) => isSame(point, other));
    const more = same.length > 1 ? ` +${same.length - 1}` : "";
    return { ...point, more, isTold: same[0] === points[index] };
  });
}

function looks({ run, x, more, isTold }, isNarrow) {
  const name = columns[run].shown;
  const label = isNarrow || !isTold ? "" : name + more;
  return { name, colour: shade(run), flip: x > 0.8, label };
}

// When an axis is the order in time, a line connects each point with the next.
function pathOf(points, x, across, tall) {
  const places = Array.from({ length: x.high }, () => null);
  for (const { run, y } of points) places[x.numbers[run] - 1] = y;
  return path(places, across / Math.max(1, x.high - 1), tall);
}

function tellMissing(count) {
  byId("scatter-missing").textContent = count
    ? `${count} ${noun}${count === 1 ? " lacks" : "s lack"} one of the two`
    : "";
}

function hover(event) {
  const column = nearest(event);
  pointScatter(column);
  byId("scatter-chart").classList.toggle("aimed", column >= 0);
  if (column < 0) return hideTooltip();
  const list = [geometry.x, geometry.y, rowOf.get(state.colour), ...brushed()].filter(Boolean);
  return showTooltip(column, [...new Set(list)], event);
}

function leave() {
  pointScatter(-1);
  hideTooltip();
}

function click(event) {
  const column = nearest(event);
  if (column < 0) return leave();
  if (event.pointerType === "touch" && column !== focus) return hover(event);
  leave();
  return toggleColumn(column);
}

function nearest(event) {
  if (!geometry) return -1;
  const box = byId("scatter-chart").getBoundingClientRect();
  const off = (point) =>
    Math.hypot(
      event.clientX - box.left - geometry.left - point.x * geometry.across,
      event.clientY - box.top - TOP - (1 - point.y) * geometry.tall,
    );
  const inside = geometry.points.filter(({ run }) => !isOut(run));
  const best = inside.reduce((a, b) => (off(b) < a.off ? { run: b.run, off: off(b) } : a), {
    run: -1,
    off: REACH,
  });
  return best.run;
}
