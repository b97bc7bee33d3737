// Vega's views: a chart's specification filled with data, in the colours of the page.
import { byId } from "./dom.js";
import { content } from "./content.js";
import { interpreter } from "./interpreter.js";

// Viridis without the end that is hard to see: yellow on white, violet on black.
const PALETTES = {
  light: ["#440154", "#3b4f8a", "#25768d", "#1f9a87", "#58b04a"],
  dark: ["#5b7fd6", "#2f9fb0", "#35b779", "#8fd744", "#fde725"],
};
const COLOURS = ["ground", "ink", "muted", "rule"];

// Vega is most of the page's size: it is evaluated for the first chart, after the table is shown.
export function library() {
  if (!window.vega) {
    const script = document.createElement("script");
    script.textContent = byId("library").textContent;
    document.head.append(script);
    script.remove();
  }
  return window.vega;
}

export const isDark = () => document.documentElement.dataset.dark === "true";
export const palette = () => PALETTES[isDark() ? "dark" : "light"];

// The colour at a position of the palette, interpolated as the charts do it.
export function colourAt(at) {
  if (at === null) return "var(--muted)";
  const vega = library();
  return vega
    .scale("linear")()
    .domain(palette().map((_, index, all) => index / (all.length - 1)))
    .range(palette())
    .interpolate(vega.interpolate("lab"))(at);
}

// Draws into `place`, which is emptied first; without the marks that the page draws itself.
export function chart(name, place, signals, data) {
  const specification = filled(content.charts[name], { ...colours(), ...signals }, data);
  const vega = library();
  const parsed = vega.parse(specification, null, { ast: true });
  const view = new vega.View(parsed, { expr: interpreter, renderer: "svg", logLevel: vega.Warn });
  place.replaceChildren();
  return view.initialize(place).run();
}

function filled(template, values, data) {
  return {
    ...template,
    signals: template.signals.map((s) => ({ ...s, value: values[s.name] ?? s.value })),
    data: template.data.map((d) => ({ ...d, values: data[d.name] ?? [] })),
    marks: template.marks.filter((mark) => !mark.name.startsWith("picture-")),
  };
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const known = COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return { ...Object.fromEntries(known), palette: palette() };
}
