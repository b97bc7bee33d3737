// Ranges on axes: drawn with the pointer, moved, widened, and cleared.
import { h } from "./dom.js";
import { placeOf, rangeOf } from "./axes.js";
import { withUnit } from "./numbers.js";
import { state, update } from "./state.js";

const EDGE = 8; // pixels: a pointer this near to an end of the range moves that end
const LEAST = 4; // pixels: a shorter movement is a click
const STEP = 0.05; // of the axis, for the arrow keys

export function rangeText(row, [from, to]) {
  return `${endText(row, from)} to ${endText(row, to)}`;
}

export function endText(row, number) {
  if (row.kind === "category")
    return row.ticks[Math.min(row.ticks.length - 1, Math.max(0, Math.round(number)))].label;
  return withUnit(number, row.unit);
}

export function setRange(row, range) {
  const { [row.id]: _, ...others } = state.brush;
  update({ brush: range ? { ...others, [row.id]: range } : others });
}

// The part of the page on which an axis is brushed: `tall` pixels from its high to its low end.
export function strip(row, tall) {
  const top = h("span", { class: "end top" });
  const bottom = h("span", { class: "end bottom" });
  const brush = h("div", { class: "brush", "aria-hidden": true }, top, bottom);
  const element = h(
    "div",
    {
      class: "strip",
      role: "slider",
      tabindex: 0,
      "data-focus": `strip ${row.id}`,
      "aria-label": `Range of ${row.shown}`,
      "aria-orientation": "vertical",
      "aria-valuemin": 0,
      "aria-valuemax": 1,
      ondblclick: () => setRange(row, null),
      onkeydown: (event) => onKey(event, row),
    },
    brush,
  );
  element.addEventListener("pointerdown", (event) => drag(event, row, element, tall));
  return { row, element, brush, top, bottom, tall };
}

export function drawBrush({ row, element, brush, top, bottom, tall }) {
  const range = state.brush[row.id];
  brush.hidden = !range;
  element.setAttribute("aria-valuetext", range ? rangeText(row, range) : "all");
  const [low, high] = range ? places(row) : [0, 1];
  element.setAttribute("aria-valuenow", String((low + high) / 2));
  if (!range) return;
  brush.style.top = `${(1 - high) * tall}px`;
  brush.style.height = `${Math.max(2, (high - low) * tall)}px`;
  const texts = range.map((number) => endText(row, number));
  if (placeOf(row, range[0]) > placeOf(row, range[1])) texts.reverse();
  [bottom.textContent, top.textContent] = texts;
}

// Both ends of the current range, the lower one first.
const places = (row) =>
  state.brush[row.id].map((number) => within(placeOf(row, number))).toSorted((a, b) => a - b);
const within = (at) => Math.min(1, Math.max(0, Number.isNaN(at) ? 0 : at));

function drag(down, row, element, tall) {
  if (down.button !== 0) return;
  down.preventDefault();
  element.focus({ preventScroll: true });
  element.setPointerCapture(down.pointerId);
  const offset =
    element.getBoundingClientRect().top + element.clientTop + (element.clientHeight - tall) / 2;
  const at = (event) => 1 - (event.clientY - offset) / tall;
  const before = state.brush[row.id] ?? null;
  const start = at(down);
  const follow = grip(before ? places(row) : null, start, EDGE / tall);
  const move = (event) => {
    if (Math.abs(at(event) - start) * tall >= LEAST)
      setRange(row, rangeOf(row, ...follow(at(event)).map(within)));
  };
  const end = (event) => {
    element.removeEventListener("pointermove", move);
    const isClick = Math.abs(at(event) - start) * tall < LEAST;
    if (isClick && before && follow.isNew) setRange(row, null);
  };
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", end, { once: true });
  element.addEventListener("pointercancel", end, { once: true });
}

// What dragging does depends on where it begins: move the range or one end, or draw a new one.
function grip(ends, start, edge) {
  if (ends) {
    const [low, high] = ends;
    if (Math.abs(start - high) < edge) return (at) => [low, at];
    if (Math.abs(start - low) < edge) return (at) => [at, high];
    if (start > low && start < high) return (at) => moved(low, high, at - start);
  }
  return Object.assign((at) => [start, at], { isNew: true });
}

function moved(low, high, by) {
  const held = Math.max(-low, Math.min(1 - high, by));
  return [low + held, high + held];
}

// Arrow keys move the range, with Shift its upper end; Escape and Delete clear it.
function onKey(event, row) {
  const way = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
  const isClearing = ["Escape", "Delete", "Backspace"].includes(event.key);
  if (!way && !isClearing) return;
  event.preventDefault();
  if (isClearing) return setRange(row, null);
  if (!state.brush[row.id])
    return setRange(row, rangeOf(row, way > 0 ? 0.5 : 0, way > 0 ? 1 : 0.5));
  const [low, high] = places(row);
  const [a, b] = event.shiftKey ? [low, within(Math.max(low, high + way))] : moved(low, high, way);
  return setRange(row, rangeOf(row, a, b));
}
