// A lineage graph as a drawing that can be moved, zoomed and walked through.
import { visible } from "../numbers.js";
import { layOut } from "./layers.js";
import { viewOf } from "./moving.js";
import { hrefTo, shortType } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZES = { version: [176, 48], step: [122, 40], artifact: [176, 44] };
const LETTERS = { version: 20, step: 15, artifact: 20 };

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined) element.setAttribute(name, String(value));
  element.append(...children.filter(Boolean));
  return element;
}

// Draws into `place`; returns what the buttons beside it do.
export function drawGraph(place, graph, opened) {
  const sized = graph.nodes.map((node) => ({ ...node, wide: SIZES[node.kind][0], tall: SIZES[node.kind][1] }));
  const isDown = place.clientHeight > 1.2 * place.clientWidth;
  const laid = layOut(sized, graph.edges, isDown);
  const inner = svg("g", {}, ...laid.edges.map((edge) => edgePath(edge, isDown)), ...laid.nodes.map((node) => nodeBox(node, graph.root, opened)));
  const whole = svg("svg", { class: "graph", role: "group", "aria-label": graph.name }, marker(), inner);
  place.replaceChildren(whole);
  for (const words of inner.querySelectorAll("text")) fit(words);
  return viewOf(place, whole, inner, laid, graph.root);
}

function marker() {
  const head = svg("path", { d: "M0,0L8,4L0,8z", class: "arrow" });
  return svg("defs", {}, svg("marker", { id: "head", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, head));
}

function edgePath({ points }, isDown) {
  const [first, ...rest] = points;
  let [x, y] = first;
  const words = [`M${x},${y}`];
  for (const [nextX, nextY] of rest) {
    const [across, down] = [(x + nextX) / 2, (y + nextY) / 2];
    const bend = isDown ? `${x},${down} ${nextX},${down}` : `${across},${y} ${across},${nextY}`;
    words.push(`C${bend} ${nextX},${nextY}`);
    [x, y] = [nextX, nextY];
  }
  return svg("path", { d: words.join(""), class: "edge", "marker-end": "url(#head)" });
}

function nodeBox(node, root, opened) {
  const { id, kind, x, y, wide, tall, opens, gone } = node;
  const classes = ["node", kind, id === root ? "root" : "", gone ? "gone" : "", opens && opens === opened ? "opened" : ""];
  const [first, second] = linesOf(node);
  const parts = [
    svg("title", {}, `${first}\n${second}`),
    svg("rect", { width: wide, height: tall, rx: kind === "step" ? tall / 2 : 9 }),
    kind === "version" ? svg("rect", { class: "stripe", width: 4, height: tall - 18, x: 9, y: 9, rx: 2 }) : null,
    text(first, LETTERS[kind], kind === "step" ? wide / 2 : 21, tall / 2 - 4, "first"),
    text(second, LETTERS[kind] + 3, kind === "step" ? wide / 2 : 21, tall / 2 + 12, "second"),
  ];
  return svg(
    opens ? "a" : "g",
    {
      href: opens ? hrefTo({ open: opens }) : null,
      class: classes.filter(Boolean).join(" "),
      transform: `translate(${x},${y})`,
      "data-type": node.type ? shortType(node.type).toLowerCase() : null,
      "data-node": id,
      "data-status": node.status,
      "aria-label": `${first}, ${second}`,
    },
    ...parts,
  );
}

function linesOf({ kind, ref, type, run, status, gone, tags, told }) {
  if (kind === "step") return [visible(ref), visible([run, status === "completed" ? "" : status].filter(Boolean).join(" · "))];
  if (kind === "artifact") return [visible(ref), told ?? ""];
  const cut = ref.lastIndexOf(":");
  const about = gone ? "deleted" : [type ? shortType(type) : "", ...(tags ?? [])].filter(Boolean).join(" · ");
  return [visible(ref.slice(0, cut)), `${visible(ref.slice(cut + 1))}${about ? `  ${visible(about)}` : ""}`];
}

// Letters differ in width: what is still wider than its box is cut again.
function fit(words) {
  const box = words.parentNode.querySelector("rect").width.baseVal.value;
  const room = words.closest(".step") ? box - 16 : box - Number(words.getAttribute("x")) - 8;
  for (let turn = 0; turn < 4 && words.getComputedTextLength() > room; turn += 1) {
    const letters = [...words.textContent.replace(/…$/, "")];
    const most = Math.floor((letters.length * room) / words.getComputedTextLength()) - 1;
    words.textContent = `${letters.slice(0, Math.max(1, most)).join("")}…`;
  }
}

function text(words, letters, x, y, name) {
  const shown = words.length > letters ? `${words.slice(0, letters - 1)}…` : words;
  return svg("text", { x, y, class: name }, shown);
}
