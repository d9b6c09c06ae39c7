// One cell: why it got its verdict, and each exchange with its time axis, conversation and frames.

const SIGN = { pass: "✓", fail: "✕", known: "≈", unsupported: "⊘", inconclusive: "?", skipped: "–", error: "!", unrecorded: "○" };
const badge = (verdict) => el("span.v." + verdict, null, el("i", { "aria-hidden": "true" }, SIGN[verdict]), " " + verdict);
const where = (cell) => `${cell.provider_label} · ${cell.label}`;

const facets = (cell) => {
  const half = (name, held, yes, no) => held == null ? null : [name, held ? yes : no];
  const tokens = cell.prompt_tokens || cell.completion_tokens ? `${cell.prompt_tokens || 0} in, ${cell.completion_tokens || 0} out` : null;
  return [
    half("protocol", cell.conforms, "holds", "broken"), half("answer", cell.answered, "as expected", "not as expected"),
    cell.seconds ? ["took", ms(cell.seconds * 1000)] : null, tokens && ["tokens", tokens],
    cell.deviations && ["known", cell.deviations.join(", ")], cell.cassette && ["cassette", cell.cassette],
  ].filter(Boolean).map(([name, value]) => el("span.fact", null, el("b", null, name), " " + value));
};

const rerun = (cell) => {
  if (!cell.rerun) return null;
  const command = el("code", null, cell.rerun);
  const copy = async () => {
    getSelection().selectAllChildren(command); // for browsers that keep the clipboard from pages in files
    await navigator.clipboard.writeText(cell.rerun);
    button.textContent = "copied";
  };
  const button = el("button.more", { type: "button", click: () => copy().catch(() => { button.textContent = "selected"; }) }, "copy");
  return el("p.rerun", null, command, button);
};

const violations = (cell, go) => {
  const found = cell.violations || [];
  if (!found.length) return null;
  return el("section.violations", { "aria-label": "Violations" }, el("h4", null, plural(found.length, "finding")), el("ul", null, found.map((one) => {
    const event = /^event (\d+)/.exec(one.where || "");
    const place = [cell.exchanges?.length > 1 && one.exchange && `exchange ${one.exchange}`, one.where].filter(Boolean).join(", ");
    const goes = event && cell.exchanges?.[(one.exchange || 1) - 1]?.streamed;
    return el("li." + one.severity, null,
      el("span.severity", null, one.severity), el("code", null, one.rule), " ",
      goes ? el("button.more", { type: "button", click: () => go(one.exchange || 1, Number(event[1])) }, place) : el("span.place", null, place),
      el("p", null, one.message), el("p.source", null, "Source: ", linked(one.source)));
  })));
};

const STATUS = (exchange) => exchange.status == null ? exchange.outcome : `${exchange.status} ${exchange.reason}`.trim();

const oneExchange = (exchange, index, count, found) => {
  const events = eventsOf(exchange), marked = new Map();
  for (const one of found) {
    const event = /^event (\d+)/.exec(one.where || "");
    if (event) marked.set(Number(event[1]), [...(marked.get(Number(event[1])) || []), one]);
  }
  const panel = wire(exchange, events, marked);
  const show = (selector) => {
    panel.open(0);
    const rows = [...panel.querySelectorAll(selector)];
    panel.querySelectorAll(".chosen").forEach((one) => one.classList.remove("chosen"));
    rows.forEach((one) => one.classList.add("chosen"));
    rows[0]?.scrollIntoView({ block: "center" });
  };
  const failed = exchange.status == null || exchange.status >= 400;
  const drawn = el("article.exchange", null,
    el("h3", null, count > 1 && el("small", null, `${index + 1} of ${count} `), el("code", null, `${exchange.method} ${exchange.path}`),
      el(failed ? "span.status.bad" : "span.status", null, STATUS(exchange)), exchange.recorded_at && el("small.when", null, exchange.recorded_at.slice(0, 19).replace("T", " "))),
    exchange.error && el("p.problem", null, exchange.error),
    axis(exchange, events, null, (chunk) => show(`tr[data-in="${chunk}"]`)),
    el("div.halves", null, talk(exchange), panel));
  return Object.assign(drawn, { go: (event) => show(`tr[data-event="${event}"]`) });
};

// key: {row, column}; siblings: {column: cell} of the row
const cellView = (title, cell, key, siblings) => {
  const exchanges = cell.exchanges || [];
  const drawn = exchanges.map((exchange, index) => oneExchange(exchange, index, exchanges.length,
    (cell.violations || []).filter((one) => (one.exchange || 1) === index + 1)));
  const go = (number, event) => drawn[number - 1]?.go(event);
  const others = Object.entries(siblings).filter(([column, other]) => Number(column) !== key.column && other.exchanges?.length);
  const choose = el("select", { "aria-label": "Compare with", change: () => { location.hash = `compare=${key.row}.${key.column}.${choose.value}`; } },
    el("option", { value: "" }, "Compare with ..."), others.map(([column, other]) => el("option", { value: column }, `${where(other)} (${other.verdict})`)));
  return [
    el("header.of", null, el("div", null, el("h2", { id: "detail-title" }, title), el("p", null, badge(cell.verdict), " ", where(cell))), exchanges.length && others.length ? choose : null),
    cell.why && el("p.why." + cell.verdict, null, cell.why),
    el("p.facts", null, facets(cell)), rerun(cell), violations(cell, go),
    drawn.length ? drawn : el("p.quiet", null, "Nothing was sent, so there is nothing to show."),
  ];
};
