// How curves look.
const COLOURS = {
  light: ["#2b5fd9", "#c2410c", "#12703c", "#8b3fc7", "#0b7285", "#b0215f", "#7a5c00", "#4b5563"],
  dark: ["#82aaff", "#f5a273", "#5fd495", "#cf9bff", "#5cd1e5", "#ff8ab8", "#e3c34f", "#b6c0cc"],
};
const DASHES = ["", "7 4", "2 3", "9 3 2 3"];

// A curve is told by its colour and, where there are more of them than colours, by its dashes.
export function curveLook(column) {
  const isDark = document.documentElement.dataset.dark === "true";
  const list = COLOURS[isDark ? "dark" : "light"];
  const dash = DASHES[Math.floor(column / list.length) % DASHES.length];
  return { colour: list[column % list.length], dash };
}
