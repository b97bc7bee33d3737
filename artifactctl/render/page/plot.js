// Curves as SVG: scales, ticks, smoothing, paths. It knows nothing of runs.
const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

// An exponential moving average without the pull of its first value; unknown values stay unknown.
export function smoothed(values, share) {
  if (!share) return values;
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    sum = sum * share + value * (1 - share);
    weight = weight * share + (1 - share);
    return sum / weight;
  });
}

// From numbers to pixels, and back; on a logarithmic scale of numbers above zero.
export function scale(low, high, from, to, isLog) {
  const read = isLog ? Math.log10 : (number) => number;
  const [start, end] = low === high ? around(read(low)) : [read(low), read(high)];
  const width = end - start || 1;
  return {
    low: isLog ? 10 ** start : start,
    high: isLog ? 10 ** end : end,
    isLog,
    at: (number) => from + ((read(number) - start) / width) * (to - from),
    back(pixel) {
      const number = start + ((pixel - from) / (to - from)) * width;
      return isLog ? 10 ** number : number;
    },
  };
}

const around = (number) => [number - (Math.abs(number) || 1) / 2, number + (Math.abs(number) || 1) / 2];

// Round numbers within a scale, about `count` of them.
export function ticksOf({ low, high, isLog }, count) {
  if (isLog && high / low >= 10) return powers(low, high, count);
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  if (!Number.isFinite(step) || last - first > 50) return [low, high];
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

// Powers of ten; with twice and five times each where there are few of them.
function powers(low, high, count) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.floor(Math.log10(high))];
  const stride = Math.max(1, Math.ceil((last - first + 1) / count));
  const factors = last - first < 3 ? [1, 2, 5] : [1];
  const found = [];
  for (let power = first; power <= last; power += stride)
    found.push(...factors.map((factor) => Number(`${factor}e${power}`)));
  return found.filter((number) => number >= low && number <= high);
}

// A path through the points; it is interrupted where a value is unknown or cannot be drawn.
export function path(xs, ys, across, up) {
  let [text, isDown] = ["", false];
  for (const [index, y] of ys.entries()) {
    const canDraw = y !== null && (!up.isLog || y > 0);
    if (canDraw) {
      const place = `${across.at(xs[index]).toFixed(1)} ${up.at(y).toFixed(1)}`;
      text += `${isDown ? "L" : "M"}${place}`;
    }
    isDown = canDraw;
  }
  return text;
}

// The place of the number in a rising list that is nearest to another.
export function nearest(list, number) {
  let [low, high] = [0, list.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (list[middle] < number) low = middle;
    else high = middle;
  }
  return number - list[low] <= list[high] - number ? low : high;
}
