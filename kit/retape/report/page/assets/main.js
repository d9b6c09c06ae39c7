// Which cell is open stands in the address, so that a link to a cell is a link.

const dialog = by("detail");
let opened = null; // the cell whose link gets the focus back

const wantedKey = () => {
  const cell = /^#cell=(\d+)\.(\d+)$/.exec(location.hash), pair = /^#compare=(\d+)\.(\d+)\.(\d+)$/.exec(location.hash);
  if (cell) return { row: Number(cell[1]), column: Number(cell[2]) };
  return pair ? { row: Number(pair[1]), columns: [Number(pair[2]), Number(pair[3])] } : null;
};

const show = async () => {
  const key = wantedKey();
  if (!key || !lines[key.row]) {
    if (dialog.open) dialog.close();
    return;
  }
  let content;
  try {
    const cells = await row(key.row), title = lines[key.row].title;
    content = key.columns ? compareView(title, key, cells)
      : cells[key.column] ? cellView(title, cells[key.column], key, cells) : el("p.quiet", null, "There is no such cell.");
  } catch (error) {
    content = el("p.problem", null, `This can't be shown here: ${error.message}`);
  }
  opened = key.columns ? null : key;
  dialog.replaceChildren(bar(key), el("div.inner", { tabindex: "-1" }, content));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  dialog.querySelector(".inner").focus({ preventScroll: true });
  dialog.dataset.shown = location.hash;
};

const bar = (key) => el("nav.bar", { "aria-label": "Cells" },
  key.columns ? el("a.button", { href: `#cell=${key.row}.${key.columns[0]}` }, "← one cell")
    : [["↑", "row before", -1, 0], ["↓", "row after", 1, 0], ["←", "model before", 0, -1], ["→", "model after", 0, 1]].map(([sign, name, down, right]) => {
      const to = neighbour(key, down, right);
      return el("button.button", { type: "button", title: name, "aria-label": name, disabled: !to, click: () => { location.hash = to; } }, sign);
    }),
  el("button.button.close", { type: "button", click: () => dialog.close() }, "Close"));

// the address of the next cell in a direction, of those that the filter shows; null at the edge
const neighbour = (key, down, right) => {
  let { row: line, column } = key;
  for (;;) {
    line += down;
    column += right;
    const cell = lines[line]?.cells[column];
    if (!cell) return null;
    if (cell.link && !lines[line].line.hidden && !cell.place.hidden) return cell.link.hash;
  }
};

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

dialog.addEventListener("close", () => {
  history.replaceState(null, "", location.pathname + location.search);
  if (opened) lines[opened.row].cells[opened.column].link?.focus();
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "/" && !typing && !dialog.open) {
    event.preventDefault();
    by("filter").focus();
  }
  if (event.key === "Escape" && event.target === by("filter")) {
    by("filter").value = "";
    filter();
  }
  const link = event.target.closest?.("table.matrix a.v"), way = ARROWS[event.key];
  if (!link || !way) return;
  const [line, column] = link.hash.slice(6).split(".").map(Number), to = neighbour({ row: line, column }, ...way);
  if (!to) return;
  event.preventDefault();
  matrix.querySelector(`a[href="${to}"]`).focus();
});
addEventListener("hashchange", show);

filter();
document.documentElement.dataset.usable = Math.round(performance.now());
show();
