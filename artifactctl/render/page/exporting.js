// What the table shows as CSV for a file, and as Markdown for the clipboard.
import { byId } from "./dom.js";
import { cellText, columns, noun } from "./content.js";
import { copy } from "./copying.js";
import { isGrouped, spread } from "./items.js";
import { meanText, visible } from "./numbers.js";
import { matching, orderedItems } from "./ordering.js";
import { state } from "./state.js";

const PARTS = ["", " deviation", " n"]; // of a group's values
const FORMULA = /^[=+\-@]/; // spreadsheets would calculate such a text

export function prepareExporting() {
  byId("csv").addEventListener("click", download);
  byId("markdown").addEventListener("click", () =>
    copy(markdown(), (text) => (byId("markdown").textContent = text), "Copy Markdown"),
  );
}

function download() {
  const url = URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "compared.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// All keys that match, also those that are not drawn yet. Line ends and quotes are those of the
// command's CSV; a text that a spreadsheet would take for a formula begins with an apostrophe.
function csv() {
  return lines()
    .map((cells) => `${cells.map(quoted).join(",")}\n`)
    .join("");
}

const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const plain = (text) => (FORMULA.test(text) ? `'${text}` : text);

function lines() {
  const [keys, items] = [matching(), orderedItems()];
  if (state.runs === "rows") {
    const first = isGrouped() ? "group" : noun;
    const head = keys.flatMap((row) => parts().map((part) => plain(row.shown + part)));
    return [[first, ...head], ...items.map((item) => [plain(nameOf(item)), ...keys.flatMap((row) => exact(row, item))])];
  }
  const head = items.flatMap((item) => parts().map((part) => plain(nameOf(item) + part)));
  const line = (row) => [plain(row.shown), row.group, ...items.flatMap((item) => exact(row, item))];
  return [["key", "group", ...head], ...keys.map(line)];
}

const parts = () => (isGrouped() ? PARTS : [""]);
const nameOf = ({ column, shown }) => (column === null ? shown : columns[column].full);

function exact(row, item) {
  if (item.column !== null) return [exactText(row, item.column)];
  const { n, mean, deviation, distinct, place } = spread(row, item);
  const shared = distinct === 1 ? exactText(row, place) : "";
  return [mean === null ? shared : String(mean), deviation === null ? "" : String(deviation), String(n)];
}

// Nothing for what is missing, `null` for null; numbers are not rounded.
function exactText(row, column) {
  const value = row.values[column];
  if (row.missing[column]) return "";
  if (typeof value === "number" || typeof value === "boolean") return row.exact[column] ?? String(value);
  if (typeof value === "string") return plain(visible(value));
  const isList = Array.isArray(value) && value.every((one) => typeof one === "string");
  return plain(isList ? visible(value.join(",")) : visible(row.exact[column] ?? JSON.stringify(value)));
}

function markdown() {
  const [keys, items] = [matching(), orderedItems()];
  const isLying = state.runs === "rows";
  const [heads, list] = isLying ? [keys, items] : [items, keys];
  const head = [isLying ? (isGrouped() ? "group" : noun) : "key", ...heads.map((one) => code(title(one)))];
  const body = list.map((one) => [code(title(one)), ...heads.map((other) => rounded(...(isLying ? [other, one] : [one, other])))]);
  return [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

const title = (one) => (one.places ? nameOf(one) : one.shown);

function rounded(row, item) {
  if (item.column !== null) return row.missing[item.column] ? "—" : textOf(row, item.column);
  const { n, mean, deviation, distinct, place } = spread(row, item);
  if (n === 0) return "—";
  if (mean === null) return distinct === 1 ? textOf(row, place) : `${distinct} values`;
  return meanText(mean, deviation, row.unit);
}

const textOf = (row, column) => (row.kind === "number" ? cellText(row, column) : code(cellText(row, column)));

// Text in a code span, in which nothing is Markdown or HTML.
function code(text) {
  if (!/[`|\\<>&]/.test(text) && text.trim() === text && text !== "") return `\`${text}\``;
  return `<code>${text.replace(/[^\p{L}\p{N} ]/gu, (found) => `&#${found.codePointAt(0)};`)}</code>`;
}
