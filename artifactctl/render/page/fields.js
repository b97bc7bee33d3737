// How the fields of a state are written into a page's address: as words that a person can read.
const percent = (letter) => `%${letter.charCodeAt(0).toString(16)}`;

export const escaped = (text) =>
  encodeURIComponent(text)
    .replace(/[~!'()]/g, percent)
    .replaceAll("%20", "+")
    .replaceAll("%2F", "/");
export const unescaped = (text) => decodeURIComponent(text.replaceAll("+", " "));

const known = (list) => [...new Set(list.filter((item) => item !== undefined))];

export const flag = {
  write: (on) => (on ? "1" : ""),
  read: (word) => word === "1" || undefined,
};
export const words = {
  write: (value) => escaped(value.replace(/\p{Surrogate}/gu, "")),
  read: (word) => unescaped(word),
};
export const oneOf = (...choices) => ({
  write: (value) => value,
  read: (word) => choices.find((c) => c === word),
});
export const listOf = ({ write, read }) => ({
  write: (list) => list.map(write).join(",") || "none",
  read: (word) => (word === "none" ? [] : known(word.split(",").map(read))),
});
export const sortedBy = ({ write, read }) => ({
  write: ({ by, isDown }) => `${write(by)}:${isDown ? "down" : "up"}`,
  read(word) {
    const cut = word.lastIndexOf(":");
    const [by, way] = [read(word.slice(0, cut)), word.slice(cut + 1)];
    return by === undefined || !["up", "down"].includes(way)
      ? undefined
      : { by, isDown: way === "down" };
  },
});

// The state as a fragment: its fields that differ from the initial ones.
export function writeFields(fields, state, initial) {
  return Object.entries(fields)
    .filter(
      ([name]) =>
        state[name] !== null && JSON.stringify(state[name]) !== JSON.stringify(initial[name]),
    )
    .map(([name, field]) => `${name}=${field.write(state[name])}`)
    .join("&");
}

// The state of a fragment. Parts that cannot be parsed leave the initial state.
export function readFields(fields, text, initial) {
  const state = { ...initial };
  for (const part of text.replace(/^#/, "").split("&")) {
    const [name, ...rest] = part.split("=");
    const value = Object.hasOwn(fields, name)
      ? attempt(() => fields[name].read(rest.join("=")))
      : undefined;
    if (value !== undefined) state[name] = value;
  }
  return state;
}

// An incomplete percent escape must not make the whole link invalid.
function attempt(take) {
  try {
    return take();
  } catch {
    return undefined;
  }
}
