// Numbers, times, sizes and texts as people read them.
const PREFIXES = ["kB", "MB", "GB", "TB", "PB"];
// Control characters, characters that reorder or hide text, line separators, lone surrogates: the
// same as are escaped in a terminal.
const DANGEROUS =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu;

export function visible(text) {
  return text.replace(DANGEROUS, (found) => {
    const code = found.codePointAt(0);
    if (found === "\n") return "\\n";
    if (found === "\t") return "\\t";
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}

// At most `digits` significant digits; integers whole.
export function short(number, digits = 6) {
  if (Number.isInteger(number) && Math.abs(number) < 1e15) return String(number);
  const distance = Math.abs(number);
  if (distance >= 1e-4 && distance < 1e9) return String(Number(number.toPrecision(digits)));
  const [mantissa, exponent] = number.toExponential(digits - 1).split("e");
  return `${Number(mantissa)}e${Number(exponent)}`;
}

export function signed(text, number) {
  return number > 0 ? `+${text}` : text;
}

const two = (count) => String(count).padStart(2, "0");

// 72 → "1 min 12 s"
export function seconds(number) {
  if (Math.abs(number) < 60) return `${short(number, 3)} s`;
  const whole = Math.round(Math.abs(number));
  const minutes = Math.floor(whole / 60);
  const said =
    minutes < 60
      ? `${minutes} min ${two(whole % 60)} s`
      : `${Math.floor(minutes / 60).toLocaleString("en")} h ${two(minutes % 60)} min`;
  return (number < 0 ? "-" : "") + said;
}

// 1258291 → "1.3 MB", in decimal units as in all listings
export function bytes(number) {
  const sign = number < 0 ? "-" : "";
  let rest = Math.abs(number);
  if (rest < 1000) return `${sign}${short(rest)} B`;
  let prefix = -1;
  do {
    rest /= 1000;
    prefix += 1;
  } while (rest >= 999.95 && prefix < PREFIXES.length - 1);
  return `${sign}${rest.toFixed(1)} ${PREFIXES[prefix]}`;
}

export function withUnit(number, unit, digits) {
  if (unit === "s") return seconds(number);
  return unit === "B" ? bytes(number) : short(number, digits);
}

// A mean to as many digits as its deviation has: 0.8928 ± 0.0401
export function meanText(mean, deviation, unit) {
  if (deviation === null) return withUnit(mean, unit);
  const decimals = 2 - Math.floor(Math.log10(deviation));
  const isPlain = !unit && deviation > 0 && decimals >= 0 && decimals <= 12 && Math.abs(mean) < 1e9;
  const text = isPlain ? String(Number(mean.toFixed(decimals))) : withUnit(mean, unit);
  return `${text} ± ${withUnit(deviation, unit, 3)}`;
}

// Rounded to about a thousandth of `span`, for the ends of a chosen range.
export function rounded(number, span) {
  const digits = Math.ceil(Math.log10(Math.abs(number) / (span || 1) || 1)) + 4;
  return Number(number.toPrecision(Math.min(17, Math.max(3, digits))));
}

export function localTime(text) {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return text;
  return time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export const utcTime = (text) => `${text.slice(0, 19).replace("T", " ")} UTC`;

const NATURAL = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
export const byName = (a, b) => NATURAL.compare(a, b);
