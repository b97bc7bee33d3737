// Creating elements. Text from data is inserted as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  pin: "M9.5 2 14 6.5 11 8l-1.5 4L4 6.5 8 5zM6.5 9.5 2.5 13.5",
  hide: "M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM3 13 13 3",
  show: "M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM8 6.5v3M6.5 8h3",
  up: "M8 13V3M4 7l4-4 4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  unsorted: "M5 6.5 8 3.5l3 3M5 9.5l3 3 3-3",
  about: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5V11M8 5v.2",
  close: "M4 4l8 8M12 4l-8 8",
};

export const byId = (id) => document.getElementById(id);

// h("button", { class: "x", onclick: f, "aria-pressed": true }, "text", element, …)
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (["checked", "disabled", "selected", "value", "hidden"].includes(name))
    element[name] = value;
  else element.setAttribute(name, String(value));
}

export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
}

// Text for screen readers only.
export const unseen = (text) => h("span", { class: "unseen" }, text);

// Redrawing keeps the keyboard focus: an element and its replacement have the same `data-focus`.
export function keepingFocus(draw) {
  const kept = document.activeElement?.dataset?.focus;
  draw();
  if (!kept || document.activeElement?.dataset?.focus === kept) return;
  const again = [...document.querySelectorAll("[data-focus]")].find(
    (e) => e.dataset.focus === kept,
  );
  again?.focus({ preventScroll: true });
}

// Places a popup below the element that opened it, within the window.
export function placeBelow(floating, opener) {
  const { left, bottom } = opener.getBoundingClientRect();
  const [right, lowest] = [
    innerWidth - floating.offsetWidth - 8,
    innerHeight - floating.offsetHeight - 8,
  ];
  floating.style.left = `${Math.max(8, Math.min(left, right))}px`;
  floating.style.top = `${Math.max(8, Math.min(bottom + 4, lowest))}px`;
}

// A key in two parts, as people look for the last one.
export function keyParts(text) {
  const cut = text.lastIndexOf(".") + 1;
  const leaf = h("span", { class: "leaf" }, text.slice(cut) || text);
  return cut ? [h("span", { class: "stem" }, text.slice(0, cut)), leaf] : [leaf];
}

export function options(select, groups, chosen) {
  select.replaceChildren(
    ...groups
      .filter(([, items]) => items.length)
      .map(([label, items]) =>
        h("optgroup", { label }, ...items.map((item) => option(item, chosen))),
      ),
  );
}

function option([value, text], chosen) {
  return h("option", { value, selected: value === chosen }, text);
}
