// What went over the wire: a stream's events one by one, bodies, header fields.

const FIRST = 250;

const frames = (exchange, events, marked) => {
  const found = events.map((event, index) => frame(event, events[index - 1], marked));
  const body = el("tbody", null, found.slice(0, FIRST));
  const more = el("p.quiet", null, exchange.frames_cut);
  if (found.length > FIRST) {
    const rest = () => { body.append(...found.slice(FIRST)); button.remove(); };
    const button = el("button.more", { type: "button", click: rest }, `Show ${found.length - FIRST} more`);
    more.prepend(button, " ");
  }
  return [el("table.frames", null, el("thead", null, el("tr", null, ["#", "ms", "event"].map((name) => el("th", { scope: "col" }, name)))), body), more];
};

const tenths = (value) => value < 1000 ? value.toFixed(1) : Math.round(value).toString();

const frame = (event, before, marked) => {
  const late = event.at != null && before?.at != null ? event.at - before.at : null;
  const time = event.at == null ? "" : [tenths(event.at), late ? el("small", null, " +" + tenths(late)) : null];
  const found = marked.get(event.number) || [];
  return el(found.length ? "tr.marked" : "tr", { "data-event": event.number, "data-in": event.chunk },
    el("td", null, event.number ?? "·"), el("td", null, time),
    el("td", null, el("span.kind", null, event.kind), event.piece && el("q", null, event.piece), el("code", null, event.raw.replace(/\s+$/, "")), found.map((one) => el("p.problem", null, one.message))));
};

const headers = (fields) => el("table.headers", null, el("tbody", null, (fields || []).map(([name, value]) => el("tr", null, el("th", { scope: "row" }, name), el("td", null, value)))));

const bodyText = (text, cut) => [text ? el("pre.raw", { tabindex: "0" }, text) : el("p.quiet", null, "No body."), cut && el("p.quiet", null, cut)];

let tabbed = 0;

// [label, draws it] -> a row of tabs; the first is open, each is drawn when it is opened
const tabs = (label, choices) => {
  const id = "tabs-" + ++tabbed, panel = el("div.panel", { role: "tabpanel", id, tabindex: "-1" });
  const buttons = choices.map(([name, draw], index) => el("button", { type: "button", role: "tab", "aria-controls": id,
    click: () => open(index), keydown: (event) => move(event, index) }, name));
  const drawn = [];
  const open = (index) => {
    buttons.forEach((button, place) => { button.setAttribute("aria-selected", place === index); button.tabIndex = place === index ? 0 : -1; });
    panel.replaceChildren(drawn[index] ??= el("div", null, choices[index][1]()));
  };
  const move = (event, index) => {
    const turn = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!turn) return;
    event.stopPropagation();
    const next = (index + turn + buttons.length) % buttons.length;
    open(next);
    buttons[next].focus();
  };
  open(0);
  return Object.assign(el("section.wire", { "aria-label": label }, el("div.tabs", { role: "tablist", "aria-label": label }, buttons), panel), { open });
};

const wire = (exchange, events, marked) => tabs("On the wire", [
  exchange.streamed ? [`Frames ${events.length}`, () => frames(exchange, events, marked)] : ["Answer", () => bodyText(exchange.body, exchange.body_cut)],
  ["Request", () => bodyText(exchange.request, exchange.request_cut)],
  ["Headers", () => [el("h5", null, "sent"), headers(exchange.sent_headers), el("h5", null, "received"), headers(exchange.headers)]],
]);
