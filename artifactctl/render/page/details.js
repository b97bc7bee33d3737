// All that is known of one run or version, and the command that shows the rest.
import { byId, h } from "./dom.js";
import { columns, content, fullText, noun, rows } from "./content.js";
import { bytes, localTime, seconds, utcTime, visible } from "./numbers.js";
import { copy } from "./copying.js";

const MOST = 60; // outputs, and values of a group
const LONGEST = 300; // characters of a value
const TITLES = { parameters: "Parameters", metadata: "Metadata", outputs: "Numbers of the outputs" };

export function showDetails(index) {
  const column = columns[index];
  byId("details-title").textContent = column.full;
  byId("details-body").replaceChildren(
    list(factsOf(column, content.details[index] ?? {})),
    ...linksOf(index),
    ...outputsOf(content.details[index]?.outputs ?? []),
    ...Object.entries(TITLES).flatMap(([group, title]) => valuesOf(group, title, index)),
    command(column),
  );
  byId("details").showModal();
}

function factsOf(column, { user }) {
  const { created, duration_s: took, size_bytes: size } = column;
  return [
    ["pipeline", column.pipeline],
    ["artifact", column.artifact],
    ["version", column.version],
    ["type", column.type],
    ["status", column.status],
    [noun === "run" ? "started" : "created", time(created)],
    ["ended", took === null ? null : time(new Date(Date.parse(created) + took * 1000).toJSON())],
    ["duration", took === null ? null : seconds(took)],
    ["user", user],
    ["size", size === null ? null : bytes(size)],
    ["files", column.file_count],
    ["tags", column.tags.join(", ")],
    ["id", column.id],
  ];
}

const time = (text) => (text === null ? null : `${localTime(text)} (${utcTime(text)})`);

function list(pairs) {
  const known = pairs.filter(([, text]) => text !== null && text !== undefined && text !== "");
  return h("dl", {}, ...known.flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, visible(String(text)))]));
}

// Addresses in the metadata; only of the web, and shown as they are.
function linksOf(index) {
  const found = rows
    .filter(({ group }) => group === "metadata" || group === "parameters")
    .map((row) => ({ row, url: addressOf(row.values[index]) }))
    .filter(({ url }) => url);
  if (!found.length) return [];
  return [h("h3", {}, "Links"), h("ul", {}, ...found.slice(0, MOST).map(link))];
}

function link({ row, url }) {
  const attributes = { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" };
  return h("li", {}, `${row.shown}: `, h("a", attributes, visible(url.href)));
}

function addressOf(value) {
  if (typeof value !== "string" || !/^https?:\/\/\S{1,2000}$/i.test(value)) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  // What stands before an @ looks like the host, and is none.
  return url && ["http:", "https:"].includes(url.protocol) && !url.username && !url.password ? url : null;
}

function outputsOf(refs) {
  if (!refs.length) return [];
  const shown = refs.slice(0, MOST).map((ref) => h("li", {}, visible(ref)));
  if (refs.length > MOST) shown.push(h("li", {}, `and ${refs.length - MOST} more`));
  return [h("h3", {}, `Outputs (${refs.length})`), h("ul", { class: "refs" }, ...shown)];
}

function valuesOf(group, title, index) {
  const found = rows.filter((row) => row.group === group && !row.missing[index]);
  if (!found.length) return [];
  const pairs = found.slice(0, MOST).map((row) => [row.shown, cut(fullText(row, index))]);
  if (found.length > MOST) pairs.push(["…", `${found.length - MOST} more are in the table`]);
  return [h("h3", {}, title), list(pairs)];
}

const cut = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function command({ id }) {
  const text = noun === "run" ? `artifactctl runs describe ${id}` : `artifactctl artifact version describe ${id}`;
  const say = (words) => (button.textContent = words);
  const button = h("button", { type: "button", onclick: () => copy(text, say) }, "Copy");
  return h("p", { class: "command" }, h("code", {}, text), button);
}
