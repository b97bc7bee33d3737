// Groups in parallel coordinates: where their means lie, and the bands of their deviations.
import { place, placeOf } from "./axes.js";
import { spread } from "./items.js";

const within = (at) => (at > 0 ? Math.min(1, at) : 0); // also for what no logarithm has

// The place of a group's mean on an axis, with those of the ends of its band; null where unknown.
export function groupPlaces(row, group) {
  const { mean, deviation, distinct, place: only } = spread(row, group);
  if (mean === null) {
    const at = distinct === 1 ? place(row, only) : null;
    return at === null ? null : { at, ends: [at, at] };
  }
  const ends = [mean - (deviation ?? 0), mean + (deviation ?? 0)];
  return { at: placeOf(row, mean), ends: ends.map((number) => within(placeOf(row, number))) };
}

// A band from axis to axis; it is interrupted where a mean is unknown.
export function bandPath(found, step, tall) {
  const point = (index, end) => `${index * step},${(1 - found[index].ends[end]) * tall}`;
  return found
    .map((_, index) => index)
    .filter((index) => index > 0 && found[index] && found[index - 1])
    .map((i) => `M${point(i - 1, 0)}L${point(i, 0)}L${point(i, 1)}L${point(i - 1, 1)}Z`)
    .join("");
}
