// The details of a row, unpacked when they are asked for.

const rows = new Map();

const unpack = async (packed) => {
  const bytes = Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
};

// row number -> promise of {column number: cell}
const row = (number) => {
  if (!rows.has(number)) {
    const packed = by("row-" + number);
    rows.set(number, packed ? unpack(packed.textContent).then((told) => told.cells) : Promise.resolve({}));
  }
  return rows.get(number);
};

let album;
const picture = (number) => (album ??= JSON.parse(by("pictures").textContent))[number];

// a stream's events with all that is known of them
const eventsOf = (exchange) => {
  const chunks = exchange.line.chunks;
  let chunk = 0, left = chunks.length ? chunks[0][2] : 0, number = 0;
  return (exchange.frames || []).map((raw) => {
    while (!left && chunk < chunks.length - 1) left = chunks[++chunk][2];
    const placed = left > 0;
    if (placed) left -= 1;
    const event = read(raw);
    if (event.data != null) event.number = ++number;
    return { ...event, raw, chunk: placed ? chunk : null, at: placed ? chunks[chunk][0] : null };
  });
};

const read = (raw) => {
  const lines = raw.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  const data = lines.filter((line) => /^data(:|$)/.test(line)).map((line) => line.slice(5).replace(/^ /, ""));
  const name = (lines.find((line) => line.startsWith("event:")) || "").slice(6).trim();
  const text = data.length ? data.join("\n") : null;
  let value;
  try { value = text == null ? undefined : JSON.parse(text); } catch { value = undefined; }
  return { name, data: text, value, ...kindOf(name, text, value) };
};

// what an event is about: its kind, and the piece of text that it carries
const kindOf = (name, text, value) => {
  if (text == null) return { kind: "comment", piece: "" };
  if (text.trim() === "[DONE]") return { kind: "[DONE]", piece: "" };
  if (value === undefined || value === null || typeof value !== "object") return { kind: "no JSON", piece: "" };
  if (value.error) return { kind: "error", piece: String(value.error.message ?? "") };
  if (typeof value.type === "string") {
    const piece = typeof value.delta === "string" ? value.delta : "";
    return { kind: value.type, piece, finish: /^response\.(completed|failed|incomplete)$/.test(value.type) };
  }
  const choice = (value.choices || [])[0];
  if (!choice) return { kind: value.usage ? "usage" : "no choices", piece: "" };
  const delta = choice.delta || { content: choice.text };
  const call = (delta.tool_calls || [])[0];
  const marks = [
    delta.role && "role", delta.reasoning_content && "reasoning", delta.content && "text", delta.refusal && "refusal",
    call && (call.function?.name ? "tool call" : "arguments"), choice.finish_reason && "finish " + choice.finish_reason,
    value.usage && "usage",
  ].filter(Boolean);
  const piece = delta.content || delta.reasoning_content || delta.refusal || call?.function?.arguments || "";
  const of = (choice.index ? ` of choice ${choice.index}` : "") + (call?.index ? ` of call ${call.index}` : "");
  return { kind: (marks.join(" + ") || "empty") + of, piece: String(piece), finish: Boolean(choice.finish_reason) };
};

const isPiece = (event) => /^(text|reasoning|arguments|refusal)( of |$)|\.delta$/.test(event.kind);
