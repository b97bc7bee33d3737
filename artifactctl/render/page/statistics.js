// Means, deviations and rank correlations, as `compare --group-by` and `--importance` have them.
export const FEWEST = 4; // columns: fewer say nothing
export const FEW = 10; // columns: with fewer most of what is seen is chance
const LARGE = 1e300; // a few numbers beyond it add up to more than any float
const NORMAL = 1.6448536269514722; // exceeded in 5 % of cases

// Numbers added up without the error that adding one after the other gathers (Neumaier, 1974).
export function sum(numbers) {
  let [total, lost] = [0, 0];
  for (const number of numbers) {
    const next = total + number;
    lost += Math.abs(total) >= Math.abs(number) ? total - next + number : number - next + total;
    total = next;
  }
  return total + lost;
}

// The mean and the deviation of the sample; null where there are too few numbers.
export function moments(numbers) {
  const count = numbers.length;
  if (!count) return { mean: null, deviation: null };
  // Without the error of adding them up.
  if (numbers.every((number) => number === numbers[0]))
    return { mean: numbers[0], deviation: count > 1 ? 0 : null };
  const isLarge = numbers.some((number) => Math.abs(number) > LARGE);
  const mean = isLarge ? sum(numbers.map((number) => number / count)) : sum(numbers) / count;
  const far = Math.hypot(...numbers.map((number) => number - mean)) / Math.sqrt(count - 1);
  return { mean, deviation: Number.isFinite(far) ? far : null };
}

// The ranks from 1; equal numbers share the mean of theirs.
export function ranks(numbers) {
  const places = new Map();
  for (const [place, number] of numbers.toSorted((a, b) => a - b).entries())
    places.set(number, [...(places.get(number) ?? []), place + 1]);
  return numbers.map((number) => sum(places.get(number)) / places.get(number).length);
}

function centred(numbers) {
  const mean = sum(numbers) / numbers.length;
  return numbers.map((number) => number - mean);
}

const within = (number) => Math.max(-1, Math.min(1, number)); // rounding must not lead beyond

// The rank correlation, from -1 to 1; null where one of the two is constant.
export function spearman(xs, ys) {
  const [across, up] = [centred(ranks(xs)), centred(ranks(ys))];
  const size = Math.sqrt(sum(across.map((x) => x * x)) * sum(up.map((y) => y * y)));
  return size === 0 ? null : within(sum(across.map((x, index) => x * up[index])) / size);
}

// How far the ranks of `ys` are told by their names, from 0 to 1; null where they are constant.
export function correlationRatio(names, ys) {
  const up = centred(ranks(ys));
  const whole = sum(up.map((y) => y * y));
  if (whole === 0) return null;
  const groups = Map.groupBy(up.keys(), (index) => names[index]);
  const parts = [...groups.values()].map((places) => sum(places.map((i) => up[i])) ** 2 / places.length);
  return within(Math.sqrt(sum(parts) / whole));
}

// What `n` pairs that have nothing to do with each other exceed in about 5 % of cases; `freedom`
// is one less than the number of categories, 1 for numbers (Wilson and Hilferty, 1931).
export function chance(n, freedom = 1) {
  const step = 2 / (9 * freedom);
  const quantile = freedom * (1 - step + NORMAL * Math.sqrt(step)) ** 3;
  return Math.min(1, Math.sqrt(quantile / (n - 1)));
}

// How strongly pairs [value, number] go together: { method, n, strength, chance } or { reason }.
export function association(pairs, isNumber) {
  const [values, ys] = [pairs.map(([value]) => value), pairs.map(([, y]) => y)];
  const n = pairs.length;
  if (n < FEWEST) return { reason: "too few" };
  const freedom = isNumber ? 1 : new Set(values).size - 1;
  if (freedom === 0) return { reason: "constant" };
  if (!isNumber && 2 * (freedom + 1) > n) return { reason: "too many values" };
  const strength = isNumber ? spearman(values, ys) : correlationRatio(values, ys);
  if (strength === null) return { reason: "constant" };
  const method = isNumber ? "spearman" : "correlation_ratio";
  return { method, n, strength, chance: chance(n, freedom) };
}
