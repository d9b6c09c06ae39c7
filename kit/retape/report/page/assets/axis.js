// A stream on a time axis: the wait for its first byte, every chunk where it came, the longest silence, its end.

const TOP = 42, FLOOR = 104, HEIGHT = 128, ROWS = [10, 22, 34];

const step = (span) => {
  const rough = span / 6, unit = 10 ** Math.floor(Math.log10(rough));
  return unit * [1, 2, 5, 10].find((times) => times * unit >= rough);
};

// exchange, its events, the end of the scale in ms (by itself: its own end), what to do with a chunk that is chosen
const axis = (exchange, events, span, choose) => {
  const line = exchange.line, timed = line.total != null, chunks = line.chunks;
  if (!chunks.length && line.total == null) return el("p.quiet", null, "Nothing came.");
  const end = timed ? Math.max(span || line.total, 0.1) : Math.max(chunks.length, 1);
  const x = (value) => (0.4 + (98.8 * value) / end).toFixed(3) + "%";
  const at = (index) => (timed ? chunks[index][0] : index + 0.5);
  const heaviest = Math.max(...chunks.map((chunk) => Math.sqrt(chunk[1])), 1);
  const drawn = svg("svg.axis", { width: "100%", height: HEIGHT, role: "img", "aria-label": told(exchange, events) });
  if (timed) drawn.append(...scale(end, x));
  if (line.first_byte) {
    drawn.append(svg("rect.wait", { x: x(0), y: TOP, width: width(line.first_byte, end), height: FLOOR - TOP }));
    if (line.first_byte / end > 0.14) drawn.append(svg("text.inside", { x: x(line.first_byte / 2), y: (TOP + FLOOR) / 2 + 4 }, "waiting " + ms(line.first_byte)));
  }
  const longest = line.largest_gap_after;
  if (timed && longest && line.largest_gap / end > 0.04 && line.largest_gap > 2 * (line.median_gap || 0)) {
    drawn.append(svg("rect.gap", { x: x(at(longest - 1)), y: TOP, width: width(line.largest_gap, end), height: FLOOR - TOP }));
    if (line.largest_gap / end > 0.14) drawn.append(svg("text.inside", { x: x(at(longest - 1) + line.largest_gap / 2), y: TOP + 12 }, "gap " + ms(line.largest_gap)));
  }
  drawn.append(...chunks.map((chunk, index) => {
    const height = 8 + (FLOOR - TOP - 14) * Math.sqrt(chunk[1]) / heaviest;
    const about = { x1: x(at(index)), x2: x(at(index)), y1: FLOOR - height, y2: FLOOR, "data-chunk": index };
    const title = `chunk ${index + 1}${timed ? ", " + ms(chunk[0]) : ""}: ${chunk[1]} bytes, ${plural(chunk[2], "event")}`;
    return svg(chunk[3] ? "line.chunk.text" : "line.chunk", { ...about, click: () => choose && choose(index) }, svg("title", null, title));
  }));
  const finish = events.find((event) => event.finish && event.chunk != null), whole = exchange.outcome === "complete";
  if (timed) {
    drawn.append(...flag(x, line.first_byte, "first byte", ROWS[0], end), ...flag(x, line.first_text, "first text", ROWS[1], end));
    const taken = [[line.first_byte, whole ? null : line.total], [line.first_text]];
    const free = (others) => others.every((other) => other == null || Math.abs(finish.at - other) / end > 0.2);
    const row = finish && taken.findIndex(free);
    if (finish) drawn.append(...flag(x, finish.at, finish.kind, ROWS.at(row), end)); // -1: the last
  }
  drawn.append(svg(whole ? "line.end" : "line.end.broken", { x1: x(timed ? line.total : end), x2: x(timed ? line.total : end), y1: TOP - 4, y2: FLOOR + 4 }));
  if (!whole) drawn.append(...flag(x, timed ? line.total : end, exchange.outcome, ROWS[0], end, true));
  return el("figure.stream", null, drawn, el("figcaption", null, facts(exchange, events, finish)));
};

// 5 ms, 2.5 s: without the zeros that `ms` gives
const round = (value) => value >= 1000 ? +(value / 1000).toFixed(2) + " s" : +value.toFixed(2) + " ms";

const width = (value, end) => Math.max(0, (98.8 * value) / end).toFixed(3) + "%";

const scale = (end, x) => {
  const every = step(end), marks = [svg("line.floor", { x1: "0", x2: "100%", y1: FLOOR + 0.5, y2: FLOOR + 0.5 })];
  for (let value = 0; value <= end * 1.0001; value += every) {
    const anchor = value / end > 0.97 ? "end" : value ? "middle" : "start";
    marks.push(svg("line.mark", { x1: x(value), x2: x(value), y1: TOP, y2: FLOOR + 4 }), svg("text.mark", { x: x(value), y: FLOOR + 17, "text-anchor": anchor }, round(value)));
  }
  return marks;
};

const flag = (x, value, label, y, end, late) => {
  if (value == null) return [];
  const left = late || value / end > 0.88;
  return [
    svg("line.flag", { x1: x(value), x2: x(value), y1: y - 8, y2: FLOOR }),
    svg("text.flag", { x: x(value), y, dx: left ? -4 : 4, "text-anchor": left ? "end" : "start" }, label),
  ];
};

const facts = (exchange, events, finish) => {
  const line = exchange.line, broken = exchange.outcome === "complete" ? null : ["ended", exchange.outcome];
  const found = line.total == null ? [["times", "none were recorded"]] : [
    ["first byte", ms(line.first_byte)], ["first text", line.first_text == null ? null : ms(line.first_text)],
    ["median gap", line.median_gap == null ? null : ms(line.median_gap)],
    ["longest gap", line.largest_gap == null ? null : `${ms(line.largest_gap)} after chunk ${line.largest_gap_after}`],
    ["finish", finish ? `${ms(finish.at)} (${finish.kind.replace(/^finish /, "")})` : null], ["end", ms(line.total)],
  ];
  found.push(["came", `${exchange.streamed ? plural(line.events, "event") + " in " : ""}${plural(line.chunks.length, "chunk")}, ${exchange.received}`], broken);
  return found.filter((fact) => fact && fact[1]).map(([name, value]) => el("span.fact", null, el("b", null, name), " " + value));
};

const told = (exchange, events) => {
  const line = exchange.line;
  return `${plural(events.length, "event")} in ${plural(line.chunks.length, "chunk")}, first byte after ${ms(line.first_byte)}, ended after ${ms(line.total)}: ${exchange.outcome}`;
};
