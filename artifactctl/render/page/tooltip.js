// The tooltip beside the pointer: a column's name and its values.
import { byId, h } from "./dom.js";
import { cellText, columns } from "./content.js";

const MARGIN = 16;

export function showTooltip(column, list, { clientX, clientY }) {
  const box = byId("tooltip");
  const pairs = list.flatMap((row) => [
    h("dt", {}, row.shown),
    h("dd", {}, cut(cellText(row, column))),
  ]);
  box.replaceChildren(
    h("strong", {}, columns[column].shown),
    h("dl", {}, ...pairs),
    h("small", {}, "click hides it"),
  );
  box.hidden = false;
  const { offsetWidth: wide, offsetHeight: tall } = box;
  const left = clientX + MARGIN + wide > innerWidth ? clientX - MARGIN - wide : clientX + MARGIN;
  box.style.left = `${Math.max(8, left)}px`;
  box.style.top = `${Math.max(8, Math.min(clientY + MARGIN, innerHeight - tall - 8))}px`;
}

export function hideTooltip() {
  byId("tooltip").hidden = true;
}

const cut = (text) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
