// The titles of axes: dragged or moved with the arrow keys; a click opens the axis' settings.
import { byId, h, keyParts, placeBelow } from "./dom.js";
import { rowOf } from "./content.js";
import { isInverted, isLog } from "./axes.js";
import { endText, setRange } from "./brushes.js";
import { short } from "./numbers.js";
import { state, toggled, update } from "./state.js";

const LEAST = 5; // pixels: a shorter movement is a click

let wasDragged = false;

export function heading(row, index, step) {
  const marks = [isLog(row) ? "log" : "", isInverted(row) ? "inverted" : ""].filter(Boolean);
  const button = h(
    "button",
    {
      type: "button",
      class: "heading",
      title: row.shown,
      "data-focus": `heading ${row.id}`,
      "aria-haspopup": "dialog",
      "aria-keyshortcuts": "ArrowLeft ArrowRight",
      onclick: (event) => (wasDragged && event.detail > 0) || openMenu(row, button),
      onkeydown: (event) => onKey(event, row),
    },
    h("span", { class: "key" }, ...keyParts(row.shown)),
    marks.length ? h("span", { class: "mark" }, marks.join(", ")) : null,
  );
  button.addEventListener("pointerdown", (event) => drag(event, row, index, step, button));
  return button;
}

export function moveAxis(row, to) {
  const others = state.axes.filter((id) => id !== row.id);
  others.splice(Math.max(0, to), 0, row.id);
  update({ axes: others });
}

function drag(down, row, index, step, button) {
  if (down.button !== 0) return;
  wasDragged = false;
  button.setPointerCapture(down.pointerId);
  const scroll = byId("parallel-scroll");
  const start = down.clientX + scroll.scrollLeft;
  const by = (event) => event.clientX + scroll.scrollLeft - start;
  const move = (event) => {
    if (!wasDragged && Math.abs(by(event)) < LEAST) return;
    wasDragged = true;
    button.classList.add("dragged");
    button.style.transform = `translateX(${by(event)}px)`;
  };
  const end = (event) => {
    button.removeEventListener("pointermove", move);
    button.classList.remove("dragged");
    button.style.transform = "";
    const to = index + Math.round(by(event) / step);
    if (wasDragged && event.type === "pointerup" && to !== index) moveAxis(row, to);
  };
  button.addEventListener("pointermove", move);
  button.addEventListener("pointerup", end, { once: true });
  button.addEventListener("pointercancel", end, { once: true });
}

function onKey(event, row) {
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!way) return;
  event.preventDefault();
  const to = state.axes.indexOf(row.id) + way;
  if (to >= 0 && to < state.axes.length) moveAxis(row, to);
}

function openMenu(row, button) {
  const menu = byId("axis-menu");
  menu.replaceChildren(
    h("h3", {}, ...keyParts(row.shown)),
    ...switches(row),
    ...(row.low < row.high ? [ends(row)] : []),
    h(
      "div",
      { class: "buttons" },
      action("Colour by it", () => update({ colour: row.id })),
      action("Clear range", () => setRange(row, null), !state.brush[row.id]),
      action("Remove axis", () => update({ axes: state.axes.filter((id) => id !== row.id) })),
    ),
  );
  menu.showPopover();
  placeBelow(menu, button);
  menu.querySelector("input, button").focus();
}

function switches(row) {
  const invert = () => update({ inverted: toggled(state.inverted, row.id) });
  const logarithmic = () => update({ log: toggled(state.log, row.id) });
  const canLog = row.logTicks.length > 0;
  const inverted = toggle("Inverted", isInverted(row), true, invert);
  if (row.kind === "category") return [inverted];
  return [inverted, toggle("Logarithmic", isLog(row), canLog, logarithmic)];
}

function toggle(text, checked, isPossible, onchange) {
  const why = isPossible ? null : "only where all numbers are above zero";
  const box = h("input", {
    type: "checkbox",
    role: "switch",
    checked,
    disabled: !isPossible,
    onchange,
  });
  return h("label", { class: "switch", title: why }, box, text);
}

function action(text, act, disabled = false) {
  const onclick = () => {
    act();
    byId("axis-menu").hidePopover();
  };
  return h("button", { type: "button", disabled, onclick }, text);
}

// The range in numbers; for a category, from one of its values to another.
function ends(row) {
  const range = state.brush[row.id] ?? [row.low, row.high];
  const fields = range.map((number) =>
    row.kind === "category" ? levels(row, number) : numberField(row, number),
  );
  const onchange = () => {
    const [from, to] = fields.map((field) => Number(field.value));
    const isRange = fields.every((field) => field.value.trim() !== "") && from <= to;
    for (const field of fields) field.setAttribute("aria-invalid", String(!isRange));
    if (isRange) setRange(rowOf.get(row.id), [from, to]);
  };
  for (const field of fields) field.addEventListener("change", onchange);
  return h(
    "div",
    { class: "ends" },
    h("label", {}, "From", fields[0]),
    h("label", {}, "To", fields[1]),
  );
}

const numberField = (row, number) =>
  h("input", {
    type: "number",
    step: "any",
    value: short(number, 12),
    title: endText(row, number),
  });

function levels(row, number) {
  const items = row.ticks.map(({ label }, index) =>
    h("option", { value: index, selected: index === Math.round(number) }, label),
  );
  return h("select", {}, ...items);
}
