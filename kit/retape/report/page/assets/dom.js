// Elements, and texts of strangers: always text nodes, with control characters shown as escapes.

const HARMFUL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
const SVG = "http://www.w3.org/2000/svg";

const shown = (text) =>
  String(text).replaceAll("\r\n", "\n").replace(HARMFUL, (one) => "\\u" + one.charCodeAt(0).toString(16).padStart(4, "0"));

// el("a.link", {href: "#x"}, "text", child, [more, children]); null, undefined and "" are left out
const el = (kind, about, ...children) => fill(document.createElement(kind.split(".")[0]), kind, about, children);
const svg = (kind, about, ...children) => fill(document.createElementNS(SVG, kind.split(".")[0]), kind, about, children);

const fill = (node, kind, about, children) => {
  const classes = kind.split(".").slice(1).join(" ");
  if (classes) node.setAttribute("class", classes);
  for (const [name, value] of Object.entries(about || {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child != null && child !== false && child !== "") node.append(child instanceof Node ? child : shown(child));
  }
  return node;
};

// a text with its https addresses as links
const linked = (text) =>
  String(text || "")
    .split(/(https:\/\/[^\s<>"'`)\]]+[^\s<>"'`)\].,;:])/)
    .map((piece, index) =>
      index % 2 ? el("a", { href: piece, target: "_blank", rel: "noopener noreferrer" }, piece) : piece
    );

const ms = (value) =>
  value == null ? "–" : value >= 9950 ? (value / 1000).toFixed(1) + " s" : value >= 1000 ? (value / 1000).toFixed(2) + " s"
  : value >= 10 || !value ? Math.round(value) + " ms" : value.toFixed(1) + " ms";

const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const by = (id) => document.getElementById(id);
