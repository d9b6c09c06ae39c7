// Two cells of a row side by side: both time axes on one scale, then the events, or the fields of plain answers.

const said = (group) => group.events.map((event) => event.piece).join("");

const side = (group) => {
  if (!group) return el("td.absent", null, "–");
  const first = group.events[0], last = group.events.at(-1), many = group.events.length > 1;
  const number = first.number == null ? "" : many ? `${first.number}–${last.number}` : first.number;
  const when = first.at == null ? "" : many ? `${ms(first.at)} – ${ms(last.at)}` : ms(first.at);
  const text = said(group);
  const raw = el("details", null, el("summary", null, "raw"));
  raw.addEventListener("toggle", () => { if (raw.children.length < 2) raw.append(el("pre", null, group.events.slice(0, FIRST).map((event) => event.raw.trimEnd()).join("\n\n"))); }, { once: true });
  return el("td", null, el("p.place", null, `#${number}`, when && " · " + when, many && ` · ${group.events.length} pieces`), text && el("p.piece", null, text), raw);
};

const compared = (left, right) => {
  if (!left || !right) return { mark: "alone", notes: [left ? "only on the left" : "only on the right"] };
  const found = differences(left.events[0].value, right.events[0].value).filter(([path]) => left.events.length + right.events.length === 2 || !/(content|arguments|delta|text|reasoning_content)$/.test(path));
  if (left.kind === "no JSON" && left.events[0].data !== right.events[0].data) found.push(["data", left.events[0].data, right.events[0].data, "value"]);
  if (said(left) !== said(right) && left.events.length + right.events.length > 2) found.push(["joined text", said(left), said(right), "value"]);
  return { mark: found.some((one) => one[3] === "shape") ? "shape" : found.length ? "value" : "same", notes: found };
};

const brief = (value) => {
  if (value === undefined) return el("i", null, "absent");
  const text = JSON.stringify(value);
  return text.length > 60 ? text.slice(0, 60) + "…" : text;
};

const note = (one) => typeof one === "string" ? el("li", null, one) : el("li." + one[3], null, el("code", null, one[0]), " ", brief(one[1]), " → ", brief(one[2]));
const MARKS = { same: "=", value: "≠", shape: "≢", alone: "∅" };
const ABOUT = { same: "the same but for ids and times", value: "another value", shape: "another shape: a field is missing or has another type", alone: "only on one side" };

const alignedRows = (left, right) => pairs(grouped(left), grouped(right)).map(([a, b]) => {
  const { mark, notes } = compared(a, b);
  return el("tr." + mark, { "data-mark": mark }, el("th", { scope: "row", title: ABOUT[mark] }, el("i.eq", null, MARKS[mark]), el("span.kind", null, (a || b).kind)),
    side(a), side(b), el("td.notes", null, notes.length ? el("ul", null, notes.map(note)) : null));
});

const parse = (text) => { try { return JSON.parse(text); } catch { return text || ""; } };

const fieldRows = (left, right) => {
  const a = leaves(left), b = leaves(right);
  const changed = new Map(differences(left, right).map((one) => [one[0], one[3]]));
  return [...new Set([...a.keys(), ...b.keys()])].map((path) => {
    const mark = a.has(path) !== b.has(path) ? "alone" : changed.get(path) || "same";
    const value = (side) => side.has(path) ? el("td", null, el("p.piece", null, String(side.get(path)))) : el("td.absent", null, "–");
    return el("tr." + mark, { "data-mark": mark }, el("th", { scope: "row", title: ABOUT[mark] }, el("i.eq", null, MARKS[mark]), el("code", null, path || "body")), value(a), value(b));
  });
};

const comparedExchange = (left, right, names, index, count) => {
  const sides = [left, right].filter(Boolean), events = sides.map(eventsOf);
  const span = Math.max(...sides.map((exchange) => exchange.line.total || 0)) || null;
  const axes = sides.map((exchange, place) => el("div.lane", null, el("h4", null, sides.length > 1 ? names[place] : left ? names[0] : names[1],
    el(exchange.status >= 400 || exchange.status == null ? "span.status.bad" : "span.status", null, STATUS(exchange))), axis(exchange, events[place], span)));
  if (sides.length < 2) return el("article.exchange", null, el("p.problem", null, `Exchange ${index + 1} is only on the ${left ? "left" : "right"}.`), axes);
  const streams = left.streamed && right.streamed, mixed = left.streamed !== right.streamed;
  const rows = streams ? alignedRows(...events) : mixed ? fieldRows(merged(left), merged(right)) : fieldRows(parse(left.body), parse(right.body));
  const counts = rows.reduce((sum, one) => ({ ...sum, [one.dataset.mark]: (sum[one.dataset.mark] || 0) + 1 }), {});
  const legend = Object.keys(MARKS).filter((mark) => counts[mark]).map((mark) => el("span.fact." + mark, { title: ABOUT[mark] }, el("i.eq", null, MARKS[mark]), ` ${counts[mark]} ${ABOUT[mark]}`));
  const heads = streams ? ["Event", ...names, "What differs"] : ["Field", ...names];
  const table = el(streams ? "table.aligned" : "table.aligned.fields", null, el("thead", null, el("tr", null, heads.map((name) => el("th", { scope: "col" }, name)))), el("tbody", null, rows));
  const only = el("input", { type: "checkbox", change: () => table.classList.toggle("differing", only.checked) });
  return el("article.exchange", null, count > 1 && el("h3", null, `Exchange ${index + 1} of ${count}`), axes,
    mixed && el("p.quiet", null, "One of them streamed and the other did not, so what their answers come to is compared."),
    el("p.facts.legend", null, legend, el("label", null, only, " only what differs")), table);
};

// a stream beside a plain answer: what both come to
const merged = (exchange) => ({ answer: exchange.answered || [], finish: exchange.finish || [], usage: Object.fromEntries(exchange.usage || []) });

const compareView = (title, key, cells) => {
  const [left, right] = key.columns.map((column) => cells[column]);
  if (!left || !right) return [el("header.of", null, el("h2", { id: "detail-title" }, title)), el("p.quiet", null, "There is no such pair of cells.")];
  const a = left.exchanges || [], b = right.exchanges || [], count = Math.max(a.length, b.length), names = [where(left), where(right)];
  const link = (cell, column) => el("a", { href: `#cell=${key.row}.${column}` }, badge(cell.verdict), " ", where(cell));
  return [
    el("header.of", null, el("div", null, el("h2", { id: "detail-title" }, title), el("p.versus", null, link(left, key.columns[0]), el("span.quiet", null, " against "), link(right, key.columns[1])))),
    Array.from({ length: count }, (_, index) => comparedExchange(a[index], b[index], names, index, count)),
  ];
};
