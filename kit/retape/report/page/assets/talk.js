// Who said what: the request's turns, then the answer's, merged from its stream.

const pretty = (text) => {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
};

const LONG = 1200;
const words = (text) => {
  if (text.length <= LONG) return el("p.words", null, text);
  const whole = el("p.words", null, text.slice(0, LONG) + " ");
  whole.append(el("button.more", { type: "button", click: () => whole.replaceChildren(shown(text)) }, `and ${text.length - LONG} more characters`));
  return whole;
};

const PARTS = {
  "tool-call": (part) => [el("p.call", null, el("b", null, part.name || "a tool"), part.ref && el("small", null, " " + part.ref)), el("pre", null, pretty(part.text || ""))],
  "tool-result": (part) => [el("p.call", null, "result", part.ref && el("small", null, " of " + part.ref)), el("pre", null, pretty(part.text || ""))],
  media: (part) => [part.picture != null && el("img", { src: picture(part.picture), alt: shown(part.text || "picture") }), el("p.quiet", null, part.text)],
  note: (part) => el("p.quiet", null, part.text),
  error: (part) => el("p.words", null, el("b", null, part.name), part.name && " ", part.text),
  body: (part) => el("pre", null, part.text),
};

const turn = (said) => {
  const about = [said.name, said.choice && "choice " + said.choice, said.finish && "finish: " + said.finish].filter(Boolean);
  const parts = (said.parts || []).map((part) => el("div.part." + part.kind, null, (PARTS[part.kind] || ((it) => words(it.text || "")))(part)));
  const role = /^[a-z]+$/.test(said.role) ? said.role : "other";
  return el("div.turn." + role, null, el("h5", null, said.role, about.length ? el("small", null, " " + about.join(" · ")) : null),
    parts.length ? parts : el("p.quiet", null, "nothing"));
};

const chips = (exchange) => {
  const tools = (exchange.tools || []).map((name) => el("li.tool", { title: "a tool that was offered" }, name));
  const parameters = (exchange.parameters || []).map(([name, value]) => el("li", { title: shown(`${name}: ${value}`) }, el("b", null, name), " " + value));
  return tools.length + parameters.length ? el("ul.chips", { "aria-label": "Tools and parameters" }, tools, parameters) : null;
};

const usage = (exchange) => {
  const counted = (exchange.usage || []).map(([name, value]) => el("span.fact", null, el("b", null, name), " " + value));
  return counted.length ? el("p.facts", null, counted) : null;
};

const talk = (exchange) => el("section.talk", { "aria-label": "Conversation" }, el("h4", null, "Conversation"), chips(exchange),
  (exchange.asked || []).map(turn), el("hr.answer"), (exchange.answered || []).map(turn),
  !(exchange.answered || []).length && el("p.quiet", null, exchange.error || "No answer came."),
  (exchange.problems || []).map((problem) => el("p.problem", null, problem)), usage(exchange));
