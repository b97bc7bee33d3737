// What a person types into the search box, as terms: words, and conditions on fields or metadata.
const TOKEN = /(-?)(?:([^\s"<>=!:]+)(:|>=|<=|!=|>|<|=))?(?:"([^"]*)"|([^\s"]+))/gu;
export const FIELDS = ["tag", "type", "artifact", "run", "pipeline", "status", "step"];

// `tag:prod accuracy>0.9 -old "two words"` → [{ isNot, field, sign, value }]; a word has no field.
export function termsOf(text) {
  return [...text.matchAll(TOKEN)].map(([whole, minus, field, sign, quoted, plain]) => {
    const value = quoted ?? plain ?? "";
    const isNot = minus === "-";
    if (sign === ":" && FIELDS.includes(field)) return { isNot, field, sign: "=", value };
    if (sign && sign !== ":") return { isNot, field: `metadata.${field}`, sign, value };
    return { isNot, field: null, sign: null, value: isNot ? whole.slice(1) : whole };
  });
}

export function holds(sign, value, wanted) {
  if (value === undefined) return false;
  const number = Number(wanted);
  if (typeof value === "number" && wanted.trim() !== "" && !Number.isNaN(number)) {
    return {
      "=": value === number,
      "!=": value !== number,
      ">": value > number,
      ">=": value >= number,
      "<": value < number,
      "<=": value <= number,
    }[sign];
  }
  const text = textOf(value).toLowerCase();
  if (sign === "=") return text === wanted.toLowerCase();
  return sign === "!=" && text !== wanted.toLowerCase();
}

export const textOf = (value) =>
  value !== null && typeof value === "object" ? value.json : String(value);
