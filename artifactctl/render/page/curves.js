// The view of curves: one series of all columns over its steps or over time.
import { byId, h, options } from "./dom.js";
import { columns, content, curveKeys, noun } from "./content.js";
import { seconds, short, visible } from "./numbers.js";
import { shownColumns } from "./axes.js";
import { curveLook } from "./looks.js";
import { nearest, path, scale, smoothed, svg, ticksOf } from "./plot.js";
import { state, update } from "./state.js";

const EDGE = { left: 64, right: 16, top: 14, bottom: 40 };
const SAID = 8; // curves whose values are said below the chart
let drawn = null; // the lines and scales of the chart that is shown

export function prepareCurves() {
  options(byId("curve"), [["", curveKeys.map((key) => [key, visible(key)])]], state.curve);
  byId("curve").addEventListener("change", ({ target }) => update({ curve: target.value }));
  byId("along").addEventListener("change", ({ target }) => update({ along: target.value }));
  byId("smooth").addEventListener("input", ({ target }) => update({ smooth: Number(target.value) }));
  byId("curvelog").addEventListener("change", ({ target }) => update({ curvelog: target.checked }));
  byId("curves-chart").addEventListener("pointermove", say);
  byId("curves-chart").addEventListener("pointerleave", () => mark(null));
}

export function drawCurves() {
  drawControls();
  const lines = linesShown();
  const known = lines.flatMap((line) => line.drawable);
  byId("no-curves").hidden = known.length > 0;
  byId("curves-chart").hidden = known.length === 0;
  byId("curve-values").textContent = "";
  drawn = null;
  if (known.length > 0) drawChart(lines, known);
}

function drawControls() {
  byId("curve").value = state.curve;
  byId("along").value = state.along;
  byId("smooth").value = String(state.smooth);
  byId("smooth-shown").textContent = `${state.smooth} %`;
  byId("curvelog").checked = state.curvelog;
  const without = shownColumns().filter((column) => !content.curves[state.curve]?.[column]).length;
  byId("curve-missing").textContent = without
    ? `${without} ${noun}${without === 1 ? " has" : "s have"} no such curve`
    : "";
}

function linesShown() {
  return shownColumns()
    .map((column) => ({ column, curve: content.curves[state.curve]?.[column] }))
    .filter(({ curve }) => curve)
    .map(({ column, curve: [steps, times, raw] }) => {
      const values = smoothed(raw, state.smooth / 100);
      const drawable = [...raw, ...values].filter(
        (value) => value !== null && (!state.curvelog || value > 0),
      );
      return { column, xs: state.along === "time" ? times : steps, raw, values, drawable };
    });
}

function drawChart(lines, known) {
  const place = byId("curves-chart");
  const width = Math.max(280, place.clientWidth);
  const height = width < 600 ? 320 : 460;
  const xs = lines.flatMap((line) => [line.xs[0], line.xs.at(-1)]);
  const across = scale(least(xs), most(xs), EDGE.left, width - EDGE.right, false);
  const up = scale(least(known), most(known), height - EDGE.bottom, EDGE.top, state.curvelog);
  const cursor = svg("line", { class: "cursor", y1: EDGE.top, y2: height - EDGE.bottom, x1: -9, x2: -9 });
  const chart = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
  chart.setAttribute("aria-label", `${visible(state.curve)} of ${lines.length} ${noun}s`);
  chart.append(...rulesUp(up, width), ...rulesAcross(across, width, height));
  for (const line of lines) chart.append(...pathsOf(line, across, up));
  chart.append(cursor);
  place.replaceChildren(chart);
  drawn = { lines, across, cursor };
}

const least = (list) => list.reduce((a, b) => Math.min(a, b));
const most = (list) => list.reduce((a, b) => Math.max(a, b));

function rulesUp(up, width) {
  return ticksOf(up, 6).flatMap((number) => {
    const y = up.at(number).toFixed(1);
    const label = svg("text", { class: "tick up", x: EDGE.left - 8, y, dy: "0.32em" }, short(number, 4));
    return [svg("line", { class: "rule", x1: EDGE.left, x2: width - EDGE.right, y1: y, y2: y }), label];
  });
}

function rulesAcross(across, width, height) {
  const y = height - EDGE.bottom + 18;
  const ticks = ticksOf(across, width < 600 ? 4 : 8).map((number) =>
    svg("text", { class: "tick", x: across.at(number).toFixed(1), y }, xText(number)),
  );
  const title = state.along === "time" ? "time since the first point" : "step";
  return [...ticks, svg("text", { class: "tick title", x: width - EDGE.right, y: height - 4 }, title)];
}

const xText = (number) => (state.along === "time" ? seconds(number) : short(number));

function pathsOf({ column, xs, raw, values }, across, up) {
  const { colour, dash } = curveLook(column);
  const look = { class: "curve", stroke: colour, "data-column": column };
  const line = svg("path", { ...look, d: path(xs, values, across, up), "stroke-dasharray": dash });
  line.append(svg("title", {}, columns[column].shown));
  if (values === raw) return [line];
  return [svg("path", { ...look, class: "curve raw", d: path(xs, raw, across, up) }), line];
}

export function pointCurve(column) {
  for (const line of byId("curves-chart").querySelectorAll(".curve")) {
    const isOther = column >= 0 && Number(line.dataset.column) !== column;
    line.classList.toggle("faint", isOther);
  }
}

// Says the values of the curves where the pointer is.
function say({ clientX }) {
  if (!drawn) return;
  mark(drawn.across.back(clientX - byId("curves-chart").getBoundingClientRect().left));
}

function mark(number) {
  if (!drawn) return;
  const x = number === null ? -9 : drawn.across.at(number);
  drawn.cursor.setAttribute("x1", x);
  drawn.cursor.setAttribute("x2", x);
  if (number === null) return;
  const found = drawn.lines.slice(0, SAID).map(({ column, xs, values }) => {
    const index = nearest(xs, number);
    const value = values[index] === null ? "unknown" : short(values[index], 4);
    const spot = h("span", { class: "swatch", "aria-hidden": true });
    spot.style.backgroundColor = curveLook(column).colour;
    return h("span", { class: "said" }, spot, `${columns[column].shown}: ${value} at ${xText(xs[index])}`);
  });
  const rest = drawn.lines.length - found.length;
  byId("curve-values").replaceChildren(...found, rest > 0 ? `and ${rest} more` : "");
}
