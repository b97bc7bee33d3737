// The lineage of a version or run; before one is chosen, which artifacts are made from which.
import { byId, h } from "../dom.js";
import { visible } from "../numbers.js";
import { signature, state, update } from "../state.js";
import { split } from "./details.js";
import { drawGraph } from "./drawing.js";
import { count, link, refParts } from "./words.js";

const NOTHING = "No run and no version here says what it was made from.";

let drawn = "";
let told = "";
let view = null;

export async function drawLineage(source, isChanged = false) {
  const now = signature(["of", "depth"]);
  byId("depth").value = String(state.depth);
  const isOther = now !== drawn;
  if (!isOther && !isChanged) {
    markOpened();
    return;
  }
  drawn = now;
  const [kind, name] = split(state.of);
  const isFlow = kind === "artifact" || !name;
  const graph = await (isFlow ? source.flow(name) : source.graph(kind, name, state.depth));
  const said = JSON.stringify([now, graph]);
  if (drawn !== now || said === told) {
    markOpened();
    return;
  }
  told = said;
  if (isFlow) drawFlowTitle(graph);
  else drawTitle(kind, name, graph);
  byId("graph").hidden = !graph?.nodes.length;
  byId("graph-none").hidden = !byId("graph").hidden;
  byId("graph-none").textContent = noneOf(kind, name);
  if (graph?.nodes.length) redraw(graph, isOther);
}

// The same graph after a change stands where it stood, with the same node in focus.
function redraw(graph, isOther) {
  const former = isOther ? null : view?.where();
  const focused = document.activeElement?.dataset?.node;
  view = drawGraph(byId("graph"), { ...graph, name: byId("lineage-title").textContent }, state.open);
  if (!former) return;
  view.moveTo(former);
  [...byId("graph").querySelectorAll(".node")].find(({ dataset }) => dataset.node === focused)?.focus();
}

function noneOf(kind, name) {
  if (!name) return NOTHING;
  if (kind === "artifact") return `Nothing here says what ${visible(name)} was made from or used for.`;
  return `${visible(name)} is not here.`;
}

function drawFlowTitle(graph) {
  byId("depth-label").hidden = true;
  byId("lineage-title").replaceChildren("What is made from what");
  const left = graph.left ? `${graph.left} more steps are not drawn. ` : graph.isPart ? "Older steps are not drawn. " : "";
  byId("lineage-note").textContent = `${left}Open a version and choose Lineage to see where it comes from.`;
}

function drawTitle(kind, name, graph) {
  byId("depth-label").hidden = false;
  const shown = kind === "version" ? refParts(name) : [h("b", {}, visible(graph?.rootName ?? name))];
  const all = link({ of: "" }, { class: "quiet-link" }, "whole catalog");
  const words = h("span", { class: "muted" }, "Lineage of ");
  byId("lineage-title").replaceChildren(words, ...shown, " ", all);
  const versions = (graph?.nodes ?? []).filter((node) => node.kind === "version").length;
  const left = graph?.left ? "; more are not drawn: choose a smaller depth" : "";
  byId("lineage-note").textContent = graph ? `${count(versions, "version")}${left}` : "";
}

function markOpened() {
  for (const node of byId("graph").querySelectorAll(".node"))
    node.classList.toggle("opened", Boolean(state.open) && node.getAttribute("href")?.includes("open=") && hrefOpens(node));
}

const hrefOpens = (node) => new URLSearchParams(node.getAttribute("href").slice(1)).get("open") === state.open;

export function prepareLineage() {
  byId("depth").addEventListener("change", ({ target }) => update({ depth: Number(target.value) }));
  byId("zoom-in").addEventListener("click", () => view?.zoom(1.3));
  byId("zoom-out").addEventListener("click", () => view?.zoom(1 / 1.3));
  byId("fit").addEventListener("click", () => view?.fit());
  addEventListener("resize", () => view?.begin());
}
