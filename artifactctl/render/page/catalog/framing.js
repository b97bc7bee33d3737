// A document of HTML, which may be hostile, in a frame: it reaches neither the page nor a network.
import { h } from "../dom.js";
import { visible } from "../numbers.js";

// What holds it is the frame: without an origin, without scripts (`sandbox`), and with a policy that
// lets nothing load; the page's own policy keeps links in it from going anywhere.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'";
const HEAD = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">`;

// What the frame would refuse, with a message of the browser for each, is taken out before.
const REFUSED = "script, noscript, link, base, meta, iframe, frame, object, embed, audio, video, template";
const ADDRESSES = new Set(["src", "srcset", "href", "xlink:href", "poster", "background", "action", "formaction", "data", "ping"]);
const isHarmless = (address) => /^\s*(#|data:image\/)/i.test(address);

export function framed(name, html) {
  const found = new DOMParser().parseFromString(quietened(html), "text/html");
  const hasScripts = found.querySelector("script") !== null;
  for (const element of found.querySelectorAll(REFUSED)) element.remove();
  for (const form of found.querySelectorAll("form")) form.replaceWith(...form.childNodes);
  for (const element of found.querySelectorAll("*")) quieten(element);
  const srcdoc = HEAD + found.documentElement.outerHTML;
  const frame = h("iframe", { class: "document", sandbox: "", referrerpolicy: "no-referrer", title: visible(name), srcdoc });
  return { frame, hasScripts };
}

// The parser alone makes a message of each of these, so that they go before it.
const quietened = (html) =>
  html.replace(/<[a-z][^>]*>/gi, (tag) => (/^<base\b/i.test(tag) ? "" : tag.replace(/([\s"'/])on\w+(\s*=)/gi, "$1data-off$2")));

function quieten(element) {
  for (const { name, value } of Array.from(element.attributes)) {
    const isCode = name.startsWith("on");
    if (isCode || (ADDRESSES.has(name) && !isHarmless(value))) element.removeAttribute(name);
  }
}
