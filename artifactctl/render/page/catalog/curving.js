// Series as curves: in details those of one version or run, in a comparison one over another.
import { h } from "../dom.js";
import { curveLook } from "../looks.js";
import { short, visible } from "../numbers.js";
import { nearest, path, scale, smoothed, svg, ticksOf } from "../plot.js";
import { signature, state, update } from "../state.js";
import { count } from "./words.js";

const [WIDE, TALL, MOST, SAID] = [390, 170, 24, 8]; // of a chart; charts at first; curves whose values are said
const EDGE = { left: 52, right: 10, top: 8, bottom: 22 };

const charts = new Map(); // how each chart is drawn again, by its element

// The value at the last step, the best one, and how many points there are.
export function saidOf({ last, low, high, goal, count: points }) {
  const best = goal && low !== null ? `, best ${short(goal === "maximize" ? high : low)}` : "";
  const range = low === null || low === high ? "" : `, ${short(low)} to ${short(high)}`;
  return `last ${last === null ? "unknown" : short(last)}${best || range}, ${count(points, "point")}`;
}

const onSmooth = ({ target }) => update({ smooth: Number(target.value) });
const onLog = ({ target }) => update({ curvelog: target.checked });

// How curves are drawn: the same for all of a page, and kept in its address.
export function curveControls() {
  const shown = h("span", { class: "muted", "aria-hidden": true }, `${state.smooth} %`);
  return h("p", { class: "curve-controls" },
    h("label", {}, "Smoothing", h("input", { type: "range", min: 0, max: 99, value: state.smooth, oninput: onSmooth, "data-focus": "smooth" }), shown),
    h("label", { class: "switch" }, h("input", { type: "checkbox", role: "switch", checked: state.curvelog, onchange: onLog, "data-focus": "curvelog" }), "Log axis"));
}

// A chart for each of `items`: `{ key, said, lines }`, a line being `{ name, column, steps, values }`.
export function curveCharts(items) {
  const place = h("div", { class: "curves" });
  const show = (from, to) => place.append(...items.slice(from, to).map(figure));
  show(0, MOST);
  if (items.length > MOST) {
    const more = h("button", { type: "button", class: "quiet" }, `Show ${items.length - MOST} more curves`);
    more.addEventListener("click", () => {
      more.remove();
      show(MOST, items.length);
    });
    place.append(more);
  }
  return place;
}

function figure({ key, said, lines }) {
  const drawable = lines.filter(({ steps }) => steps?.length);
  const name = visible(key);
  const caption = h("figcaption", {}, h("span", { class: "key", title: name }, name), " ", h("span", { class: "muted" }, said));
  if (!drawable.length) return h("figure", { class: "curve-of" }, caption, h("p", { class: "muted" }, "Its curve is not in this page."));
  const chart = h("div", { class: "curve-chart", tabindex: 0, role: "group", "aria-label": `Curve of ${name}; arrow keys tell its values`, "data-focus": `curve ${key}` });
  const values = h("p", { class: "curve-values muted", role: "status" });
  charts.set(chart, { drawn: "", lines: drawable, name, values, view: null });
  draw(chart);
  chart.addEventListener("pointermove", (event) => say(chart, atPointer(chart, event)));
  chart.addEventListener("pointerleave", () => say(chart, null));
  chart.addEventListener("blur", () => say(chart, null));
  chart.addEventListener("keydown", (event) => onKey(chart, event));
  return h("figure", { class: "curve-of" }, caption, chart, values);
}

// Draws again what the state changed, and forgets what is shown no more.
export function redrawCurves() {
  for (const controls of document.querySelectorAll(".curve-controls")) {
    const [smooth, log] = controls.querySelectorAll("input");
    smooth.value = String(state.smooth);
    smooth.nextElementSibling.textContent = `${state.smooth} %`;
    log.checked = state.curvelog;
  }
  for (const chart of charts.keys()) {
    if (chart.isConnected) draw(chart);
    else charts.delete(chart);
  }
}

function draw(chart) {
  const own = charts.get(chart);
  const now = signature(["smooth", "curvelog"], document.documentElement.dataset.dark);
  if (own.drawn === now) return;
  own.drawn = now;
  const lines = own.lines.map((line) => ({ ...line, shown: smoothed(line.values, state.smooth / 100) }));
  const known = lines.flatMap(({ values, shown }) => [...values, ...shown]).filter((value) => value !== null && (!state.curvelog || value > 0));
  own.view = known.length ? viewOf(lines, known) : null;
  own.values.textContent = "";
  if (!own.view) {
    chart.replaceChildren(h("p", { class: "muted" }, state.curvelog ? "No value is above zero." : "No value is known."));
    return;
  }
  const { across, up, cursor } = own.view;
  const drawing = svg("svg", { viewBox: `0 0 ${WIDE} ${TALL}`, role: "img", "aria-label": `${own.name} over steps` });
  drawing.append(...rules(across, up), ...lines.flatMap((line) => pathsOf(line, across, up)), cursor);
  chart.replaceChildren(drawing);
}

function viewOf(lines, known) {
  const ends = lines.flatMap(({ steps }) => [steps[0], steps.at(-1)]);
  return {
    lines,
    across: scale(least(ends), most(ends), EDGE.left, WIDE - EDGE.right, false),
    up: scale(least(known), most(known), TALL - EDGE.bottom, EDGE.top, state.curvelog),
    cursor: svg("line", { class: "cursor", x1: -9, x2: -9, y1: EDGE.top, y2: TALL - EDGE.bottom }),
    at: null,
  };
}

const least = (list) => list.reduce((a, b) => Math.min(a, b));
const most = (list) => list.reduce((a, b) => Math.max(a, b));

function rules(across, up) {
  const levels = ticksOf(up, 4).flatMap((number) => {
    const y = up.at(number).toFixed(1);
    return [
      svg("line", { class: "rule", x1: EDGE.left, x2: WIDE - EDGE.right, y1: y, y2: y }),
      svg("text", { class: "tick up", x: EDGE.left - 6, y, dy: "0.32em" }, short(number, 4)),
    ];
  });
  const steps = ticksOf(across, 5).filter(Number.isInteger);
  return [...levels, ...steps.map((number) => svg("text", { class: "tick", x: across.at(number).toFixed(1), y: TALL - 6 }, short(number)))];
}

function pathsOf({ name, column, steps, values, shown }, across, up) {
  const { colour, dash } = curveLook(column);
  const line = svg("path", { class: "curve", stroke: colour, "stroke-dasharray": dash, d: path(steps, shown, across, up) });
  if (name) line.append(svg("title", {}, name));
  const dots = steps.length === 1 && shown[0] !== null ? [svg("circle", { cx: across.at(steps[0]), cy: up.at(shown[0]), r: 3, fill: colour })] : [];
  if (shown === values) return [line, ...dots];
  return [svg("path", { class: "curve raw", stroke: colour, d: path(steps, values, across, up) }), line, ...dots];
}

function atPointer(chart, { clientX }) {
  const { left, width } = chart.getBoundingClientRect();
  return charts.get(chart).view?.across.back(((clientX - left) / width) * WIDE) ?? null;
}

const KEYS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -Infinity, End: Infinity };

// From point to point of the longest curve.
function onKey(chart, event) {
  const { view } = charts.get(chart);
  const way = KEYS[event.key];
  if (!view || !way || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  const { steps } = view.lines.reduce((a, b) => (b.steps.length > a.steps.length ? b : a));
  const place = view.at === null ? (way < 0 ? steps.length : -1) : nearest(steps, view.at);
  say(chart, steps[Math.max(0, Math.min(steps.length - 1, place + way))]);
}

// Says the values of the curves at a step; null says nothing.
function say(chart, number) {
  const { view, values } = charts.get(chart);
  if (!view) return;
  view.at = number;
  const x = number === null ? -9 : view.across.at(number);
  view.cursor.setAttribute("x1", x);
  view.cursor.setAttribute("x2", x);
  if (number === null) {
    values.textContent = "";
    return;
  }
  const said = view.lines.slice(0, SAID).map(({ name, column, steps, shown }) => {
    const index = nearest(steps, number);
    const value = shown[index] === null ? "unknown" : short(shown[index], 4);
    return h("span", { class: "said" }, name ? swatch(column) : null, `${name ? `${name}: ` : ""}${value} at ${short(steps[index])}`);
  });
  const rest = view.lines.length - said.length;
  values.replaceChildren(...said, rest > 0 ? `and ${rest} more` : "");
}

export function swatch(column) {
  const { colour, dash } = curveLook(column);
  const drawing = svg("svg", { class: "swatch", viewBox: "0 0 20 8", "aria-hidden": true });
  drawing.append(svg("line", { x1: 0, x2: 20, y1: 4, y2: 4, stroke: colour, "stroke-dasharray": dash }));
  return drawing;
}
