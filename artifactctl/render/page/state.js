// The one state of the page, from which everything is drawn. Code that changes it calls `update`.
import { fragment, parsed } from "./link.js";

const WRITE_AFTER_MS = 150; // browsers stop pages that rewrite their address all the time

export const state = parsed(location.hash);
let draw = () => {};
let frame = 0;
let writing = 0;

export function onChange(callback) {
  draw = callback;
  addEventListener("hashchange", () => {
    if (location.hash.slice(1) === fragment(state)) return;
    Object.assign(state, parsed(location.hash));
    draw();
  });
  addEventListener("pagehide", writeLink);
}

// Changes within one frame are drawn together.
export function update(changes) {
  Object.assign(state, changes);
  clearTimeout(writing);
  writing = setTimeout(writeLink, WRITE_AFTER_MS);
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    draw();
  });
}

export function writeLink() {
  clearTimeout(writing);
  const text = fragment(state);
  if (location.hash.slice(1) === text) return;
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

export const toggled = (list, item) =>
  list.includes(item) ? list.filter((other) => other !== item) : [...list, item];

// The input of a drawing: while it stays the same, nothing is drawn again.
export const signature = (names, ...more) =>
  JSON.stringify([...names.map((name) => state[name]), ...more]);
