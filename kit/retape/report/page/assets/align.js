// Two streams side by side: their events paired so that as few as possible stand alone.

const VOLATILE = /(^|\.)(id|created|created_at|completed_at|system_fingerprint|model|item_id|response_id|call_id|sequence_number|obfuscation|logprobs|timings)(\.|\[|$)/;
const MOST = 1_500;

// runs of like pieces of text become one entry: how a text is cut isn't what a person compares
const grouped = (events) => {
  const groups = [];
  for (const event of events) {
    const last = groups.at(-1), kind = event.kind.replace(/finish \w+/, "finish");
    if (last && isPiece(event) && last.kind === kind) last.events.push(event);
    else groups.push({ kind, events: [event] });
  }
  return groups;
};

const pairs = (left, right) => {
  if (left.length * right.length > MOST * MOST) return left.map((one, index) => [one, right[index]]).concat(right.slice(left.length).map((one) => [undefined, one]));
  const wide = right.length + 1, best = new Uint16Array((left.length + 1) * wide);
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      best[i * wide + j] = left[i].kind === right[j].kind ? 1 + best[(i + 1) * wide + j + 1] : Math.max(best[(i + 1) * wide + j], best[i * wide + j + 1]);
  const found = [];
  let i = 0, j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i].kind === right[j].kind) found.push([left[i++], right[j++]]);
    else if (j >= right.length || (i < left.length && best[(i + 1) * wide + j] >= best[i * wide + j + 1])) found.push([left[i++], undefined]);
    else found.push([undefined, right[j++]]);
  }
  return found;
};

const leaves = (value, path = "", found = new Map()) => {
  if (value && typeof value === "object" && Object.keys(value).length) {
    for (const [key, item] of Object.entries(value)) leaves(item, member(path, key, Array.isArray(value)), found);
  } else found.set(path, value);
  return found;
};

const typeOf = (value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

const member = (path, key, list) => (list ? `${path}[${key}]` : path ? `${path}.${key}` : key);

// where two values differ: [path, left, right, "shape" | "value"]; what differs from call to call is left out
const differences = (left, right, path = "") => {
  const kind = typeOf(left);
  if (kind !== typeOf(right)) return [[path, left, right, "shape"]];
  if (kind !== "object" && kind !== "array") return left === right || VOLATILE.test(path) ? [] : [[path, left, right, "value"]];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) => {
    const place = member(path, key, kind === "array"), there = Object.hasOwn(left, key), too = Object.hasOwn(right, key);
    return there && too ? differences(left[key], right[key], place) : [[place, there ? left[key] : undefined, too ? right[key] : undefined, "shape"]];
  });
};
