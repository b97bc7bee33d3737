// The page's state as the fragment of its address, and back: `view=versions&q=tag:prod&open=…`.
import { listOf, oneOf, flag, readFields, sortedBy, words, writeFields } from "../fields.js";
import { setup } from "./unpacking.js";

export const VIEWS = ["artifacts", "versions", "runs", "lineage", "compare"];
const LONGEST = 500; // characters of a text in the address
const DEEPEST = 99;

const text = { ...words, read: (word) => words.read(word).slice(0, LONGEST) };
const count = {
  write: String,
  read: (word) => (/^\d{1,2}$/.test(word) && Number(word) <= DEEPEST ? Number(word) : undefined),
};

const FIELDS = {
  view: oneOf(...VIEWS),
  theme: oneOf("auto", "light", "dark"),
  q: text,
  type: text,
  tag: text,
  artifact: text,
  sort: sortedBy(text),
  columns: listOf(text),
  open: text,
  of: text,
  depth: count,
  picked: listOf(text),
  differing: flag,
  compared: oneOf("table", "curves"),
  smooth: count,
  curvelog: flag,
};

const INITIAL = {
  view: setup.root ? "lineage" : "artifacts",
  theme: "auto",
  q: "",
  type: "",
  tag: "",
  artifact: "",
  sort: null,
  columns: null,
  open: "",
  of: setup.root ?? "",
  depth: 0,
  picked: [],
  differing: false,
  compared: "table",
  smooth: 0,
  curvelog: false,
};

export const fragment = (state) => writeFields(FIELDS, state, INITIAL);
export const parsed = (from) => readFields(FIELDS, from, INITIAL);
