// A preview of a version: a picture, rows of a table, a document of HTML, or text.
import { h } from "../dom.js";
import { framed } from "./framing.js";
import { visible } from "../numbers.js";
import { quoted, size } from "./words.js";

export function previewOf({ name, size: bytes, image, table, lines, html, text, left }, ref) {
  if (image) return h("figure", {}, h("img", { src: image, alt: visible(name) }), h("figcaption", { class: "muted" }, size(bytes)));
  if (table) return tablePreview(table, lines);
  if (html !== undefined) return documentPreview(name, html, ref);
  const more = left ? h("p", { class: "muted" }, `${left.toLocaleString("en")} more characters`) : null;
  return h("div", {}, h("pre", { class: "wide", tabindex: 0 }, lined(text)), more);
}

// Line breaks stay, everything else that a browser acts upon is shown.
export const lined = (text) => text.split("\n").map((one) => visible(one.replaceAll("\t", "    "))).join("\n");

function documentPreview(name, html, ref) {
  const { frame, hasScripts } = framed(name, html);
  const how = `artifactctl artifact version visualize ${quoted(ref)} --scripts --open`;
  const note = hasScripts ? h("p", { class: "muted" }, "Its scripts do not run here. They do, without a network, with ", h("code", {}, visible(how))) : null;
  return h("div", {}, frame, note);
}

const cells = (row, tag) =>
  row.map((cell) => h(tag, tag === "th" ? { scope: "col" } : {}, visible(cell)));

function tablePreview([head, ...rows], lines) {
  const left = lines - 1 - rows.length;
  return h(
    "div",
    {},
    h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Rows" },
      h("table", {}, h("thead", {}, h("tr", {}, ...cells(head, "th"))), h("tbody", {}, ...rows.map((row) => h("tr", {}, ...cells(row, "td")))))),
    left > 0 ? h("p", { class: "muted" }, `${left.toLocaleString("en")} more lines`) : null,
  );
}
