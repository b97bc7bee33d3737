// A number over versions or steps, as a small line.
import { h } from "../dom.js";
import { short } from "../numbers.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, TALL, EDGE] = [320, 56, 5];

// `points` are numbers from the oldest to the newest.
export function sparkline(points, name) {
  const [low, high] = [Math.min(...points), Math.max(...points)];
  const x = (index) => EDGE + (index / Math.max(1, points.length - 1)) * (WIDE - 2 * EDGE);
  const y = (value) => TALL - EDGE - ((value - low) / (high - low || 1)) * (TALL - 2 * EDGE);
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${WIDE} ${TALL}`);
  drawing.setAttribute("class", "sparkline");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", `${name}: from ${short(points[0])} to ${short(points.at(-1))}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", points.map((value, index) => `${index ? "L" : "M"}${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(""));
  const end = document.createElementNS(SVG, "circle");
  end.setAttribute("cx", String(x(points.length - 1)));
  end.setAttribute("cy", String(y(points.at(-1))));
  end.setAttribute("r", "3.5");
  drawing.append(path, end);
  const range = low === high ? short(low) : `${short(low)} to ${short(high)}`;
  return h("div", { class: "trend" }, drawing, h("p", { class: "muted" }, `latest ${short(points.at(-1))}, ${range}`));
}
