// The page's data: compressed columns that are unpacked when they are first asked for.
import { byId } from "../dom.js";

export const setup = JSON.parse(byId("setup").textContent); // notes, root, whether it is live
const unpacked = new Map();

// The part of the data with this name.
export function chunk(name) {
  if (!unpacked.has(name)) unpacked.set(name, unpack(name));
  return unpacked.get(name);
}

// This script stands before most of the data, so that the first rows need not wait for it.
async function unpack(name) {
  if (!byId(`data-${name}`) && document.readyState === "loading")
    await new Promise((done) => addEventListener("DOMContentLoaded", done, { once: true }));
  const packed = bytesOf(byId(`data-${name}`).textContent);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let index = 0; index < letters.length; index += 1) bytes[index] = letters.charCodeAt(index);
  return bytes;
}

// Numbers from the differences between them; what is no number stays.
export function summed(differences) {
  let before = 0;
  return differences.map((one) => (typeof one === "number" ? (before += one) : one));
}

// For each row its tags, from the rows of each tag.
export function tagsByRow(labels) {
  const found = new Map();
  for (const [tag, places] of Object.entries(labels)) {
    for (const place of summed(places)) {
      if (found.has(place)) found.get(place).push(tag);
      else found.set(place, [tag]);
    }
  }
  return found;
}

// For each key a column: `at(row)` is its value there, undefined where there is none.
export function metadataColumns(list) {
  return new Map(list.map(({ key, at, values }) => [key, columnOf(at && summed(at), values)]));
}

// A column of values at rising rows; without `rows` each row has one.
export function columnOf(rows, values) {
  const places = rows && Int32Array.from(rows);
  return {
    count: values.length,
    values,
    isNumeric: values.some((value) => typeof value === "number"),
    row: (position) => (places ? places[position] : position),
    at: (row) => (places ? values[positionOf(places, row)] : values[row]),
  };
}

function positionOf(places, row) {
  let [low, high] = [0, places.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (places[middle] === row) return middle;
    if (places[middle] < row) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
