// Small pieces that are shown in many places: names, types, tags, times, values.
import { h } from "../dom.js";
import { bytes, seconds, short, visible } from "../numbers.js";
import { fragment } from "./link.js";
import { state } from "../state.js";

const MINUTE = 60_000;
const UNITS = [
  [365 * 24 * 60 * MINUTE, "year"],
  [30 * 24 * 60 * MINUTE, "month"],
  [24 * 60 * MINUTE, "day"],
  [60 * MINUTE, "hour"],
  [MINUTE, "minute"],
];
const AGES = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const LONGEST = 160; // characters of a value in a line

export const shortType = (type) => visible(type ?? "").replace(/Artifact$/, "") || "?";

// Going somewhere is following a link, so that Back comes back and a copied address opens the same.
export const hrefTo = (changes) => `#${fragment({ ...state, ...changes })}`;
export function go(changes) {
  location.hash = hrefTo(changes).slice(1) || "view=" + (changes.view ?? state.view);
}

export function link(changes, attributes, ...children) {
  return h("a", { href: hrefTo(changes), ...attributes }, ...children);
}

export const opening = (kind, name) => ({ open: `${kind}:${name}` });

export function refParts(ref) {
  const cut = ref.lastIndexOf(":");
  return [
    h("span", { class: "of" }, visible(ref.slice(0, cut))),
    h("span", { class: "colon" }, ":"),
    h("b", {}, visible(ref.slice(cut + 1))),
  ];
}

export function refLink({ ref, isHere }, attributes = {}) {
  if (!isHere) return h("span", { class: "ref away", title: "not in this page" }, ...refParts(ref));
  return link(opening("version", ref), { class: "ref", ...attributes }, ...refParts(ref));
}

export function typeBadge(type) {
  const name = shortType(type);
  return h("span", { class: "type", "data-type": name.toLowerCase() }, name);
}

export function statusBadge(status) {
  return h("span", { class: "status", "data-status": visible(status) }, visible(status));
}

export function tagList(tags, most = Infinity) {
  const shown = tags.slice(0, most).map((tag) => h("span", { class: "tag" }, visible(tag)));
  const more = tags.length > most ? h("span", { class: "muted" }, `+${tags.length - most}`) : null;
  return h("span", { class: "tags" }, ...shown, more);
}

// "3 days ago", with the moment itself for whoever points at it.
export function age(time) {
  if (typeof time !== "number") return h("span", { class: "muted" }, time ? visible(time) : "");
  const since = time - Date.now();
  const [unit, name] = UNITS.find(([size]) => -since >= size) ?? [MINUTE, "minute"];
  const said = -since < MINUTE ? "just now" : AGES.format(Math.trunc(since / unit), name);
  return h("time", { datetime: iso(time), title: moment(time) }, said);
}

const iso = (time) => {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
};

export function moment(time) {
  if (typeof time !== "number") return time ? visible(time) : "";
  return `${(iso(time) ?? "").slice(0, 19).replace("T", " ")} UTC`;
}

// A word for a shell.
export const quoted = (text) => (/^[\w.:+@/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export const duration = (ms) => (ms === null || ms === undefined ? "" : seconds(ms / 1000));
export const size = (count) => bytes(count);
export const count = (number, noun) =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

// A value of metadata in one line.
export function valueText(value) {
  if (value === undefined) return "";
  if (typeof value === "number") return short(value);
  if (value !== null && typeof value === "object") return cut(visible(value.json), value.length);
  return typeof value === "string" ? cut(visible(value)) : String(value);
}

const cut = (text, length = text.length) =>
  text.length > LONGEST || length > text.length ? `${text.slice(0, LONGEST)}…` : text;

// A value as a person reads all of it; what the page does not have is said.
export function wholeValue(value) {
  if (value === null || typeof value !== "object") {
    const isShort = typeof value !== "string" || value.length <= LONGEST;
    return h("span", { class: typeof value === "number" ? "number" : "" , title: typeof value === "number" ? String(value) : null },
      isShort ? valueText(value) : visible(value));
  }
  const left = value.length - value.json.length;
  const note = left > 0 ? h("span", { class: "muted" }, ` … ${left.toLocaleString("en")} more characters are not in this page`) : null;
  const text = visible(value.json);
  if (text.length <= LONGEST && !note) return h("code", {}, text);
  return h("details", {}, h("summary", {}, h("code", {}, cut(text, value.length))), h("pre", {}, text, note));
}
