// The one state of the page. Whoever changes it calls `update`; everything is drawn from it.
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

// Changes within one frame are drawn once.
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

// What a drawing was made from: as long as it is the same, there is nothing to draw.
export const signature = (names, ...more) =>
  JSON.stringify([...names.map((name) => state[name]), ...more]);
